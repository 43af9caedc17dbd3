"""Run beside a program: makes people of one password, the demo's, such as student0@crowd.example and mentor0@crowd.example."""

import sys
from datetime import time

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402

from mentormap.accounts.models import User  # noqa: E402
from mentormap.availability.models import BookingRules  # noqa: E402
from tests import make  # noqa: E402
from tests.servers.program import PASSWORD  # noqa: E402

NARROW = ((time(9), time(13)),)
BUFFER = 15


def main(students: int, mentors: int) -> list[int]:
    """The numbers of the mentors, who have little time, and need a pause around each session."""
    _people("student", students)
    made = [make.mentor(user, zone="UTC", hours=NARROW, expertise=()) for user in _people("mentor", mentors)]
    BookingRules.objects.filter(mentor__in=made).update(
        buffer_before_minutes=BUFFER, buffer_after_minutes=BUFFER
    )
    return [mentor.pk for mentor in made]


def _people(role: str, count: int) -> list[User]:
    """Verified ones."""
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(
            email=f"{role}{number}@crowd.example",
            name=f"{role.capitalize()} {number}",
            password=password,
            time_zone="UTC",
        )
        for number in range(count)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return users


if __name__ == "__main__":
    sys.stdout.write(" ".join(map(str, main(int(sys.argv[1]), int(sys.argv[2])))))
