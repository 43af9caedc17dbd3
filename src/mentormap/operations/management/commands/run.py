"""`mentormap run`: everything with one command."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from mentormap.operations.process.data_folder import FolderBusy, keep
from mentormap.operations.process.ports import AddressRefused, PortBusy, check_free, reserve
from mentormap.operations.process.preparation import prepare
from mentormap.operations.process.start import refuse_demo_logins, refuse_unwritable


class Command(BaseCommand):
    help = "Prepares the data, then runs web, worker and (in the demo) the payment sandbox until Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        refuse_unwritable()
        ports = {"PORT": (settings.HOST, settings.PORT)}
        if settings.SANDBOX:
            ports["SANDBOX_PORT"] = ("127.0.0.1", settings.SANDBOX_PORT)
        try:
            folder = keep(settings.DATA_DIR, {name: port for name, (_, port) in ports.items()})
            locks = [reserve(port, variable=name) for name, (_, port) in ports.items()]
            for name, (host, port) in ports.items():
                check_free(host, port, variable=name)
        except (FolderBusy, PortBusy, AddressRefused) as error:
            sys.exit(str(error))
        prepare()
        refuse_demo_logins()
        connections.close_all()
        inherited = [folder.fileno(), *(lock.fileno() for lock in locks)]
        for descriptor in inherited:
            os.set_inheritable(descriptor, True)
        sys.stdout.flush()
        os.execv(  # noqa: S606 - no shell is wanted
            sys.executable,
            [
                sys.executable,
                "-m",
                "mentormap.operations.process.supervisor",
                *(str(descriptor) for descriptor in inherited),
            ],
        )
