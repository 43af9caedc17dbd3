"""Limits on password attempts.

A browser that has logged in to the account before has tries of its own, so that no stranger can use them up. All others count by
account and network, and by address whatever the account. After many failures from unknown browsers the password alone opens the
account to no unknown browser for the rest of the day: a mailed code must come with it. The owner is asked for more, and never refused.

A try counts as a failure from its beginning, so that of many at once no more than the most are checked. Those that are still being
checked are known as such: where they fill a limit, the next try is asked to wait for a moment, and not for the limit's window.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext

from mentormap.accounts.limits import Limit

TRIES: Final = Limit("login tries", most=5, per=timedelta(minutes=15))
ADDRESS: Final = Limit("login tries from an address", most=10, per=timedelta(minutes=1))
FAILURES: Final = Limit("login failures from unknown browsers", most=50, per=timedelta(days=1))
MOMENT: Final = timedelta(seconds=2)
_MINUTE: Final = timedelta(minutes=1)
_UNDER_WAY: Final = Limit("login tries under way", most=1_000, per=2 * _MINUTE)
"""Counted by the minute in which they began, so that a try whose process was killed is under way for two minutes at most."""


class TooManyTries(Exception):
    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, int(wait.total_seconds()) + 1)
        super().__init__(
            gettext("Too many failed logins. Try again in %(seconds)s seconds.") % {"seconds": self.seconds}
        )


class TriesUnderWay(Exception):
    seconds = int(MOMENT.total_seconds())

    def __init__(self) -> None:
        super().__init__(
            gettext("Other logins are being checked. Try again in %(seconds)s seconds.")
            % {"seconds": self.seconds}
        )


@dataclass(frozen=True)
class _Count:
    """One limit, and the facts by which it counts a try."""

    limit: Limit
    facts: tuple[str, ...]

    def begin(self, *, now: datetime) -> None:
        """Raises TooManyTries and TriesUnderWay, and counts nothing then."""
        under_way = (self.limit.name, *self.facts, _minute(now))
        _UNDER_WAY.take(*under_way, now=now)
        if not self.limit.take(*self.facts, now=now):
            _UNDER_WAY.release(*under_way, now=now)
            raise self._refusal(now)

    def end(self, *, began: datetime, now: datetime) -> None:
        _UNDER_WAY.release(self.limit.name, *self.facts, _minute(began), now=now)

    def release(self, *, now: datetime) -> None:
        self.limit.release(*self.facts, now=now)

    def _refusal(self, now: datetime) -> Exception:
        """Asks for those under way first: they may end before the limit is looked at again, and leave room in it."""
        minutes = (_minute(now), _minute(now - _MINUTE))
        under_way = any(_UNDER_WAY.count(self.limit.name, *self.facts, minute, now=now) for minute in minutes)
        if under_way or self.limit.count(*self.facts, now=now) < self.limit.most:
            return TriesUnderWay()
        return TooManyTries(self.limit.wait(*self.facts, now=now))


@dataclass(frozen=True)
class Attempt:
    """One password for one account. `source` is the browser if it is known to the account, else the network of `address`."""

    account: str
    source: str
    address: str
    is_known: bool
    began: datetime

    def begin(self) -> bool:
        """Counts a failure, for `succeed` to take back. Returns whether a mailed code is needed.

        Raises TooManyTries and TriesUnderWay. Otherwise `end` must follow, whatever comes of the try.
        """
        begun: list[_Count] = []
        for count in self._counts():
            try:
                count.begin(now=self.began)
            except (TooManyTries, TriesUnderWay):
                for each in begun:
                    each.release(now=self.began)
                    each.end(began=self.began, now=self.began)
                raise
            begun.append(count)
        return not self.is_known and not FAILURES.take(self.account, now=self.began)

    def succeed(self, *, needed_code: bool, now: datetime) -> None:
        for count in self._counts():
            count.release(now=now)
        if not self.is_known and not needed_code:
            FAILURES.release(self.account, now=now)

    def end(self, *, now: datetime) -> None:
        """The password has been checked: what was not taken back is a failure from now on."""
        for count in self._counts():
            count.end(began=self.began, now=now)

    def forget(self) -> None:
        """After the owner has proved to be the owner: the tries from here count no longer."""
        TRIES.clear(self.account, self.source)

    def _counts(self) -> Iterator[_Count]:
        if not self.is_known:
            yield _Count(ADDRESS, (self.address,))
        yield _Count(TRIES, (self.account, self.source))


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"
