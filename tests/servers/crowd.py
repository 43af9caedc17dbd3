"""Run beside a program: makes as many verified students, student0@crowd.example and so on, whose password is the demo's."""

import sys

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402

from mentormap.accounts.models import User  # noqa: E402
from tests.servers.program import PASSWORD  # noqa: E402


def main(count: int) -> None:
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(
            email=f"student{number}@crowd.example",
            name=f"Student {number}",
            password=password,
            time_zone="UTC",
        )
        for number in range(count)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
