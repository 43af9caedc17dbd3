"""Zoom's answers as its API reference gives them (https://developers.zoom.us/docs/api/meetings/)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
import requests
import responses

from mentormap.meetings.rooms import Made, RoomError, RoomGone, RoomPlan
from mentormap.meetings.zoom import API_URL, TOKEN_URL, Zoom

PLAN = RoomPlan(
    key="5d2f9a", title="System\ndesign", starts_at=datetime(2026, 11, 24, 9, tzinfo=UTC), minutes=60
)
MEETINGS = f"{API_URL}/users/me/meetings"
MEETING = {"id": 85746065, "join_url": "https://zoom.example/j/85746065", "agenda": "5d2f9a"}


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        mock.post(TOKEN_URL, json={"access_token": "a-token", "token_type": "bearer", "expires_in": 3599})
        yield mock


@pytest.fixture
def zoom() -> Zoom:
    return Zoom("account", "client", "secret")


def test_a_room_is_made_with_a_token_of_the_account(zoom: Zoom, net: responses.RequestsMock) -> None:
    net.post(MEETINGS, json=MEETING, status=201)
    made = zoom.make(PLAN, may_exist=False)
    assert made == Made(url="https://zoom.example/j/85746065", external_id="85746065")
    token, creation = (call.request for call in net.calls)
    assert parse_qs(str(token.body)) == {"grant_type": ["account_credentials"], "account_id": ["account"]}
    assert token.headers["Authorization"] == "Basic Y2xpZW50OnNlY3JldA=="
    assert creation.headers["Authorization"] == "Bearer a-token"
    assert json.loads(creation.body or b"") == {
        "topic": "System design",
        "agenda": "5d2f9a",
        "type": 2,
        "start_time": "2026-11-24T09:00:00Z",
        "duration": 60,
        "timezone": "UTC",
        "settings": {"join_before_host": True, "jbh_time": 0, "waiting_room": False},
    }


def test_a_token_serves_until_shortly_before_its_end(zoom: Zoom, net: responses.RequestsMock) -> None:
    net.delete(f"{API_URL}/meetings/1", status=204)
    zoom.remove("1")
    zoom.remove("1")
    assert [call.request.method for call in net.calls] == ["POST", "DELETE", "DELETE"]


def test_a_second_try_finds_what_the_first_made(zoom: Zoom, net: responses.RequestsMock) -> None:
    other = {**MEETING, "id": 1, "agenda": "other"}
    net.get(MEETINGS, json={"meetings": [other], "next_page_token": "more"})
    net.get(MEETINGS, json={"meetings": [MEETING], "next_page_token": ""})
    assert zoom.make(PLAN, may_exist=True).external_id == "85746065"
    assert [call.request.method for call in net.calls] == ["POST", "GET", "GET"]


def test_a_second_try_makes_what_the_first_did_not(zoom: Zoom, net: responses.RequestsMock) -> None:
    net.get(MEETINGS, json={"meetings": []})
    net.post(MEETINGS, json=MEETING, status=201)
    assert zoom.make(PLAN, may_exist=True).external_id == "85746065"


def test_what_a_try_without_an_answer_has_made_is_found(zoom: Zoom, net: responses.RequestsMock) -> None:
    net.get(MEETINGS, json={"meetings": [MEETING]})
    assert (zoom.find(PLAN.key), zoom.find("another")) == ("85746065", "")


def test_a_room_is_moved_and_removed(zoom: Zoom, net: responses.RequestsMock) -> None:
    net.patch(f"{API_URL}/meetings/1", status=204)
    net.delete(f"{API_URL}/meetings/1", status=404, json={"code": 3001})
    zoom.move("1", PLAN)
    zoom.remove("1")
    assert json.loads(net.calls[1].request.body or b"")["start_time"] == "2026-11-24T09:00:00Z"


def test_moving_a_room_that_is_gone_says_so(zoom: Zoom, net: responses.RequestsMock) -> None:
    net.patch(f"{API_URL}/meetings/1", status=404, json={"code": 3001})
    with pytest.raises(RoomGone):
        zoom.move("1", PLAN)


@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.ConnectTimeout()},
        {"status": 429, "json": {"code": 429}},
        {"status": 500, "body": "oh no"},
        {"status": 302, "headers": {"Location": "https://elsewhere.example/"}},
        {"status": 201, "body": "<html>"},
        {"status": 201, "json": {"id": 1}},
        {"status": 201, "json": []},
    ],
)
def test_trouble_is_trouble(zoom: Zoom, net: responses.RequestsMock, answer: dict[str, object]) -> None:
    net.add("POST", MEETINGS, **answer)  # type: ignore[arg-type]
    with pytest.raises(RoomError):
        zoom.make(PLAN, may_exist=False)


def test_wrong_credentials_are_trouble_without_the_secret_in_it(zoom: Zoom) -> None:
    with responses.RequestsMock() as net:
        net.post(TOKEN_URL, status=400, json={"reason": "Invalid client_id or client_secret"})
        with pytest.raises(RoomError) as error:
            zoom.check()
    assert "400" in str(error.value)
    assert "secret" not in repr(zoom).replace("client_secret", "")
