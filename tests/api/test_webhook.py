"""Stripe's webhook: signed bytes are kept, all else is refused."""

import json
from datetime import datetime, timedelta

import pytest
import stripe as sdk
from django.conf import settings

from mentormap.payments.models import StripeEvent
from tests.api.conftest import Answer, Api

pytestmark = pytest.mark.django_db
EVENT = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "cs_test_1"}}}


def signed(body: bytes, at: datetime, secret: str = "") -> str:
    stamp = int(at.timestamp())
    key = secret or settings.STRIPE_WEBHOOK_SECRETS[0]
    signature = sdk.WebhookSignature._compute_signature(f"{stamp}.{body.decode()}", key)
    return f"t={stamp},v1={signature}"


def send(api: Api, body: bytes, signature: str, content_type: str = "application/json") -> Answer:
    headers = {"Stripe-Signature": signature}
    return api.send("POST", "payments/webhook", body, headers=headers, content_type=content_type)


def test_a_signed_event_is_kept_once(api: Api, now: datetime) -> None:
    body = json.dumps(EVENT).encode()
    answers = [send(api, body, signed(body, now)) for _ in range(2)]
    assert [(answer.status, answer.json) for answer in answers] == [(200, {"received": True})] * 2
    assert list(StripeEvent.objects.values_list("event_id", "source", "handled_at")) == [
        ("evt_1", "webhook", None)
    ]


def test_the_bytes_are_judged_by_their_signature_whatever_they_are_called(api: Api, now: datetime) -> None:
    body = json.dumps(EVENT).encode()
    assert send(api, body, signed(body, now), content_type="text/plain").status == 200


@pytest.mark.parametrize("signature", ["", "nonsense", "t=1,v1=abc", "t=x,v1=", "t=1,v1=\xfc"])
def test_what_stripe_did_not_sign_is_refused(api: Api, signature: str) -> None:
    assert send(api, json.dumps(EVENT).encode(), signature).refusal == (400, "bad-signature", [])
    assert StripeEvent.objects.count() == 0


def test_another_secret_another_body_and_an_old_stamp_are_refused(api: Api, now: datetime) -> None:
    body = json.dumps(EVENT).encode()
    stale = signed(body, now - timedelta(seconds=301))
    sent = [(body, signed(body, now, "whsec_other")), (body + b" ", signed(body, now)), (body, stale)]
    assert [send(api, *one).refusal for one in sent] == [(400, "bad-signature", [])] * 3
    assert StripeEvent.objects.count() == 0


def test_the_answer_does_not_wait_for_stripe(api: Api, now: datetime) -> None:
    """No `stripe` fixture: any request to Stripe would fail."""
    body = json.dumps(EVENT).encode()
    assert send(api, body, signed(body, now)).status == 200
