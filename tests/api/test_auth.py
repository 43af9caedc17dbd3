"""Login, logout, and what ends a token."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session as Login

from mentormap.accounts.models import User
from mentormap.api.tokens import user_and_login_of
from mentormap.notifications.access import end_access_for_new_password
from tests import make
from tests.api.conftest import Answer, Api
from tests.second_factor import code_now

pytestmark = pytest.mark.django_db


def log_in(api: Api, user: User, **more: Any) -> Answer:
    return api.post("auth/login", {"email": user.email, "password": make.PASSWORD} | more)


def test_a_login_gives_a_bearer_token_and_no_cookie(api: Api) -> None:
    answer = log_in(api, make.sam())
    assert answer.status == 200
    assert {name: value for name, value in answer.json.items() if name != "access_token"} == {
        "token_type": "bearer",
        "expires_in": 12 * 60 * 60,
    }
    assert dict(answer.response.cookies) == {}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_email_may_be_written_in_any_case(api: Api) -> None:
    make.sam()
    assert api.post("auth/login", {"email": " SAM@Example.com", "password": make.PASSWORD}).status == 200


def test_a_token_opens_what_needs_one(api: Api) -> None:
    assert api.get("sessions", as_=make.sam()).json == []


@pytest.mark.parametrize("header", ["", "Basic c2FtOnNhbQ==", "Bearer", "Token abc"])
def test_without_a_token_the_challenge_says_how(api: Api, header: str) -> None:
    answer = api.send("GET", "sessions", headers={"Authorization": header} if header else {})
    assert answer.refusal[0] == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="mentormap"')


@pytest.mark.parametrize("token", ["abc", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "ü.ü.ü", "a b"])
def test_a_token_that_is_not_ours_is_refused(api: Api, token: str) -> None:
    answer = api.send("GET", "sessions", headers={"Authorization": f"Bearer {token}"})
    assert answer.refusal == (401, "invalid-token", [])
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="mentormap", error="invalid_token"'


def test_a_login_by_cookie_opens_nothing(api: Api) -> None:
    api.client.force_login(make.sam())
    assert api.get("sessions").refusal == (401, "no-token", [])


def test_logout_kills_the_token_and_that_one_alone(api: Api) -> None:
    sam = make.sam()
    other = log_in(api, sam).json["access_token"]
    assert api.post("auth/logout", as_=sam).status == 204
    assert api.get("sessions", as_=sam).refusal == (401, "invalid-token", [])
    assert api.send("GET", "sessions", headers={"Authorization": f"Bearer {other}"}).status == 200
    assert (Login.objects.count(), UserSession.objects.count()) == (1, 1)


def test_deactivation_kills_the_token(api: Api) -> None:
    sam = make.sam()
    api.token(sam)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert api.get("sessions", as_=sam).refusal == (401, "invalid-token", [])


def test_a_new_password_kills_the_token(api: Api) -> None:
    sam = make.sam()
    api.token(sam)
    sam.set_password("another-fine-password")
    sam.save()
    end_access_for_new_password(sam)
    assert api.get("sessions", as_=sam).refusal == (401, "invalid-token", [])


def test_a_token_and_its_login_live_for_twelve_hours(api: Api) -> None:
    sam = make.sam()
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as traveller:
        api.token(sam)
        assert Login.objects.get().expire_date == datetime(2026, 11, 23, 21, tzinfo=UTC)
        traveller.shift(timedelta(hours=12, seconds=-1))
        assert api.get("sessions", as_=sam).status == 200
        traveller.shift(timedelta(seconds=1))
        assert api.get("sessions", as_=sam).refusal == (401, "invalid-token", [])


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(api: Api) -> None:
    sam = make.sam()
    wrong, unknown = log_in(api, sam, password="wrong"), log_in(api, sam, email="nobody@example.com")
    assert wrong.refusal == (401, "wrong-credentials", [])
    assert wrong.json == unknown.json


def test_an_address_that_was_never_verified_gets_the_answer_of_a_wrong_password(api: Api) -> None:
    unverified, wrong = log_in(api, make.olga(verified=False)), log_in(api, make.sam(), password="wrong")
    assert unverified.refusal == (401, "wrong-credentials", [])
    assert unverified.json == wrong.json


def test_an_address_that_is_yet_to_be_proved_logs_nobody_in(api: Api) -> None:
    sam = make.sam()
    EmailAddress.objects.create(user=sam, email="new@example.com", verified=False)
    assert log_in(api, sam, email="new@example.com").json == log_in(api, sam, password="wrong").json
    assert log_in(api, sam, email=sam.email.upper()).status == 200


def test_a_closed_account_is_told_so_only_with_its_password(api: Api) -> None:
    sam = make.sam(is_active=False)
    assert log_in(api, sam).refusal == (403, "account-inactive", [])
    assert log_in(api, sam, password="wrong").refusal == (401, "wrong-credentials", [])


def test_a_right_password_is_no_attempt(api: Api) -> None:
    sam = make.sam()
    assert {log_in(api, sam).status for _ in range(12)} == {200}


@pytest.fixture
def secret(half_minute: None) -> str:
    return str(generate_totp_secret())


def test_with_a_second_factor_on_a_code_is_needed(api: Api, secret: str) -> None:
    sam = make.sam()
    TOTP.activate(sam, secret)
    assert log_in(api, sam).refusal == (401, "mfa_required", ["code"])
    assert log_in(api, sam, code="000000").refusal == (401, "mfa_required", ["code"])
    assert log_in(api, sam, code=code_now(secret)).status == 200


def test_a_code_serves_once(api: Api, secret: str) -> None:
    sam = make.sam()
    TOTP.activate(sam, secret)
    code = code_now(secret)
    assert [log_in(api, sam, code=code).status for _ in range(2)] == [200, 401]


def test_a_recovery_code_will_do(api: Api, secret: str) -> None:
    sam = make.sam()
    TOTP.activate(sam, secret)
    code = RecoveryCodes.activate(sam).get_unused_codes()[0]
    assert [log_in(api, sam, code=code).status for _ in range(2)] == [200, 401]


def test_codes_cannot_be_guessed_for_long(api: Api, secret: str) -> None:
    sam = make.sam()
    TOTP.activate(sam, secret)
    statuses = [log_in(api, sam, code="000000").status for _ in range(6)]
    assert statuses == [401, 401, 401, 401, 401, 429]


def test_the_second_factor_is_not_asked_for_before_the_password_is_right(api: Api, secret: str) -> None:
    sam = make.sam()
    TOTP.activate(sam, secret)
    assert log_in(api, sam, password="wrong").refusal == (401, "wrong-credentials", [])


def test_missing_fields_are_named(api: Api) -> None:
    assert api.post("auth/login", {}).refusal == (422, "invalid-request", ["email", "password"])


def test_a_nul_character_is_refused(api: Api) -> None:
    answer = api.post("auth/login", {"email": "a\0@example.com", "password": "x"})
    assert answer.refusal == (422, "invalid-request", ["email"])
    assert answer.json["detail"] == "email: Leave out the NUL character."


@pytest.mark.parametrize(("seconds_behind", "status"), [(0, 200), (1, 200), (29, 200), (31, 401)])
def test_a_token_holds_at_a_server_whose_clock_is_up_to_half_a_minute_behind(
    api: Api, seconds_behind: int, status: int
) -> None:
    sam = make.sam()
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as traveller:
        api.token(sam)
        traveller.shift(timedelta(seconds=-seconds_behind))
        assert api.get("sessions", as_=sam).status == status


@pytest.mark.parametrize(("seconds_over", "is_valid"), [(29, True), (31, False)])
def test_a_token_expires_half_a_minute_late_at_most(api: Api, seconds_over: int, is_valid: bool) -> None:
    sam = make.sam()
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False) as traveller:
        token = api.token(sam)
        Login.objects.update(expire_date=datetime(2026, 12, 1, tzinfo=UTC))
        traveller.shift(timedelta(hours=12, seconds=seconds_over))
        assert (user_and_login_of(token) is not None) == is_valid


@pytest.mark.parametrize("change", [{"token_use": "refresh"}, {"sid": 7}, {"sid": None}, {"sid": "AAAA"}])
def test_a_token_of_another_use_or_without_a_login_opens_nothing(api: Api, change: dict[str, Any]) -> None:
    sam = make.sam()
    claims = jwt.decode(api.token(sam), key=settings.SECRET_KEY, algorithms=["HS256"]) | change
    assert user_and_login_of(jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")) is None
