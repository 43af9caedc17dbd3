"""Limits on how often strangers can repeat an action within a window, counted in the database.

The cache would not do: it drops entries once it is full, so that many tries would erase the other counts.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from mentormap.accounts.models import LimitCount


@dataclass(frozen=True)
class Limit:
    """Allows `most` uses in `per` for each combination of facts. The window starts with the first use."""

    name: str
    most: int
    per: timedelta

    def take(self, *facts: str, now: datetime) -> bool:
        """Counts one use. Returns False if the limit is reached. Of concurrent calls, at most `most` get True."""
        key = self._key(facts)
        count = LimitCount.objects.filter(key=key).first()
        if count is None and _begin(key, ends_at=now + self.per):
            return True
        if count and count.ends_at <= now and _begin_again(key, now=now, ends_at=now + self.per):
            return True
        return bool(_running(key, now).filter(count__lt=self.most).update(count=F("count") + 1))

    def release(self, *facts: str, now: datetime) -> None:
        """Takes back a use that turned out not to count."""
        _running(self._key(facts), now).filter(count__gt=0).update(count=F("count") - 1)

    def clear(self, *facts: str) -> None:
        LimitCount.objects.filter(key=self._key(facts)).delete()

    def count(self, *facts: str, now: datetime) -> int:
        """How many count in the running window."""
        count = _running(self._key(facts), now).first()
        return count.count if count else 0

    def wait(self, *facts: str, now: datetime) -> timedelta:
        """Returns the time until the window ends; zero if there is no window."""
        count = _running(self._key(facts), now).first()
        return count.ends_at - now if count else timedelta()

    def _key(self, facts: tuple[str, ...]) -> str:
        """Returns a hash, so that the table contains no addresses."""
        return hashlib.sha256("\0".join([self.name, *facts]).encode()).hexdigest()


def take_all(limits: tuple[Limit, ...], *facts: str, now: datetime) -> bool:
    """Counts one use in each limit, or in none if one of them is reached."""
    taken: list[Limit] = []
    for limit in limits:
        if not limit.take(*facts, now=now):
            for each in taken:
                each.release(*facts, now=now)
            return False
        taken.append(limit)
    return True


def prune(*, now: datetime) -> int:
    """Deletes the windows that have ended."""
    count, _ = LimitCount.objects.filter(ends_at__lte=now).delete()
    return count


def _running(key: str, now: datetime) -> QuerySet[LimitCount]:
    return LimitCount.objects.filter(key=key, ends_at__gt=now)


def _begin(key: str, *, ends_at: datetime) -> bool:
    """False where another request has begun the window first."""
    try:
        with transaction.atomic():
            LimitCount.objects.create(key=key, count=1, ends_at=ends_at)
    except IntegrityError:
        return False
    return True


def _begin_again(key: str, *, now: datetime, ends_at: datetime) -> bool:
    """False where another request has begun the window first."""
    return bool(LimitCount.objects.filter(key=key, ends_at__lte=now).update(count=1, ends_at=ends_at))
