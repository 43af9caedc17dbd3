"""The outbox: what people are to be told is written with the change itself, and sent by a worker afterwards.

A delivery is claimed for a while, rendered from what is true then, sent outside any transaction and marked last. A worker that
dies between sending and marking sends again: at least once, with the same Message-ID.
"""

from collections.abc import Iterable
from datetime import datetime

from mentormap.accounts.models import User
from mentormap.notifications.models import Delivery, Notice


def write(
    *, occasion: str, reference: int, people: Iterable[User], revision: str, due_at: datetime, now: datetime
) -> None:
    """One notice a person and one delivery a channel, inside the caller's transaction; a repeat changes nothing."""
    people = list(people)
    Notice.objects.bulk_create(
        [
            Notice(occasion=occasion, reference=reference, person=person, revision=revision, created_at=now)
            for person in people
        ],
        ignore_conflicts=True,
    )
    written = Notice.objects.filter(
        occasion=occasion, reference=reference, person__in=people, revision=revision
    )
    Delivery.objects.bulk_create(
        [
            Delivery(notice=notice, channel=channel, due_at=due_at)
            for notice in written
            for channel in Delivery.Channel
        ],
        ignore_conflicts=True,
    )
