"""What is asked of Google Calendar, judged by the discovery document that Google's own client ships."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import googleapiclient
import pytest
import requests
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mentormap.meetings.google_meet import API_URL, BadServiceAccount, GoogleMeet
from mentormap.meetings.rooms import Made, RoomError, RoomGone, RoomPlan

PLAN = RoomPlan(
    key="5d2f9a", title="Café \x07 talk", starts_at=datetime(2026, 11, 24, 9, tzinfo=UTC), minutes=90
)
EVENTS = f"{API_URL}/calendars/rooms%40example.com/events"
EVENT = {
    "id": "5d2f9a",
    "conferenceData": {
        "entryPoints": [
            {"entryPointType": "phone", "uri": "tel:+1-555"},
            {"entryPointType": "video", "uri": "https://meet.google.com/abc-defg-hij"},
        ]
    },
}
PENDING = {"id": "5d2f9a", "conferenceData": {"createRequest": {"status": {"statusCode": "pending"}}}}


@cache
def discovery() -> dict[str, Any]:
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    document: dict[str, Any] = json.loads((folder / "calendar.v3.json").read_text(encoding="utf-8"))
    return document


def judge(request: requests.PreparedRequest, method_name: str) -> dict[str, Any]:
    """The request's body, if Google's document has its address, its parameters and every field."""
    method = discovery()["resources"]["events"]["methods"][method_name]
    url = urlsplit(str(request.url))
    assert request.method == method["httpMethod"]
    assert str(request.url).startswith(discovery()["rootUrl"] + discovery()["servicePath"])
    assert len(url.path.removeprefix("/calendar/v3/").split("/")) == len(method["path"].split("/"))
    for name, (value,) in parse_qs(url.query).items():
        fits(value, method["parameters"][name], name)
    body = json.loads(request.body) if request.body else {}
    if body:
        fits(body, method["request"], "body")
    return dict(body)


def fits(value: Any, schema: dict[str, Any], where: str) -> None:
    if "$ref" in schema:
        schema = discovery()["schemas"][schema["$ref"]]
    if schema["type"] == "object":
        for name, part in value.items():
            assert name in schema["properties"], f"{where}.{name}"
            fits(part, schema["properties"][name], f"{where}.{name}")
    if "enum" in schema:
        assert value in schema["enum"], where
    if schema["type"] == "integer":
        assert int(schema.get("minimum", 0)) <= int(value) <= int(schema.get("maximum", value)), where
    if schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo, where


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def meet() -> GoogleMeet:
    return GoogleMeet("rooms@example.com", requests.Session())


def test_a_room_is_the_conference_of_an_event(meet: GoogleMeet, net: responses.RequestsMock) -> None:
    net.post(EVENTS, json=EVENT)
    made = meet.make(PLAN, may_exist=False)
    assert made == Made(url="https://meet.google.com/abc-defg-hij", external_id="5d2f9a")
    assert judge(net.calls[0].request, "insert") == {
        "id": "5d2f9a",
        "summary": "Café talk",
        "start": {"dateTime": "2026-11-24T09:00:00+00:00"},
        "end": {"dateTime": "2026-11-24T10:30:00+00:00"},
        "conferenceData": {
            "createRequest": {
                "requestId": "5d2f9a",
                "conferenceSolutionKey": {"type": "hangoutsMeet"},
            }
        },
    }
    assert parse_qs(urlsplit(str(net.calls[0].request.url)).query) == {
        "conferenceDataVersion": ["1"],
        "sendUpdates": ["none"],
    }


def test_a_second_try_finds_the_first_s_event(meet: GoogleMeet, net: responses.RequestsMock) -> None:
    net.post(
        EVENTS,
        status=409,
        json={"error": {"code": 409, "message": "The requested identifier already exists."}},
    )
    net.patch(f"{EVENTS}/5d2f9a", json=EVENT)
    assert meet.make(PLAN, may_exist=True).url == "https://meet.google.com/abc-defg-hij"
    assert judge(net.calls[1].request, "patch")["status"] == "confirmed"


def test_a_conference_that_is_still_being_made_is_looked_for_again(
    meet: GoogleMeet, net: responses.RequestsMock
) -> None:
    net.post(EVENTS, json=PENDING)
    with pytest.raises(RoomError, match="not made the conference yet"):
        meet.make(PLAN, may_exist=False)


def test_a_room_is_moved_and_removed(meet: GoogleMeet, net: responses.RequestsMock) -> None:
    net.patch(f"{EVENTS}/5d2f9a", json=EVENT)
    net.delete(f"{EVENTS}/5d2f9a", status=204)
    net.delete(f"{EVENTS}/gone", status=410)
    meet.move("5d2f9a", PLAN)
    meet.remove(meet.find(PLAN.key))
    meet.remove("gone")
    assert judge(net.calls[0].request, "patch")["end"] == {"dateTime": "2026-11-24T10:30:00+00:00"}
    judge(net.calls[1].request, "delete")


def test_an_event_that_somebody_deleted_cannot_be_moved(
    meet: GoogleMeet, net: responses.RequestsMock
) -> None:
    net.patch(f"{EVENTS}/5d2f9a", status=404)
    with pytest.raises(RoomGone):
        meet.move("5d2f9a", PLAN)


def service_account() -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(encoding, form, serialization.NoEncryption())
    return {
        "type": "service_account",
        "client_email": "rooms@project.iam.gserviceaccount.com",
        "private_key": pem.decode(),
        "token_uri": "https://oauth2.googleapis.com/token",
    }


def test_a_service_account_acts_for_the_calendar_s_owner(net: responses.RequestsMock) -> None:
    net.post("https://oauth2.googleapis.com/token", json={"access_token": "a-token", "expires_in": 3600})
    net.get(EVENTS, json={"items": []})
    GoogleMeet.of(service_account(), user="ada@example.com", calendar="rooms@example.com").check()
    judge(net.calls[1].request, "list")
    assert net.calls[1].request.headers["authorization"] == "Bearer a-token"


def test_a_refused_service_account_is_trouble(net: responses.RequestsMock) -> None:
    net.post("https://oauth2.googleapis.com/token", status=401, json={"error": "unauthorized_client"})
    with pytest.raises(RoomError, match="refuses our service account"):
        GoogleMeet.of(service_account(), user="ada@example.com", calendar="primary").check()


def test_half_a_key_is_no_service_account() -> None:
    with pytest.raises(BadServiceAccount):
        GoogleMeet.of({"type": "service_account"}, user="ada@example.com", calendar="primary")
