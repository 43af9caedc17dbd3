"""`mentormap migrate`: Django's own, one at a time."""

from typing import Any

from django.core.management.commands import migrate

from mentormap.operations.process import exclusive
from mentormap.operations.process.start import refuse_unwritable


class Command(migrate.Command):
    """Runs one at a time: a second one waits, and then finds nothing left to do."""

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unwritable()
        with exclusive.in_database("migration", alias=options["database"], say=self.stderr.write):
            super().handle(*args, **options)
