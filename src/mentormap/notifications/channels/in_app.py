"""Messages on this site itself: kept for the bell and its page."""

from dataclasses import dataclass
from datetime import datetime

from mentormap.accounts.models import User
from mentormap.notifications.models import Delivery, InAppMessage


@dataclass(frozen=True)
class Note:
    """`path` is where it leads on this site; `at` is an instant."""

    delivery: Delivery
    person: User
    title: str
    text: str
    path: str
    at: datetime


def send(note: Note) -> None:
    """A repeat of a delivery is the same message."""
    message = InAppMessage(
        delivery=note.delivery,
        person=note.person,
        title=note.title[:200],
        text=note.text[:500],
        path=note.path,
        created_at=note.at,
    )
    InAppMessage.objects.bulk_create([message], ignore_conflicts=True)


def unread(person: User) -> int:
    return InAppMessage.objects.filter(person=person, read_at=None).count()


def mark_read(person: User, *, now: datetime, message_id: int | None = None) -> None:
    """One of the person's messages, or all of them."""
    mine = InAppMessage.objects.filter(person=person, read_at=None)
    (mine if message_id is None else mine.filter(pk=message_id)).update(read_at=now)
