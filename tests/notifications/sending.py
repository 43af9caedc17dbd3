"""Writing to the outbox and sending from it, without a word about sessions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mentormap.accounts.models import User
from mentormap.notifications import outbox
from mentormap.notifications.channels import email
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Channel, NoticeKind

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def write(
    *people: User,
    reference: int = 1,
    revision: str = "0",
    due_at: datetime = NOW,
    occasion: NoticeKind = NoticeKind.BOOKED,
) -> None:
    outbox.write(
        occasion=occasion, reference=reference, people=people, revision=revision, due_at=due_at, now=NOW
    )


def render_text(delivery: Delivery, now: datetime) -> str | None:
    return f"{delivery.notice.reference} to {delivery.notice.person}"


def stale(delivery: Delivery, now: datetime) -> str | None:
    return None


def nowhere(message: str) -> None:
    """Sends, and nobody looks."""


def failing(error: Exception) -> Callable[[str], None]:
    def send(message: str) -> None:
        raise error

    return send


def send_due(
    now: datetime = NOW,
    *,
    render: Callable[[Delivery, datetime], str | None] = render_text,
    send: Callable[[str], None] = nowhere,
    limit: int | None = None,
) -> int:
    """By mail."""
    return outbox.send_due(channel=Channel.EMAIL, now=now, render=render, send=send, limit=limit)


def send_mail(message: Message) -> None:
    with email.connected() as send:
        send(message)
