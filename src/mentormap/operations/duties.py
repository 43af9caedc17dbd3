"""Which duties a worker has, and how often: here the rooms below are handed what they may not import."""

from datetime import datetime, timedelta

import structlog

from mentormap.bookings import notices, reconciliation, settlement
from mentormap.notifications import outbox
from mentormap.notifications.channels import email
from mentormap.operations.worker import Duty
from mentormap.payments import inbox
from mentormap.payments.gateway import StripeTrouble

_log = structlog.get_logger(__name__)


def all_duties() -> list[Duty]:
    """Fresh ones for one worker."""
    return [
        Duty("send what is due", timedelta(seconds=1), send_what_is_due),
        Duty("act upon Stripe's events", timedelta(seconds=1), act_upon_events),
        Duty("ask Stripe for events", timedelta(seconds=15), ask_for_events),
        Duty("reconcile", timedelta(seconds=15), reconciliation.run),
    ]


def send_what_is_due(now: datetime) -> int:
    """Mails, rendered from what is true now."""
    return outbox.send_due(now=now, render=notices.render, send=email.send)


def act_upon_events(now: datetime) -> int:
    """What has come by webhook or by asking."""
    return inbox.drain(apply=settlement.apply_event, now=now)


def ask_for_events(now: datetime) -> int:
    """So that webhooks may be late or absent; a Stripe that cannot be reached is asked again soon."""
    try:
        return inbox.poll(now=now)
    except StripeTrouble as error:
        _log.warning("events_not_read", error=" ".join(str(error).split()))
        return 0
