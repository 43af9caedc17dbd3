"""Rooms at Zoom, by a server-to-server OAuth app (https://developers.zoom.us/docs/internal-apps/s2s-oauth/)."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from mentormap.lib.plain_text import one_line
from mentormap.lib.spans import utc
from mentormap.meetings.rooms import Made, RoomGone, RoomPlan, ask, fact

TOKEN_URL: Final = "https://zoom.us/oauth/token"  # noqa: S105 - an address, no secret
API_URL: Final = "https://api.zoom.us/v2"
_SCHEDULED: Final = 2
_EARLY: Final = 60
"""Seconds before its end from which a token is not used any more."""


@dataclass
class Zoom:
    """Makes rooms for `user`: an id or email address in the account, or "me" for the app's owner.

    The scopes are meeting:write and meeting:read.
    """

    account_id: str
    client_id: str
    client_secret: str = field(repr=False)
    user: str = "me"
    _http: requests.Session = field(default_factory=requests.Session, init=False, repr=False)
    _token: str = field(default="", init=False, repr=False)
    _token_until: float = field(default=0.0, init=False)

    def make(self, plan: RoomPlan, *, may_exist: bool) -> Made:
        """Zoom has no idempotency key: the meeting carries ours as its agenda, and is looked for before a second try."""
        found = self._meeting(plan.key) if may_exist else None
        made = found or self._call("POST", f"/users/{self.user}/meetings", json=_facts(plan))
        return Made(url=fact(made, "join_url"), external_id=fact(made, "id"))

    def find(self, key: str) -> str:
        found = self._meeting(key)
        return fact(found, "id") if found else ""

    def move(self, external_id: str, plan: RoomPlan) -> None:
        self._call("PATCH", f"/meetings/{external_id}", json=_facts(plan))

    def remove(self, external_id: str) -> None:
        try:
            self._call("DELETE", f"/meetings/{external_id}")
        except RoomGone:
            return

    def check(self) -> None:
        self._authorize()

    def _meeting(self, key: str) -> dict[str, Any] | None:
        """Page by page through the meetings to come."""
        page = ""
        while True:
            query = {"type": "upcoming_meetings", "page_size": 300, "next_page_token": page}
            listed = self._call("GET", f"/users/{self.user}/meetings", params=query)
            for meeting in listed.get("meetings", []):
                if meeting.get("agenda") == key:
                    return dict(meeting)
            page = str(listed.get("next_page_token") or "")
            if not page:
                return None

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._authorize()}"}
        return dict(ask(self._http, method, f"{API_URL}{path}", headers=headers, **arguments))

    def _authorize(self) -> str:
        """The token, asked for again a minute before it ends."""
        if time.monotonic() >= self._token_until:
            form = {"grant_type": "account_credentials", "account_id": self.account_id}
            answer = ask(self._http, "POST", TOKEN_URL, data=form, auth=(self.client_id, self.client_secret))
            self._token = fact(answer, "access_token")
            self._token_until = time.monotonic() + int(answer.get("expires_in", 0)) - _EARLY
        return self._token


def _facts(plan: RoomPlan) -> dict[str, Any]:
    """Neither has to wait for the host, who may be nobody of the two."""
    return {
        "topic": one_line(plan.title)[:200],
        "agenda": plan.key,
        "type": _SCHEDULED,
        "start_time": f"{utc(plan.starts_at):%Y-%m-%dT%H:%M:%SZ}",
        "duration": plan.minutes,
        "timezone": "UTC",
        "settings": {"join_before_host": True, "jbh_time": 0, "waiting_room": False},
    }
