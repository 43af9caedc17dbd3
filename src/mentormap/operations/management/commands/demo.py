"""`mentormap demo load` and `mentormap demo remove`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mentormap.lib import clock
from mentormap.operations.demo import loading


class Command(BaseCommand):
    help = "Loads the demo's people, mentors and sessions, or removes its logins and mentors."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["load", "remove"])

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if options["verb"] == "remove":
            count = loading.remove()
            self.stdout.write(f"{count} people of the demo can no longer log in, be found or be booked.")
        elif not settings.DEMO:
            raise CommandError(
                "Demo people have a password that everybody knows: set MENTORMAP_MODE=demo to load them."
            )
        elif loading.load(now=clock.now()):
            self.stdout.write("The demo is loaded.")
        else:
            self.stdout.write("The demo was loaded before: nothing to do.")
