"""Rooms at Google Meet: each is the conference of an event in one calendar of the operator's.

Calendar API v3, events with conferenceData (https://developers.google.com/workspace/calendar/api/guides/create-events#conferencing).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.service_account import Credentials

from mentormap.lib.plain_text import one_line
from mentormap.lib.spans import utc
from mentormap.meetings.rooms import Made, RoomError, RoomGone, RoomPlan, ask, fact

API_URL: Final = "https://www.googleapis.com/calendar/v3"
SCOPES: Final = ["https://www.googleapis.com/auth/calendar.events"]
_TOKEN_SECONDS: Final = 10


class BadServiceAccount(ValueError):
    """The text is not the JSON key of a service account."""


@dataclass
class GoogleMeet:
    """Keeps events in `calendar` with the rights of the authorized `http`."""

    calendar: str
    http: requests.Session

    @classmethod
    def of(cls, account: Mapping[str, Any], *, user: str, calendar: str) -> "GoogleMeet":
        """A service account that acts for `user` (domain-wide delegation). Raises BadServiceAccount."""
        try:
            credentials = Credentials.from_service_account_info(account, scopes=SCOPES, subject=user)
        except (ValueError, GoogleAuthError) as error:
            raise BadServiceAccount(str(error)) from None
        return cls(calendar, AuthorizedSession(credentials, refresh_timeout=_TOKEN_SECONDS))

    def make(self, plan: RoomPlan, *, may_exist: bool) -> Made:  # noqa: ARG002 - the event's id says whether it exists
        """The event's id is made from ours, so that a second try finds the first (409)."""
        try:
            event = self._call("POST", "", params={"conferenceDataVersion": 1}, json=_new_event(plan))
        except RoomError as error:
            if ": 409 " not in str(error):
                raise
            event = self._existing(plan)
        return Made(url=_meet_url(event), external_id=fact(event, "id"))

    def find(self, key: str) -> str:
        """The event's id is our key, whether there is one or not."""
        return key

    def move(self, external_id: str, plan: RoomPlan) -> None:
        self._call("PATCH", f"/{external_id}", json=_times(plan))

    def remove(self, external_id: str) -> None:
        try:
            self._call("DELETE", f"/{external_id}")
        except RoomGone:
            return

    def check(self) -> None:
        self._call("GET", "", params={"maxResults": 1})

    def _existing(self, plan: RoomPlan) -> Mapping[str, Any]:
        """One that was removed keeps its id: it is brought back, at the plan's time."""
        facts = {**_times(plan), "status": "confirmed"}
        return self._call("PATCH", f"/{plan.key}", json=facts)

    def _call(self, method: str, path: str, **arguments: Any) -> Mapping[str, Any]:
        events = f"{API_URL}/calendars/{quote(self.calendar, safe='')}/events"
        params = arguments.pop("params", {}) | ({} if method == "GET" else {"sendUpdates": "none"})
        try:
            return ask(self.http, method, f"{events}{path}", params=params, **arguments)
        except GoogleAuthError as error:
            raise RoomError(f"Google refuses our service account: {type(error).__name__}") from error


def _new_event(plan: RoomPlan) -> dict[str, Any]:
    """`key` is hexadecimal, which is what ids of events may be made of."""
    request = {"requestId": plan.key, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    return {"id": plan.key, **_times(plan), "conferenceData": {"createRequest": request}}


def _times(plan: RoomPlan) -> dict[str, Any]:
    ends_at = plan.starts_at + timedelta(minutes=plan.minutes)
    return {
        "summary": one_line(plan.title),
        "start": {"dateTime": utc(plan.starts_at).isoformat()},
        "end": {"dateTime": utc(ends_at).isoformat()},
    }


def _meet_url(event: Mapping[str, Any]) -> str:
    """The conference may take a moment to be made; the next look finds it. Raises RoomError."""
    entries = event.get("conferenceData", {}).get("entryPoints", [])
    urls = [str(entry["uri"]) for entry in entries if entry.get("entryPointType") == "video"]
    if not urls:
        raise RoomError("Google has not made the conference yet.")
    return urls[0]
