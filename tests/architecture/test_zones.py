"""No query converts time zones: a database server has data of its own, which may be years older than ours.

A part of a date in a query, such as `__date`, is cut by the database in the active zone; ours is UTC, and stays it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.db import models
from django.db.models import functions

SOURCE: Final = Path(__file__).resolve().parents[2] / "src" / "mentormap"
CUTTING: Final = {name for name in dir(functions) if name.startswith(("Trunc", "Extract"))}
CUTTING_METHODS: Final = {"dates", "datetimes"}
SWITCHING: Final = {"activate", "override"}
"""Of django.utils.timezone."""
PARTS: Final = set(models.DateTimeField().get_lookups()) - set(models.Field().get_lookups())


def found_in(source: str) -> list[str]:
    return sorted(set(_conversions(ast.parse(source))))


def _conversions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="django.db.models.functions" | "django.db.models.functions.datetime"):
                yield from (alias.name for alias in node.names if alias.name in CUTTING)
            case ast.Attribute(attr=name) if name in CUTTING:
                yield name
            case ast.Attribute(value=ast.Name(id="timezone"), attr=name) if name in SWITCHING:
                yield f"timezone.{name}"
            case ast.Call(func=ast.Attribute(attr=name), args=[_, ast.Constant(value=str()), *_]) if (
                name in CUTTING_METHODS
            ):
                yield f".{name}()"
            case ast.keyword(arg=str(name)) if PARTS & set(name.split("__")[1:]):
                yield name
            case ast.Constant(value=str(text)) if _is_lookup(text) or "at time zone" in text.lower():
                yield text


def _is_lookup(text: str) -> bool:
    return text.replace("__", "_").isidentifier() and bool(PARTS & set(text.split("__")[1:]))


def test_no_query_converts_zones() -> None:
    found = {
        str(path.relative_to(SOURCE)): conversions
        for path in sorted(SOURCE.rglob("*.py"))
        if "migrations" not in path.parts and (conversions := found_in(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    assert settings.TIME_ZONE == "UTC"


@pytest.mark.parametrize(
    "source",
    [
        "from django.db.models.functions import TruncMonth",
        "functions.ExtractHour('at', tzinfo=zone)",
        "rows.filter(at__date=day)",
        "rows.filter(Q(session__at__year__gte=2026))",
        "rows.order_by('at__month')",
        "rows.datetimes('at', 'day')",
        "timezone.activate(zone)",
        "cursor.execute('SELECT at AT TIME ZONE %s')",
    ],
)
def test_the_walk_sees_what_it_must(source: str) -> None:
    assert found_in(source)
