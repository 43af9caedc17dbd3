"""`mentormap worker`: the background work, until SIGTERM or Ctrl-C."""

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from mentormap.operations.jobs.schedule import all_jobs
from mentormap.operations.process.start import refuse_demo_logins, refuse_unwritable
from mentormap.operations.process.worker import work


class Command(BaseCommand):
    help = "Runs the background work: mails, Stripe's events, reconciliation. Several may run at once."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        refuse_unwritable()
        refuse_demo_logins()
        stop = threading.Event()

        def finish(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, finish)
        work(all_jobs(), stop)
