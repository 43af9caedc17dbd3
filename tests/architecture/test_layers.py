"""Rules that the import lint cannot check: foreign keys by name, and Django's HTTP modules below the entry points."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from django.apps import apps
from django.db.models import Model

SOURCE: Final = Path(__file__).resolve().parents[2] / "src"
LAYERS: Final = {
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
"""Vocabulary for the reports of mail services, which anymail keeps in the module of its signals."""
FOR_ENTRY_POINTS_ONLY: Final = (
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


def layer_of(model: type[Model]) -> int:
    """Returns 0 for a library's table."""
    package, _, rest = model.__module__.partition(".")
    return LAYERS[rest.split(".")[0]] if package == "mentormap" else 0


def upward_keys(models: list[type[Model]]) -> list[str]:
    """Returns foreign keys to a higher layer, or to another package of the same one."""
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
    is_same_package = model._meta.app_label == target._meta.app_label
    return is_same_package or layer_of(target) < layer_of(model)


def test_no_foreign_key_points_upward() -> None:
    assert upward_keys(ours()) == []


def test_the_walk_sees_what_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LAYERS, "payments", 5)
    assert upward_keys(ours()) == ["bookings.Session.payment"]


def test_every_package_has_a_layer() -> None:
    packages = {path.parent.name for path in (SOURCE / "mentormap").glob("*/__init__.py")}
    assert packages == {*LAYERS, "lib", "settings"}


def modules_below_the_entry_points() -> Iterator[Path]:
    entry_points = {package for package, layer in LAYERS.items() if layer == 5}
    for path in sorted((SOURCE / "mentormap").glob("*/**/*.py")):
        if path.relative_to(SOURCE / "mentormap").parts[0] not in entry_points:
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


def test_layers_below_the_entry_points_know_no_http() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in modules_below_the_entry_points()
        for name in imports_of(path)
        if f"{name}.".startswith(tuple(f"{module}." for module in FOR_ENTRY_POINTS_ONLY))
    ]
    assert found == []


def test_no_module_is_a_miscellany() -> None:
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
