"""The history of a payment from all tables, in order of time and in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from django.db.models import F

from mentormap.bookings.models import Session
from mentormap.lib.money import format_money
from mentormap.lib.zones import zone_info
from mentormap.operations.admin.base import page_of
from mentormap.payments.models import Dispute, Flag, FraudWarning, Payment, Refund, StripeEvent

MOST_EVENTS: Final = 200
EVENTS: Final = {
    "checkout.session.completed": "the checkout was completed",
    "checkout.session.expired": "the checkout expired",
    "checkout.session.async_payment_succeeded": "the delayed payment arrived",
    "checkout.session.async_payment_failed": "the delayed payment failed",
    "payment_intent.created": "a payment was started",
    "payment_intent.processing": "the payment is under way",
    "payment_intent.succeeded": "the payment succeeded",
    "payment_intent.payment_failed": "a payment was declined",
    "payment_intent.canceled": "the payment was given up",
    "charge.succeeded": "the charge succeeded",
    "charge.failed": "the charge failed",
    "charge.refunded": "the charge was refunded, in part or in full",
    "refund.created": "a refund was made",
    "refund.updated": "a refund has moved on",
    "refund.failed": "a refund failed",
    "charge.dispute.created": "the cardholder disputes the charge",
    "charge.dispute.updated": "the dispute has moved on",
    "charge.dispute.closed": "the dispute is closed",
    "charge.dispute.funds_withdrawn": "the disputed money was taken from the balance",
    "charge.dispute.funds_reinstated": "the disputed money came back",
    "radar.early_fraud_warning.created": "the card's issuer warns of fraud",
}


@dataclass(frozen=True)
class TimelineEntry:
    """`kind` is whose doing it was; what lies ahead is a plan."""

    at: datetime
    kind: str
    what: str
    detail: str = ""
    url: str = ""
    is_ahead: bool = field(default=False, kw_only=True)
    zone: str = field(default="UTC", kw_only=True)

    @property
    def utc(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    @property
    def local(self) -> str:
        """The reader's own clock, where it shows anything else."""
        return (
            ""
            if self.zone == "UTC"
            else f"{self.at.astimezone(zone_info(self.zone)):%Y-%m-%d %H:%M:%S} {self.zone}"
        )


def timeline(session: Session, *, zone: str, now: datetime) -> list[TimelineEntry]:
    """Seven queries, however much there is. `zone` is the reader's.

    Stripe tells whole seconds, so what it did at once seems to come before it was asked: nothing does.
    """
    payment = session.payment
    found = chain(
        _of_asking(payment),
        _of_session(session),
        _of_paying(payment),
        _of_audit_log(session),
        _of_events(payment),
        *map(_of_refund, payment.refunds.all()),
        *map(_of_dispute, payment.disputes.all()),
        *map(_of_warning, payment.fraud_warnings.all()),
        *map(_of_flag, payment.flags.select_related("resolved_by")),
    )
    shown = (replace(entry, zone=zone) for entry in found if not entry.is_ahead or entry.at > now)
    return sorted(shown, key=lambda entry: max(entry.at, payment.created_at))


def _of_asking(payment: Payment) -> Iterator[TimelineEntry]:
    amount = format_money(payment.amount, locale="en")
    yield TimelineEntry(payment.created_at, "payment", f"{amount} asked for", payment.checkout_id or "")
    if payment.expires_at and payment.state not in Payment.FINAL:
        yield TimelineEntry(payment.expires_at, "payment", "the time to pay ends", is_ahead=True)


def _of_paying(payment: Payment) -> Iterator[TimelineEntry]:
    if payment.begun_at:
        yield TimelineEntry(
            payment.begun_at, "payment", "the bank was asked for the payment", payment.payment_intent_id
        )
    if payment.paid_at:
        captured = format_money(payment.captured, locale="en")
        yield TimelineEntry(payment.paid_at, "payment", f"{captured} paid", payment.payment_intent_id)


def _of_session(session: Session) -> Iterator[TimelineEntry]:
    for move in session.history.select_related("actor"):
        who = f"{move.actor}: " if move.actor else ""
        before = f"{move.from_status}, {move.from_payment_status} → " if move.from_status else ""
        yield TimelineEntry(
            move.at, "session", f"{who}{move.why}", f"{before}{move.to_status}, {move.to_payment_status}"
        )
    yield TimelineEntry(session.scheduled_at, "session", "the session starts", is_ahead=True)


def _of_audit_log(session: Session) -> Iterator[TimelineEntry]:
    for each in session.audit_log.select_related("by"):
        yield TimelineEntry(each.at, "operator", f"{each.by}: {each.what}")


def _of_events(payment: Payment) -> Iterator[TimelineEntry]:
    newest = payment.events.defer("body").annotate(created=F("body__created")).order_by("-received_at", "-pk")
    for event in newest[:MOST_EVENTS]:
        what = EVENTS.get(event.type, event.type or "an event without a type")
        yield TimelineEntry(event.received_at, "stripe", f"Stripe: {what}", _path_of(event), page_of(event))


def _path_of(event: StripeEvent) -> str:
    """When it was made, by which ways it came, and what was done."""
    made = getattr(event, "created", None)
    made_at = f"made {datetime.fromtimestamp(made, UTC):%H:%M:%S} UTC, " if isinstance(made, int) else ""
    way = "brought by a webhook" if event.source == "webhook" else "found by asking"
    late = ", and by a webhook later" if event.source != "webhook" and event.delivered_at else ""
    done = f"; {event.outcome}" if event.outcome else ""
    return f"{made_at}{way}{late}{done}"


def _of_refund(refund: Refund) -> Iterator[TimelineEntry]:
    amount, page = format_money(refund.amount, locale="en"), page_of(refund)
    name = f"Refund {refund.pk} of {amount}"
    if refund.is_foreign:
        yield TimelineEntry(
            refund.created_at, "refund", f"{name} found in Stripe's list", refund.stripe_id or "", page
        )
    else:
        yield TimelineEntry(refund.created_at, "refund", f"{name} requested", refund.reason, page)
    if refund.updated_at > refund.created_at or refund.state != Refund.State.REQUESTED:
        yield TimelineEntry(
            refund.updated_at, "refund", f"{name} is {_in_words(refund.state)}", _tries_of(refund), page
        )
    if refund.given_up_at:
        yield TimelineEntry(refund.given_up_at, "refund", f"{name} is given up", "no longer awaited", page)
    if refund.state == Refund.State.REQUESTED and refund.next_try_at:
        yield TimelineEntry(
            refund.next_try_at, "refund", f"{name} is tried next", _tries_of(refund), page, is_ahead=True
        )


def _tries_of(refund: Refund) -> str:
    """How often it was sent, and with what answer."""
    times = "1 try" if refund.tries == 1 else f"{refund.tries} tries"
    facts = [times if refund.tries else "", refund.stripe_id or "", refund.failure_reason, refund.last_error]
    return "; ".join(fact for fact in facts if fact)


def _of_dispute(dispute: Dispute) -> Iterator[TimelineEntry]:
    what = f"Dispute over {format_money(dispute.amount, locale='en')}"
    yield TimelineEntry(
        dispute.opened_at, "dispute", f"{what} opened", f"{_in_words(dispute.reason)}; {dispute.stripe_id}"
    )
    if dispute.updated_at > dispute.opened_at:
        yield TimelineEntry(
            dispute.updated_at, "dispute", f"{what} is {_in_words(dispute.status)}", dispute.stripe_id
        )
    if dispute.evidence_due_by and dispute.is_open:
        yield TimelineEntry(
            dispute.evidence_due_by, "dispute", "the evidence is due in Stripe's dashboard", is_ahead=True
        )


def _of_warning(warning: FraudWarning) -> Iterator[TimelineEntry]:
    advice = (
        "a refund may still avert a dispute" if warning.actionable else "a refund no longer averts a dispute"
    )
    what = "The card's issuer warns of fraud"
    yield TimelineEntry(warning.created_at, "dispute", f"{what}: {_in_words(warning.fraud_type)}", advice)


def _of_flag(flag: Flag) -> Iterator[TimelineEntry]:
    page = page_of(flag)
    yield TimelineEntry(flag.raised_at, "flag", f"Flagged: {flag}", flag.note, page)
    if flag.resolved_at:
        who = f"{flag.resolved_by} resolved it" if flag.resolved_by else "It resolved itself"
        yield TimelineEntry(flag.resolved_at, "flag", f"{flag}: {who}", flag.resolution, page)


def _in_words(word: str) -> str:
    """Stripe's words as people write them: "needs response"."""
    return word.replace("_", " ")
