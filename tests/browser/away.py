"""Run beside a program: the mentor of that number is away from one day to another, both included."""

import sys
from datetime import date

import django

django.setup()

from mentormap.availability.models import Vacation  # noqa: E402


def main(mentor: str, first: str, last: str) -> None:
    Vacation.objects.create(
        mentor_id=int(mentor), first_day=date.fromisoformat(first), last_day=date.fromisoformat(last)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
