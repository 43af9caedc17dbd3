"""`mentormap doctor`: what is well, what is not, and the remedy."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from mentormap.lib import clock
from mentormap.operations.health.doctor import examine, report


class Command(BaseCommand):
    help = "Checks database, mail, Stripe, clock, worker and books; ends with 1 if anything is wrong."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if not report(examine(now=clock.now()), self.stdout.write):
            sys.exit(1)
