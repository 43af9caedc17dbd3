"""`mentormap reconcile`: what the worker's reconciler does, once and at once; `--dry-run` only says what that would be."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mentormap.lib import clock
from mentormap.operations.jobs.reconcile import dry_run, run


class Command(BaseCommand):
    help = "Brings sessions, payments and refunds to agreement with Stripe; ends with 1 if the books do not agree."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing, and say what a run would do"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        act = dry_run if options["dry_run"] else run
        if not act(self.stdout.write, now=clock.now()):
            sys.exit(1)
