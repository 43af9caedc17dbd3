"""Run beside a program: makes people such as student0@users.example and mentor0@users.example, and logs them in."""

import json
import sys
from dataclasses import asdict
from datetime import time

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

from mentormap.accounts.models import User  # noqa: E402
from mentormap.availability.models import BookingRules  # noqa: E402
from tests import make  # noqa: E402
from tests.servers.program import Users  # noqa: E402

NARROW = ((time(9), time(13)),)
BUFFER = 15
CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Logging many people in with argon2 takes longer than the rest of a test. The program itself cannot check such a password."""


def main(students: int, mentors: int) -> Users:
    """The mentors have little time, and need a pause around each session."""
    with override_settings(PASSWORD_HASHERS=CHEAP):
        users = [*_people("student", students), *_people("mentor", mentors)]
        http = Client(SERVER_NAME="localhost")
        tokens = [_token(http, user, address=f"10.0.0.{number}") for number, user in enumerate(users)]
    made = [make.mentor(user, zone="UTC", hours=NARROW, expertise=()) for user in users[students:]]
    BookingRules.objects.filter(mentor__in=made).update(
        buffer_before_minutes=BUFFER, buffer_after_minutes=BUFFER
    )
    return Users(tokens, [mentor.pk for mentor in made])


def _token(http: Client, user: User, *, address: str) -> str:
    """`address` is whom the proxy in front would name."""
    answer = http.post(
        "/api/auth/login",
        {"email": user.email, "password": make.PASSWORD},
        content_type="application/json",
        headers={"X-Forwarded-For": address},
    )
    return str(answer.json()["access_token"])


def _people(role: str, count: int) -> list[User]:
    """Verified ones."""
    password = make_password(make.PASSWORD)
    users = User.objects.bulk_create(
        User(
            email=f"{role}{number}@users.example",
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
    sys.stdout.write(json.dumps(asdict(main(int(sys.argv[1]), int(sys.argv[2])))))
