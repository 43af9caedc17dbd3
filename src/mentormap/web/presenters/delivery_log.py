"""The notices about a session: occasion, channels and result."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext, gettext_lazy

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.notifications import outbox
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel, NoticeKind

_STATES = (
    (Delivery.State.SENT, gettext_lazy("Sent %(ways)s.")),
    (Delivery.State.WAITING, gettext_lazy("On its way %(ways)s.")),
    (Delivery.State.FAILED, gettext_lazy("Could not be sent %(ways)s.")),
)


@dataclass(frozen=True)
class DeliveryLogEntry:
    """One notice; `at` is when it was first sent, or else due. `is_lost` if no channel took it."""

    label: str
    words: str
    at: datetime
    is_lost: bool


def delivery_log(session: Session, person: User, *, now: datetime) -> list[DeliveryLogEntry]:
    """The oldest first; nothing of what is still to come."""
    deliveries = outbox.deliveries_about(reference=session.pk, person=person, now=now)
    in_order = sorted(deliveries, key=lambda delivery: delivery.notice_id)
    notices = [list(of_one) for _, of_one in groupby(in_order, key=lambda delivery: delivery.notice_id)]
    return sorted((_log_of(of_one) for of_one in notices), key=lambda entry: entry.at)


def _log_of(deliveries: list[Delivery]) -> DeliveryLogEntry:
    sentences = [
        sentence % {"ways": _join(_ways(deliveries, state))}
        for state, sentence in _STATES
        if _ways(deliveries, state)
    ]
    return DeliveryLogEntry(
        label=NoticeKind(deliveries[0].notice.occasion).label,
        words=" ".join(sentences),
        at=min(delivery.sent_at or delivery.due_at for delivery in deliveries),
        is_lost=all(delivery.state == Delivery.State.FAILED for delivery in deliveries),
    )


def _ways(deliveries: Iterable[Delivery], state: Delivery.State) -> list[str]:
    ways = {Channel(delivery.channel) for delivery in deliveries if delivery.state == state}
    return [channel.way for channel in Channel if channel in ways]


def _join(ways: list[str]) -> str:
    *first, last = ways
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
