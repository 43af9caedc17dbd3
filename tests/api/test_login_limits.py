"""A password under attack, at the API."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import override_settings

from mentormap.accounts.models import User
from mentormap.notifications.models import AccountMail
from tests import make
from tests.api.conftest import Answer, Api
from tests.conftest import StandingClock
from tests.second_factor import code_now
from tests.web.test_login_limits import under_way

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def log_in(
    api: Api, user: User, *, ip: str = "198.51.100.7", host: str = "testserver", **more: Any
) -> Answer:
    api.client.defaults["REMOTE_ADDR"] = ip
    body = {"email": user.email, "password": make.PASSWORD} | more
    return api.send("POST", "auth/login", body, headers={"host": host})


@pytest.fixture
def attacked(api: Api, sam: User) -> User:
    for number in range(50):
        assert log_in(api, sam, ip=f"203.{number // 5}.113.{number}", password="wrong").status == 401
    return sam


@override_settings(ALLOWED_HOSTS=["*"])
def test_the_host_that_a_request_names_gives_no_new_tries(api: Api, sam: User) -> None:
    hosts = [f"localhost:{4000 + number}" for number in range(30)]
    statuses = [log_in(api, sam, host=host, password="wrong").status for host in hosts]
    assert statuses == [401] * 5 + [429] * 25


def test_five_failures_close_the_login_to_their_network_for_a_while(
    api: Api, sam: User, clock: StandingClock
) -> None:
    for _ in range(5):
        assert log_in(api, sam, password="wrong").status == 401
        clock.advance(minutes=2)
    closed = log_in(api, sam)
    assert closed.refusal == (429, "too-many-attempts", [])
    assert closed.headers["Retry-After"] == "301"
    assert log_in(api, sam, ip="192.0.2.1").status == 200
    clock.advance(seconds=301)
    assert log_in(api, sam).status == 200


def test_of_many_logins_at_once_those_beyond_the_limit_are_to_come_again_in_two_seconds(
    api: Api, sam: User, clock: StandingClock
) -> None:
    others = [under_way(sam, now=clock.now) for _ in range(5)]
    waiting = log_in(api, sam, ip="192.0.2.1")
    assert waiting.refusal == (429, "too-many-attempts", [])
    assert waiting.headers["Retry-After"] == "2"
    for other in others:
        other.succeed(needed_code=False, now=clock.now)
        other.end(now=clock.now)
    assert log_in(api, sam, ip="192.0.2.1").status == 200


def test_after_fifty_failures_a_mailed_code_is_needed_and_opens(api: Api, attacked: User) -> None:
    asked = log_in(api, attacked)
    assert asked.refusal == (401, "code_required", ["code"])
    assert asked.headers["WWW-Authenticate"].startswith("Bearer")
    (code,) = re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}", AccountMail.objects.get().text)
    assert log_in(api, attacked, code="000000").refusal == (401, "code_required", ["code"])
    opened = log_in(api, attacked, code=code)
    assert opened.status == 200
    assert dict(opened.response.cookies) == {}
    assert log_in(api, attacked, code=code).refusal == (401, "code_required", ["code"])


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(api: Api, attacked: User) -> None:
    wrong = log_in(api, attacked, password="wrong")
    assert AccountMail.objects.count() == 0
    assert wrong.response.content == log_in(api, attacked).response.content
    for number in range(50):
        log_in(api, User(email="nobody@example.com"), ip=f"203.{number // 5}.113.{number}", password="wrong")
    nobody = log_in(api, User(email="nobody@example.com"), ip="198.51.101.7")
    assert nobody.response.content == wrong.response.content


@pytest.mark.usefixtures("half_minute")
def test_with_a_second_factor_its_code_serves(api: Api, attacked: User) -> None:
    TOTP.activate(attacked, SECRET)
    assert log_in(api, attacked).refusal == (401, "code_required", ["code"])
    assert AccountMail.objects.count() == 0
    assert log_in(api, attacked, code="000000").refusal == (401, "code_required", ["code"])
    assert log_in(api, attacked, code=code_now(SECRET)).status == 200


def test_the_documentation_names_the_code(api: Api) -> None:
    document = api.get("openapi.json").json
    login = document["paths"]["/api/auth/login"]["post"]
    assert "`code_required`" in login["description"]
    assert (
        "`code_required`"
        in document["components"]["schemas"]["Credentials"]["properties"]["code"]["description"]
    )
