"""The interface of services that make video rooms: plan, room and errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import requests

TIME_LIMITS: Final = (5, 10)
"""Seconds to connect, and between two bytes of the answer."""


class RoomError(Exception):
    """The service is out of reach, or refuses: try again later. The message holds no secret."""


class RoomGone(RoomError):
    """The service does not know this room any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPlan:
    """A meeting to make a room for; `key` names it for life and may be sent to the service. `starts_at` is an instant."""

    key: str
    title: str
    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The address to join by, and the name by which the service knows the room."""

    url: str
    external_id: str


class Provider(Protocol):
    """All raise RoomError; moving a room that is no longer there raises RoomGone."""

    def make(self, plan: RoomPlan, *, may_exist: bool) -> Made:
        """With `may_exist`, an earlier try may have made it although no answer came: there is never a second."""

    def find(self, key: str) -> str:
        """Returns the service's name of the room that an earlier try may have made; empty if there is none."""

    def move(self, external_id: str, plan: RoomPlan) -> None:
        """To the plan's time, with its title."""

    def remove(self, external_id: str) -> None:
        """One that is gone already is no trouble."""

    def check(self) -> None:
        """Checks that the service accepts our credentials; changes nothing."""


def ask(http: requests.Session, method: str, url: str, **arguments: Any) -> Mapping[str, Any]:
    """One call within the time limits; the answer's JSON object, empty where there is none. Raises RoomError, RoomGone for 404 and 410."""
    try:
        answer = http.request(method, url, timeout=TIME_LIMITS, allow_redirects=False, **arguments)
    except requests.RequestException as error:
        raise RoomError(f"{method} {url}: {type(error).__name__}") from error
    if answer.status_code in {404, 410}:
        raise RoomGone(f"{method} {url}: {answer.status_code}")
    if not answer.ok or answer.is_redirect:
        raise RoomError(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
    try:
        found = answer.json() if answer.content else {}
    except ValueError:
        raise RoomError(f"{method} {url}: no JSON in the answer") from None
    return found if isinstance(found, dict) else {}


def fact(answer: Mapping[str, Any], name: str) -> str:
    """A part of the answer that must be there. Raises RoomError."""
    found = answer.get(name)
    if not found:
        raise RoomError(f"The answer has no {name}.")
    return str(found)
