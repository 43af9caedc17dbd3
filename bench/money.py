"""How long our side of the money takes: settling, acting upon events, and comparing the books of 10,000 payments with Stripe's.

    .venv-dev/bin/python bench/money.py [payments]

Stripe is the sandbox inside this process, so that no network counts; what it takes itself is in the figures. The database is
SQLite in a folder of its own, or what DATABASE_URL names, which must be empty.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final
from unittest.mock import patch

FOLDER: Final = tempfile.mkdtemp(prefix="mentormap-bench-")
os.environ |= {
    "MENTORMAP_DATA_DIR": FOLDER,
    "DJANGO_SETTINGS_MODULE": "mentormap.settings.base",
    "LOG_LEVEL": "WARNING",
    "HOLDS_PER_STUDENT": "1000000",
    "HOLDS_PER_ADDRESS": "1000000",
}
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402 - after the environment

django.setup()

import stripe  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from tests import make  # noqa: E402
from tests.conftest import StandingClock, Stripe, open_sandbox  # noqa: E402
from tests.sandbox_client import InProcessHTTPClient  # noqa: E402

from mentormap.bookings.models import PaymentStatus, Session  # noqa: E402
from mentormap.bookings.reconciliation import ledger, stripe_audit  # noqa: E402
from mentormap.bookings.settlement.settle import apply_event, settle  # noqa: E402
from mentormap.mentors.models import Mentor  # noqa: E402
from mentormap.payments import gateway, inbox  # noqa: E402
from mentormap.payments.models import Payment, StripeEvent  # noqa: E402

START: Final = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
SETTLED, CHECKOUTS = 50, 300
COPIED: Final = ("checkout.session", "payment_intent", "charge", "balance_transaction")


class Unjudged(InProcessHTTPClient):
    """The SDK's transport without the tests' judge."""

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        answer = self._send(method.upper(), url, dict(headers or {}), post_data)
        return answer.get_data(as_text=True), answer.status_code, dict(answer.headers)


def milliseconds(work: Callable[..., object], *args: object, **facts: object) -> float:
    began = perf_counter()
    work(*args, **facts)
    return (perf_counter() - began) * 1000


def hold(mentors: Sequence[Mentor], now: datetime) -> list[float]:
    """As many students, each with a mentor of their own."""
    students = [make.person(f"Student{number}") for number in range(len(mentors))]
    return [
        milliseconds(make.hold, student=student, mentor=mentor, starts_at=START, now=now)
        for student, mentor in zip(students, mentors, strict=True)
    ]


def settle_some(stripe_: Stripe) -> list[float]:
    """Paid ones, as the success page does it."""
    payments = list(Payment.objects.order_by("pk"))
    for payment in payments:
        stripe_.pay(payment.checkout_id)
    now = stripe_.clock.now
    return [milliseconds(settle, payment.pk, now=now) for payment in payments[:SETTLED]]


def drain(now: datetime) -> tuple[int, float]:
    """All events of the paid checkouts; how many, and how long they took."""
    inbox.poll(now=now)
    began = perf_counter()
    while inbox.drain(apply=apply_event, now=now):
        pass
    return StripeEvent.objects.exclude(handled_at=None).count(), perf_counter() - began


def multiply(stripe_: Stripe, count: int) -> None:
    """As many copies of one paid session, here and at the sandbox, with ids of their own."""
    session = Session.objects.select_related("payment").filter(was_paid=True).earliest("pk")
    known = _objects_of(stripe_, session.payment)
    with stripe_.sandbox.store.transaction() as rows:
        for number in range(count):
            for kind, created, body in known:
                text = _renamed(body, known, number)
                rows.execute(
                    "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)",
                    (json.loads(text)["id"], kind, created, text),
                )
    payments = Payment.objects.bulk_create(_payment(session.payment, number) for number in range(count))
    Session.objects.bulk_create(_session(session, payment) for payment in payments)


def _objects_of(stripe_: Stripe, payment: Payment) -> list[tuple[str, int, str]]:
    with stripe_.sandbox.store.transaction() as rows:
        found = rows.execute("SELECT kind, created, body FROM objects ORDER BY seq").fetchall()
    ids = (payment.checkout_id or "", payment.payment_intent_id, payment.charge_id)
    return [
        (row["kind"], row["created"], row["body"])
        for row in found
        if row["kind"] in COPIED and any(each in row["body"] for each in ids)
    ]


def _renamed(body: str, known: Sequence[tuple[str, int, str]], number: int) -> str:
    for _, _, other in known:
        own = json.loads(other)["id"]
        body = body.replace(own, f"{own}{number}")
    return body


def _payment(payment: Payment, number: int) -> Payment:
    return Payment(
        state=Payment.State.PAID,
        reference=f"copy {number}",
        amount_minor=payment.amount_minor,
        captured_minor=payment.captured_minor,
        currency=payment.currency,
        idempotency_key=f"copy {number}",
        checkout_id=f"{payment.checkout_id}{number}",
        payment_intent_id=f"{payment.payment_intent_id}{number}",
        charge_id=f"{payment.charge_id}{number}",
        created_at=payment.created_at,
        paid_at=payment.paid_at,
    )


def _session(session: Session, payment: Payment) -> Session:
    copied = ("student", "mentor", "title", "scheduled_at", "earliest_start", "duration_minutes", "ends_at")
    also = ("reserves_from", "reserves_to", "price", "currency", "policy", "created_at")
    facts = {name: getattr(session, name) for name in (*copied, *also)}
    return Session(**facts, payment=payment, payment_status=PaymentStatus.PAID, was_paid=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", verbosity=0)
    clock = StandingClock()
    sandbox = open_sandbox(clock)
    client = stripe.StripeClient(
        sandbox.config.api_key, stripe_version=gateway.STRIPE_VERSION, http_client=Unjudged(sandbox)
    )
    with patch.object(gateway, "client", lambda: client):
        measure(Stripe(sandbox, clock), count)
    sandbox.close()


def measure(stripe_: Stripe, count: int) -> None:
    now, engine = stripe_.clock.now, connection.vendor
    held = hold(make.mentors(CHECKOUTS), now)
    print(f"{engine}: hold and checkout, median {median(held):.1f} ms")
    print(f"{engine}: settle, median {median(settle_some(stripe_)):.1f} ms")
    events, seconds = drain(now)
    print(f"{engine}: {events} events acted upon in {seconds:.1f} s, {events / seconds:.0f} a second")
    multiply(stripe_, count)
    books = milliseconds(ledger.ledgers)
    print(f"{engine}: the books of {Payment.objects.count()} payments, {books:.0f} ms")
    found: list[str] = []
    seconds = milliseconds(lambda: found.extend(stripe_audit.run(now + timedelta(hours=1)))) / 1000
    print(f"{engine}: compared with Stripe's lists in {seconds:.1f} s, {len(found)} differences")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
