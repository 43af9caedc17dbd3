"""Reads the written part of the demo from the files in operations/data/."""

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from mentormap.availability.weekly import WeeklyRange
from mentormap.lib.money import Money

_DATA: Final = Path(__file__).resolve().parent.parent / "data"
_WORKDAYS: Final = range(5)
_WHOLE_DAY: Final = [(time(0), time(0))]

WEEKS: Final[dict[str, Sequence[WeeklyRange]]] = {
    name: [
        WeeklyRange(weekday=day, starts=starts, ends=ends) for day, (starts, ends) in product(days, ranges)
    ]
    for name, days, ranges in [
        ("always", range(7), _WHOLE_DAY),
        ("office", _WORKDAYS, [(time(9), time(17))]),
        ("mornings", [0, 1, 2, 3, 5], [(time(7, 30), time(11, 30))]),
        ("evenings", [0, 1, 2, 3, 6], [(time(18), time(22))]),
        ("split", _WORKDAYS, [(time(8), time(12)), (time(15, 30), time(19))]),
        ("few", [1, 3], [(time(10), time(12, 30)), (time(16), time(18))]),
        ("weekends", [4, 5, 6], [(time(10), time(14)), (time(19), time(21))]),
    ]
}
"""Weekly hours in the mentor's own zone."""


@dataclass(frozen=True)
class MentorText:
    """One mentor as written in mentors.toml."""

    name: str
    email: str
    headline: str
    about: str
    expertise: tuple[str, ...]
    hourly_rate: Money
    time_zone: str
    hours: Sequence[WeeklyRange]


@dataclass(frozen=True)
class Topic:
    """Titles of sessions on one expertise, and remarks about them."""

    name: str
    titles: Sequence[str]
    descriptions: Sequence[str]
    praise: Sequence[str]


@dataclass(frozen=True)
class Remarks:
    """How reviews begin and end, who writes them, and what mentors answer."""

    openings: Sequence[str]
    endings: Sequence[str]
    answers: Sequence[str]
    lukewarm: Sequence[str]
    students: Sequence[str]


@cache
def mentors() -> list[MentorText]:
    return [_mentor(entry) for entry in _read("mentors.toml")["mentor"]]


@cache
def topics() -> dict[str, Topic]:
    return {name: Topic(name, **entry) for name, entry in _read("topics.toml").items()}


@cache
def remarks() -> Remarks:
    return Remarks(**_read("remarks.toml"))


def address_of(name: str) -> str:
    """An address of a person who gets no mail: example.com is reserved (RFC 2606)."""
    plain = unicodedata.normalize("NFKD", name.lower())
    letters = "".join(letter for letter in plain if letter.isalpha() or letter == " ")
    return ".".join(letters.encode("ascii", "ignore").decode().split()) + "@example.com"


def _mentor(entry: dict[str, Any]) -> MentorText:
    return MentorText(
        name=entry["name"],
        email=entry.get("email") or address_of(entry["name"]),
        headline=entry["headline"],
        about=entry["about"].strip(),
        expertise=tuple(entry["expertise"]),
        hourly_rate=Money.from_major(Decimal(entry["rate"]), entry["currency"]),
        time_zone=entry["time_zone"],
        hours=WEEKS[entry["hours"]],
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))
