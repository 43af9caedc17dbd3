"""`mentormap createcachetable`: Django's own, one at a time."""

from typing import Any

from django.core.management.commands import createcachetable

from mentormap.operations.process import exclusive


class Command(createcachetable.Command):
    """Runs one at a time: a second one waits, and then finds the table."""

    def handle(self, *args: Any, **options: Any) -> None:
        with exclusive.in_database("migration", alias=options["database"], say=self.stderr.write):
            super().handle(*args, **options)
