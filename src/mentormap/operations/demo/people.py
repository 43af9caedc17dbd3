"""The demo's people: four who log in, and others whose names stand on sessions and reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from mentormap.accounts.models import User
from mentormap.operations.demo import content

PASSWORD: Final = "mentormap-demo"  # noqa: S105 - the demo's, and production refuses to start with it
MAYA: Final = "mentor@example.com"


@dataclass(frozen=True)
class Cast:
    """Maya is the first of the mentors."""

    sam: User
    olga: User
    ada: User
    mentors: Sequence[User]
    students: Sequence[User]


def make_people(*, now: datetime) -> Cast:
    """Inserts all of them in one statement, Maya first, their addresses in another."""
    joined = now - timedelta(days=400)
    password, nobodys = make_password(PASSWORD), make_password(None)
    mentors = [
        _person(text.name, text.email, nobodys, joined, time_zone=text.time_zone)
        for text in content.mentors()
    ]
    students = [
        _person(name, content.address_of(name), nobodys, joined) for name in content.remarks().students
    ]
    sam = _person("Sam Porter", "student@example.com", password, joined, time_zone="Europe/London")
    olga = _person("Olga Novak", "olga@example.com", password, joined, time_zone="Europe/Warsaw")
    ada = _person("Ada Marsh", "admin@example.com", password, joined, time_zone="Europe/London")
    mentors[0].password = password
    ada.is_staff = ada.is_superuser = True
    people = User.objects.bulk_create([*mentors, sam, olga, ada, *students])
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )
    return Cast(sam, olga, ada, mentors, students)


def _person(name: str, email: str, password: str, joined: datetime, *, time_zone: str = "") -> User:
    return User(
        name=name, email=email, password=password, time_zone=time_zone, date_joined=joined, is_demo=True
    )
