"""The worker's jobs and their intervals; they get as arguments what their packages may not import."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import structlog

from mentormap.accounts import limits
from mentormap.bookings import calendar_sync, idempotency, rooms
from mentormap.bookings.limits import forget_networks
from mentormap.bookings.notices import scheduled
from mentormap.bookings.notices.prefetch import Prefetch
from mentormap.bookings.notices.render import render_notice
from mentormap.bookings.reconciliation import reconcile, stripe_audit
from mentormap.bookings.settlement import settle
from mentormap.lib.commits import relaxed_durability
from mentormap.lib.plain_text import one_line
from mentormap.notifications import account_mails, operators, outbox
from mentormap.notifications.channels import senders
from mentormap.notifications.notice_kinds import Channel
from mentormap.operations.jobs import expired
from mentormap.operations.process.worker import Away, Job
from mentormap.payments import inbox
from mentormap.payments.gateway import GatewayError

_log = structlog.get_logger(__name__)


def all_jobs() -> list[Job]:
    """Fresh ones for one worker."""
    return [
        *(Job(f"send by {channel.label}", timedelta(seconds=1), sending(channel)) for channel in Channel),
        Job("announce", timedelta(seconds=15), scheduled.run),
        Job("tell operators", timedelta(minutes=1), tell_operators),
        Job("act upon Stripe's events", timedelta(seconds=1), act_upon_events),
        Job("ask Stripe for events", timedelta(seconds=15), ask_for_events),
        Job("make video rooms", timedelta(seconds=10), rooms.run),
        Job("settle payments", timedelta(seconds=15), reconcile.sync_payments),
        Job("send refunds", timedelta(seconds=15), reconcile.send_refunds),
        Job("finish sessions", timedelta(seconds=15), reconcile.finish_sessions),
        Job("prune reserved times", timedelta(hours=1), reconcile.prune_cells),
        Job("read calendars that people wait for", timedelta(seconds=1), calendar_sync.read_asked),
        Job("read busy calendars", timedelta(seconds=15), calendar_sync.read_due),
        Job("delete what has expired", timedelta(hours=1), expired.prune),
        Job("compare with Stripe's lists", timedelta(days=1), audit_and_prune),
    ]


def sending(channel: Channel) -> Callable[[datetime], int]:
    """Sends what is due on one channel, rendered from what is true then: a job each, so that one that hangs delays no other."""

    def send_due(now: datetime) -> int:
        prefetch = Prefetch()
        rendered = partial(render_notice, prefetch=prefetch)
        with relaxed_durability(), senders.sender(channel) as send:
            return outbox.send_due(
                channel=channel, now=now, render=rendered, send=send, prefetch=prefetch.show
            )

    return send_due


def tell_operators(now: datetime) -> int:
    """Reports undelivered notices to operators, then deletes sent mails about accounts, and limits that are over."""
    account_mails.forget_sent()
    limits.prune(now=now)
    return operators.report(now)


def act_upon_events(now: datetime) -> int:
    """Handles events received by webhook or by polling."""
    return inbox.drain(apply=settle.apply_event, now=now)


def audit_and_prune(now: datetime) -> int:
    """What Stripe lists against what we know; then what nobody needs any more is forgotten. Returns the findings.

    Raises Away if Stripe cannot be reached, or refuses.
    """
    with _asking_stripe():
        found = stripe_audit.run(now)
    for finding in found:
        _log.error("books_differ", finding=finding)
    inbox.prune(now=now)
    idempotency.prune(now=now)
    forget_networks(now=now)
    return len(found)


def ask_for_events(now: datetime) -> int:
    """So that webhooks may be late or absent. Raises Away if Stripe cannot be reached, or refuses."""
    with _asking_stripe():
        return inbox.poll(now=now)


@contextmanager
def _asking_stripe() -> Iterator[None]:
    try:
        yield
    except GatewayError as error:
        raise Away(one_line(str(error))) from error
