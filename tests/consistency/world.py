"""One hold, the sandbox and the clock, which can all be put back; what Stripe may do to it, and the jobs that follow."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from mentormap.bookings import cancellation
from mentormap.bookings.cancellation import JustPaid
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import apply_event
from mentormap.notifications.models import Notice
from mentormap.payments import inbox
from mentormap.payments.models import StripeEvent
from stripe_sandbox.webhooks import sign
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import pay_by_debit

LATER: Final = ({"minutes": 1}, {"minutes": 5}, {"minutes": 40}, {"hours": 2})
"""The pauses before each round of jobs: past a lease, past a hold's end, past an hour's rest."""

DECISIVE: Final = (
    "SELECT status, payment_status, sequence, was_paid FROM sessions",
    "SELECT state, captured_minor, refunded_minor, owed_minor, lost_minor FROM payments",
    "SELECT refund_on_arrival, payment_intent_id = '' FROM payments",
    "SELECT name FROM payment_flags WHERE resolved_at IS NULL ORDER BY name",
    "SELECT state, amount_minor, is_foreign, tries FROM refunds ORDER BY id",
    "SELECT status, is_withdrawn FROM disputes ORDER BY id",
    "SELECT actionable FROM fraud_warnings ORDER BY id",
    "SELECT to_status, to_payment_status, why FROM bookings_sessionhistory ORDER BY id",
    "SELECT occasion, person_id FROM notifications_notice ORDER BY occasion, person_id",
    "SELECT count(*) FROM reserved_cells",
)
"""All in our tables that decides what is done next; in SQL, for it is asked some ten thousand times."""


@dataclass(frozen=True)
class World:
    """`session` is the hold as it was made: read it again before you look at it."""

    stripe: Stripe
    clock: StandingClock
    session: Session

    @property
    def checkout_id(self) -> str:
        return self.session.payment.checkout_id or ""

    def intent_id(self) -> str:
        """As Stripe knows it, whether we do or not."""
        return str(self.at_stripe("checkout.session")[0]["payment_intent"])

    def at_stripe(self, kind: str) -> list[dict[str, Any]]:
        return objects(self.stripe, kind)

    def pay(self, card: str = "4242424242424242") -> None:
        self.stripe.pay(self.checkout_id, card)

    def pay_by_debit(self, account: str) -> None:
        pay_by_debit(self.stripe.sandbox, self.checkout_id, account)

    def wait(self, **span: float) -> None:
        """Time passes at Stripe: what was due there happens, and nobody has told us."""
        self.clock.advance(**span)
        self.stripe.sandbox.catch_up()

    def refund(self, amount: int | None = None) -> None:
        self.stripe.sandbox.refund(self.intent_id(), amount=amount)

    def dispute(self, *, inquiry: bool = False) -> None:
        self.stripe.sandbox.dispute(self.intent_id(), inquiry=inquiry)

    def decide_dispute(self, status: str) -> None:
        self.stripe.sandbox.move_dispute(self.intent_id(), status=status)

    def warn(self) -> None:
        self.stripe.sandbox.warn(self.intent_id())

    def cancel(self) -> None:
        """Sam cancels, and again if told that the hold was just paid."""
        session = Session.objects.with_people().get(pk=self.session.pk)
        try:
            cancellation.cancel(session, actor=session.student, now=self.clock.now)
        except JustPaid:
            cancellation.cancel(session, actor=session.student, now=self.clock.now)

    def deliver(self, index: int) -> None:
        """The event of that place in Stripe's order comes by webhook and is acted upon."""
        body = json.dumps(self.at_stripe("event")[index]).encode()
        now = self.clock.now
        signature = sign(body, secret=settings.STRIPE_WEBHOOK_SECRETS[0], sent_at=int(now.timestamp()))
        inbox.receive(body, signature, now=now)
        drain(now)

    def run_jobs(self) -> None:
        for pause in LATER:
            self.wait(**pause)
            run_jobs(self.clock.now)

    @contextmanager
    def rewound(self) -> Iterator[None]:
        """Whatever happens within, in our tables, at Stripe and to the clock, is undone at the end."""
        store = self.stripe.sandbox.store._connection
        at_stripe, now = store.serialize(), self.clock.now
        try:
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            store.deserialize(at_stripe)
            self.clock.now = now

    def fingerprint(self) -> object:
        """All that decides what our side does next, without numbers and instants that differ from way to way."""
        known = dict(StripeEvent.objects.values_list("event_id", "handled_at"))
        handled = tuple(known.get(event["id"], "unknown") is not None for event in self.at_stripe("event"))
        return handled, *map(_rows, DECISIVE)


def _rows(statement: str) -> tuple[tuple[Any, ...], ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchall())


def objects(stripe: Stripe, kind: str) -> list[dict[str, Any]]:
    """All that the sandbox has of a kind, oldest first."""
    with stripe.sandbox.store.transaction() as rows:
        found = rows.execute("SELECT body FROM objects WHERE kind = ? ORDER BY seq", (kind,))
        return [json.loads(row["body"]) for row in found]


def notices_sent() -> list[str]:
    """Every notice, such as `booked Sam`, sorted."""
    return sorted(f"{notice.occasion} {notice.person}" for notice in Notice.objects.select_related("person"))


def drain(now: datetime) -> int:
    return inbox.drain(apply=apply_event, now=now)


def run_jobs(now: datetime) -> None:
    """What a worker does about Stripe, once."""
    inbox.poll(now=now)
    drain(now)
    reconcile.run(now)
