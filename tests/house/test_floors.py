"""What the import lint cannot see: foreign keys by name, and modules of Django that floors below the faces do without."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from django.apps import apps
from django.db.models import Model

SOURCE: Final = Path(__file__).resolve().parents[2] / "src"
FLOORS: Final = {
    "accounts": 1,
    "calendars": 1,
    "meetings": 1,
    "mentors": 2,
    "notifications": 2,
    "payments": 3,
    "availability": 3,
    "bookings": 4,
    "web": 5,
    "api": 5,
    "operations": 5,
}
REPORTS_OF_MAIL: Final = {
    "anymail.signals.AnymailTrackingEvent",
    "anymail.signals.EventType",
    "anymail.signals.RejectReason",
}
"""What stands beside anymail's signals: the words for what a mail service reports."""
FOR_FACES_ALONE: Final = (
    "django.http",
    "django.forms",
    "django.shortcuts",
    "django.template",
    "django.urls",
    "django.views",
    "django.contrib.admin",
    "django.contrib.messages",
    "django.middleware",
    "django.test",
    "allauth.account.views",
    "allauth.account.forms",
    "allauth.headless",
)


def ours() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("mentormap.")]


def floor_of(model: type[Model]) -> int:
    """Libraries' tables stand below all of ours."""
    package, _, rest = model.__module__.partition(".")
    return FLOORS[rest.split(".")[0]] if package == "mentormap" else 0


def climbing_keys(models: list[type[Model]]) -> list[str]:
    """Foreign keys to a higher floor, or to another room of the same one."""
    return [
        f"{model._meta.label}.{field.name}"
        for model in models
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and isinstance(field.related_model, type)
        and not points_down(model, field.related_model)
    ]


def points_down(model: type[Model], target: type[Model]) -> bool:
    is_same_room = model._meta.app_label == target._meta.app_label
    return is_same_room or floor_of(target) < floor_of(model)


def test_no_foreign_key_points_upward() -> None:
    assert climbing_keys(ours()) == []


def test_the_walk_sees_what_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLOORS, "payments", 5)
    assert climbing_keys(ours()) == ["bookings.Session.payment"]


def test_every_room_has_a_floor() -> None:
    rooms = {path.parent.name for path in (SOURCE / "mentormap").glob("*/__init__.py")}
    assert rooms == {*FLOORS, "lib", "settings"}


def modules_below_the_faces() -> Iterator[Path]:
    faces = {room for room, floor in FLOORS.items() if floor == 5}
    for path in sorted((SOURCE / "mentormap").glob("*/**/*.py")):
        if path.relative_to(SOURCE / "mentormap").parts[0] not in faces:
            yield path


@cache
def imports_of(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def test_floors_below_the_faces_know_no_http() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in modules_below_the_faces()
        for name in imports_of(path)
        if f"{name}.".startswith(tuple(f"{module}." for module in FOR_FACES_ALONE))
    ]
    assert found == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    names = {path.stem for path in SOURCE.rglob("*.py")} | {path.name for path in SOURCE.rglob("*/")}
    assert names & {"utils", "util", "helpers", "services", "common", "core", "managers", "misc"} == set()


def test_no_signal_is_connected() -> None:
    """Effects are called by name: libraries' signals too."""
    found = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in sorted(SOURCE.rglob("*.py"))
        for name in imports_of(path)
        if ".signals" in f".{name}" and name not in REPORTS_OF_MAIL
    ]
    assert found == []
