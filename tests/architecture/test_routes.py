"""Who may open what: every route as visitor, stranger, student, mentor and operator.

A new route fails here until it has a row. Another person's object is 404; no GET changes a row of the database.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import SimpleCookie

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from mentormap.accounts.models import User
from mentormap.bookings.links import back_url
from mentormap.bookings.models import Session
from tests import make
from tests.architecture.admin_table import admin_gets
from tests.architecture.route_table import GETS, OTHERS
from tests.architecture.routes import routes
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
PEOPLE = ("visitor", "stranger", "student", "mentor", "operator")
MOST_QUERIES = 12
VOLATILE = {"sessions.Session", "usersessions.UserSession"}
"""Login sessions, not ours: opening a page may note that somebody was here."""


@dataclass(frozen=True)
class World:
    """`cookies` and `tokens` are by the names of PEOPLE: what their browsers keep, and what their programs send."""

    cookies: dict[str, SimpleCookie]
    tokens: dict[str, dict[str, str]]
    booked: Session
    held: Session

    def fill(self, path: str) -> str:
        """The path with the numbers of what belongs to Sam and Maya."""
        token = back_url("", self.held.uid).rpartition("/")[2]
        return path.format(
            booked=self.booked.pk,
            held=self.held.pk,
            mentor=self.booked.mentor_id,
            payment=self.booked.payment_id,
            token=token,
        )


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once: what a test changes is undone at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield made_world(MONDAY)
        transaction.set_rollback(True)


def made_world(now: datetime) -> World:
    sam, maya = make.sam(), make.mentor(headline="Systems, drawn on one page")
    people = {
        "visitor": None,
        "stranger": make.olga(),
        "student": sam,
        "mentor": maya.user,
        "operator": make.ada(),
    }
    tomorrow = now.replace(minute=0) + timedelta(days=400)
    booked = make.session(student=sam, mentor=maya, starts_at=tomorrow, source="recorded")
    held = make.session(
        student=sam, mentor=maya, starts_at=tomorrow + timedelta(hours=2), payment_status="pending"
    )
    cookies = {name: client_of(person).cookies for name, person in people.items()}
    return World(cookies, {name: token_of(person) for name, person in people.items()}, booked, held)


def client_of(person: User | None) -> Client:
    client = Client(raise_request_exception=True)
    if person is not None:
        client.force_login(person)
    return client


def token_of(person: User | None) -> dict[str, str]:
    """A bearer token, made by the program's own login."""
    if person is None:
        return {}
    answer = Client().post(
        "/api/auth/login", {"email": person.email, "password": make.PASSWORD}, content_type="application/json"
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def rows() -> Iterator[tuple[str, object]]:
    for model in apps.get_models():
        if model._meta.label not in VOLATILE:
            yield model._meta.label, list(model._default_manager.order_by("pk").values())


def test_every_route_has_a_row() -> None:
    known = set(GETS) | set(admin_gets()) | {route for _, route in OTHERS}
    assert sorted({route for route, _ in routes()} - known) == []
    assert sorted(known - {route for route, _ in routes()}) == []


@pytest.mark.long
def test_gets_open_to_whom_they_should_and_change_nothing(world: World) -> None:
    assert answers(GETS, world) == GETS


def test_the_admin_opens_to_operators_alone_and_no_get_changes_anything(world: World) -> None:
    make.traces(world.booked, at=world.booked.scheduled_at)
    table = admin_gets()
    assert answers(table, world) == table


def answers(table: dict[str, tuple[str, str]], world: World) -> dict[str, tuple[str, str]]:
    """The table as the program has it; fails at a GET that changes a row or asks the database too often."""
    pages, programs = callers_of(world, "/"), callers_of(world, "/api/")
    before = list(rows())
    found, hungry = {}, []
    for route, (path, _) in table.items():
        words = []
        for client, headers in programs if path.startswith("/api/") else pages:
            with CaptureQueriesContext(connection) as queries:
                words.append(_word(client.get(world.fill(path), headers=headers)))
            hungry += [route] if len(queries) > MOST_QUERIES else []
        found[route] = (path, " ".join(words))
    assert hungry == []
    assert list(rows()) == before
    return found


@pytest.mark.long
@pytest.mark.parametrize(("method", "route"), sorted(OTHERS))
def test_other_methods_answer_whom_they_should(world: World, method: str, route: str) -> None:
    path, expected = OTHERS[method, route]
    answers = [
        _word(client.generic(method, world.fill(path), headers=headers))
        for client, headers in callers_of(world, path)
    ]
    assert " ".join(answers) == expected


def callers_of(world: World, path: str) -> list[tuple[Client, dict[str, str]]]:
    """Everybody, logged in as pages or as the API has it, with a browser of their own."""
    callers = []
    for name in PEOPLE:
        client = Client(raise_request_exception=True)
        if path.startswith("/api/"):
            callers.append((client, world.tokens[name]))
        else:
            client.cookies = copy(world.cookies[name])
            callers.append((client, {}))
    return callers


def _word(answer: HttpResponseBase) -> str:
    to_login = answer.headers.get("Location", "").startswith(("/login?next=", "/admin/login/?next="))
    return "login" if answer.status_code == 302 and to_login else str(answer.status_code)
