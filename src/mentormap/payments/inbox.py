"""A durable inbox for Stripe's events: verify, insert once, answer; act upon them later.

Events come more than once, out of order, late, or never (https://docs.stripe.com/webhooks): an event is only a hint to fetch
the object that it names.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import stripe
from django.conf import settings
from django.db.models import F, Min, Q

from mentormap.lib.backoff import Backoff
from mentormap.lib.rounds import within_time_budget
from mentormap.payments import gateway
from mentormap.payments.models import EventCursor, Payment, StripeEvent

TOLERANCE = timedelta(seconds=300)
OVERLAP = timedelta(minutes=10)
FIRST_LOOK_BACK = timedelta(hours=1)
KEPT_BY_STRIPE = timedelta(days=30)
STRETCH = timedelta(days=1)
LEASE = timedelta(minutes=2)
BACKOFF = Backoff(timedelta(seconds=5), timedelta(hours=1))
KEEP_HANDLED = timedelta(days=90)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Apply = Callable[[StripeEvent, datetime], None]


class BadSignature(Exception):
    """The bytes are not an event that Stripe signed with one of our secrets within the last 300 seconds."""


def receive(body: bytes, signature: str, *, now: datetime) -> None:
    """Records a signed event once, whatever it holds. Raises BadSignature, and then nothing is kept."""
    _verify(body, signature, now=now)
    _record([_event_in(body)], source="webhook", now=now)


def _event_in(body: bytes) -> Any:
    """Parses the body; keeps text that is not JSON, or nested too deeply, as text."""
    try:
        return _storable(json.loads(body))
    except (ValueError, RecursionError):
        return body.decode()


def _verify(body: bytes, signature: str, *, now: datetime) -> None:
    if not any(_signed_with(secret, body, signature) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        raise BadSignature
    stamp = next(part[2:] for part in signature.split(",") if part.startswith("t="))
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise BadSignature


def _signed_with(secret: str, body: bytes, signature: str) -> bool:
    """The SDK raises more than SignatureVerificationError on hostile bytes: TypeError for a non-ASCII signature,
    UnicodeDecodeError for a body that is not UTF-8. Its own tolerance reads the machine's clock and allows the future."""
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret, None))
    except (stripe.SignatureVerificationError, TypeError, ValueError):
        return False


def _record(events: Iterable[Any], *, source: str, now: datetime) -> None:
    """Each once; of what was known already, only that a webhook has brought it is noted."""
    rows = [_row(event, source=source, now=now) for event in events]
    if source == "poller":
        StripeEvent.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        StripeEvent.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["event_id"], update_fields=["delivered_at"]
        )


def _row(event: Any, *, source: str, now: datetime) -> StripeEvent:
    """A signed body without an id of its own (thin, malformed) is kept under its digest, so that a repeat is one row."""
    event = _storable(event)
    facts = event if isinstance(event, dict) else {}
    digest = hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
    return StripeEvent(
        event_id=str(facts.get("id") or f"sha256:{digest}")[:255],
        type=str(facts.get("type") or "")[:100],
        account=str(facts.get("account") or "")[:64],
        livemode=bool(facts.get("livemode")),
        body=event if isinstance(event, dict) else {"not_an_object": event},
        source=source,
        received_at=now,
        delivered_at=None if source == "poller" else now,
    )


def _storable(value: Any) -> Any:
    """Without NUL, lone surrogates and numbers that are none: JSON may hold them, databases refuse them, and one such event
    would stop the poller, or be dropped in silence."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def poll(*, now: datetime) -> int:
    """Reads Stripe's own event list into the same inbox, so that webhooks may be absent or late.

    Lists from the cursor less 10 minutes to the last page, then advances the cursor; after an outage by a day at a time, so
    that a reader that is cut off continues from there. Raises StripeUnavailable and StripeRefused. Returns how many events Stripe
    listed.
    """
    cursor, _ = EventCursor.objects.get_or_create(
        pk=EventCursor.ONLY, defaults={"read_to": _first_look_back(now)}
    )
    return sum(_read(cursor, to=to, now=now) for to in within_time_budget(_stretches(cursor.read_to, now)))


def _first_look_back(now: datetime) -> datetime:
    """To the oldest payment that is not over: its events may be older than the cursor, if that was lost or never was."""
    open_payments = Payment.objects.filter(source=Payment.Source.STRIPE).exclude(state__in=Payment.FINAL)
    oldest = open_payments.aggregate(oldest=Min("created_at"))["oldest"] or now
    return max(now - KEPT_BY_STRIPE, min(now - FIRST_LOOK_BACK, oldest))


def _stretches(read_to: datetime, now: datetime) -> Iterator[datetime]:
    """The ends of the days from there to now; Stripe has forgotten what is older than 30."""
    reached = max(read_to, now - KEPT_BY_STRIPE)
    while reached < now - STRETCH:
        reached += STRETCH
        yield reached
    yield now


def _read(cursor: EventCursor, *, to: datetime, now: datetime) -> int:
    """From where the last stretch ended; the last one reaches as far as Stripe's clock does, which may be ahead."""
    events = gateway.list_events(created_from=cursor.read_to - OVERLAP, created_to=None if to == now else to)
    _record(events, source="poller", now=now)
    EventCursor.objects.filter(pk=cursor.pk, read_to__lt=to).update(read_to=to)
    cursor.read_to = to
    return len(events)


def drain(*, apply: Apply, now: datetime, limit: int = 100) -> int:
    """Acts upon what waits, oldest first; one that fails backs off and does not hold up the others.

    `apply` stamps the event by `mark_handled` in the transaction of its effect. Returns how many were handled.
    """
    waiting = StripeEvent.objects.filter(_due(now), handled_at=None).order_by("received_at", "pk")[:limit]
    return sum(_handle(event, apply=apply, now=now) for event in within_time_budget(waiting))


def _due(now: datetime) -> Q:
    return Q(next_try_at=None) | Q(next_try_at__lte=now)


def _handle(event: StripeEvent, *, apply: Apply, now: datetime) -> bool:
    """Claims the event with a lease, so that another worker leaves it alone, and acts upon it."""
    claim = StripeEvent.objects.filter(_due(now), pk=event.pk, handled_at=None)
    if not claim.update(next_try_at=now + LEASE, tries=F("tries") + 1):
        return False
    try:
        apply(event, now)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is kept with the event and tried again
        delay = BACKOFF.pause(event.tries + 1)
        StripeEvent.objects.filter(pk=event.pk, handled_at=None).update(
            next_try_at=now + delay, last_error=f"{type(error).__name__}: {error}"[:2000]
        )
        return False
    return True


def prune(*, now: datetime) -> int:
    """Forgets events that were handled over 90 days ago; Stripe itself keeps 30. Returns how many."""
    count, _ = StripeEvent.objects.filter(handled_at__lt=now - KEEP_HANDLED).delete()
    return count


def mark_handled(event: StripeEvent, *, outcome: str, now: datetime, payment: Payment | None = None) -> None:
    """Marks the event as handled, if it is not yet; call it in the transaction of its effect."""
    StripeEvent.objects.filter(pk=event.pk, handled_at=None).update(
        handled_at=now, outcome=outcome[:200], payment=payment, last_error=""
    )
