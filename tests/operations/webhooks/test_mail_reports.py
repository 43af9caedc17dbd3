"""Webhooks of mail services: a proven hard bounce or complaint stops mail, anything else leaves no trace."""

import copy
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from mentormap.lib import clock
from mentormap.notifications.models import Suppression
from mentormap.operations.webhooks.mail_reports import VIEWS
from mentormap.settings.mail import SERVICES, Proof
from tests.operations.mail_reports import COMPLAINT, HARD, SECRETS, SOFT, TO, post

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


def use(settings: Settings, service: str) -> None:
    settings.MAIL_SERVICE, settings.MAIL_WEBHOOK_SECRET = service, SECRETS[service]


def suppressed() -> list[tuple[str, str]]:
    return list(Suppression.objects.values_list("email", "reason"))


def test_every_service_that_can_prove_itself_is_heard_and_tried() -> None:
    assert set(VIEWS) == {slug for slug, service in SERVICES.items() if service.proof is not Proof.NONE}
    assert set(VIEWS) == set(HARD) == set(SOFT) == set(COMPLAINT) | {"postal"} == set(SECRETS)


@pytest.mark.parametrize("service", HARD)
def test_a_hard_bounce_stops_mail_to_that_address(settings: Settings, service: str) -> None:
    use(settings, service)
    assert post(service, HARD[service]).status_code == 200
    assert suppressed() == [(TO, "bounce")]


@pytest.mark.parametrize("service", SOFT)
def test_a_soft_bounce_stops_nothing(settings: Settings, service: str) -> None:
    use(settings, service)
    assert post(service, SOFT[service]).status_code == 200
    assert suppressed() == []


@pytest.mark.parametrize("service", COMPLAINT)
def test_a_complaint_stops_mail_to_that_address(settings: Settings, service: str) -> None:
    use(settings, service)
    assert post(service, COMPLAINT[service]).status_code == 200
    assert suppressed() == [(TO, "complaint")]


@pytest.mark.parametrize("service", HARD)
def test_a_forged_one_is_refused_and_leaves_no_trace(settings: Settings, service: str) -> None:
    use(settings, service)
    report = copy.deepcopy(HARD[service])
    if service == "mailgun":
        report["signature"]["signature"] = "0" * 64
    assert post(service, report, forged=True).status_code == 400
    assert suppressed() == []


@pytest.mark.parametrize("service", VIEWS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"event": "bounce"}'])
def test_bytes_that_prove_nothing_are_refused(settings: Settings, service: str, body: bytes) -> None:
    use(settings, service)
    answer = Client().post(f"/webhooks/mail/{service}", body, content_type="application/json")
    assert answer.status_code in {400, 401}
    assert suppressed() == []


def test_without_a_password_amazon_is_asked_for_it(settings: Settings) -> None:
    use(settings, "ses")
    answer = Client().post("/webhooks/mail/ses", b"{}", content_type="text/plain")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="mail webhook"')


def test_with_a_secret_that_is_none_the_service_is_asked_to_try_again(settings: Settings) -> None:
    settings.MAIL_SERVICE, settings.MAIL_WEBHOOK_SECRET = "sendgrid", "not a key"
    assert post("sendgrid", HARD["sendgrid"]).status_code == 503
    assert suppressed() == []


def test_what_is_proven_but_no_event_is_a_400(settings: Settings) -> None:
    use(settings, "postmark")
    assert post("postmark", ["no", "event"]).status_code == 400


def test_an_old_webhook_of_resends_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    use(settings, "resend")
    monkeypatch.setattr("mentormap.operations.webhooks.resend.TOLERANCE", -1)
    assert post("resend", HARD["resend"]).status_code == 400


def test_what_the_service_refuses_to_send_for_an_earlier_bounce_counts(settings: Settings) -> None:
    use(settings, "sendgrid")
    dropped = {"event": "dropped", "email": TO, "timestamp": 1_795_521_600}
    assert post("sendgrid", [{**dropped, "reason": "Unsubscribed Address"}]).status_code == 200
    assert suppressed() == []
    assert post("sendgrid", [{**dropped, "reason": "Bounced Address"}]).status_code == 200
    assert suppressed() == [(TO, "bounce")]


def test_the_reason_in_the_servers_words_is_kept_with_its_time(settings: Settings, now: datetime) -> None:
    use(settings, "sendgrid")
    report = {**HARD["sendgrid"][0], "timestamp": int(now.timestamp()) - 60, "reason": "550 no such user"}
    post("sendgrid", [report])
    found = Suppression.objects.get()
    assert (found.detail, int((now - found.at).total_seconds())) == ("550 no such user", 60)


@pytest.mark.parametrize(("service", "secret"), [("mailgun", "key"), ("", ""), ("sendgrid", "")])
def test_only_the_service_in_use_is_heard(settings: Settings, service: str, secret: str) -> None:
    settings.MAIL_SERVICE, settings.MAIL_WEBHOOK_SECRET = service, secret
    assert post("sendgrid", HARD["sendgrid"]).status_code == 404
    assert Client().head("/webhooks/mail/sendgrid").status_code == 404


def test_services_may_try_the_address(settings: Settings) -> None:
    use(settings, "mandrill")
    assert Client().head("/webhooks/mail/mandrill").status_code == 200
    assert Client().head("/webhooks/mail/mandrill/").status_code == 200


def subscription() -> dict[str, Any]:
    topic = "arn:aws:sns:eu-west-1:123456789012:bounces"
    return {"Type": "SubscriptionConfirmation", "MessageId": "1", "Token": "t", "TopicArn": topic}


@pytest.mark.mail
def test_a_subscription_that_amazon_does_not_confirm_now_is_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(settings, "ses")
    settings.ANYMAIL = {"AMAZON_SES_CLIENT_PARAMS": {"config": {"retries": {"total_max_attempts": 1}}}}
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "A",
        "AWS_SECRET_ACCESS_KEY": "s",
    }.items():
        monkeypatch.setenv(name, value)
    answer = post("ses", subscription(), headers={"x-amz-sns-message-type": "SubscriptionConfirmation"})
    assert answer.status_code == 503
