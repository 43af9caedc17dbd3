"""How often a password may be tried.

A browser that has logged in to the account before has tries of its own, so that no stranger can use them up. All others count by
account and network. After many failures from unknown browsers the password alone opens the account to no unknown browser for the
rest of the day: a mailed code must come with it. The owner is asked for more, and never refused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mentormap.accounts.limits import Limit

TRIES: Final = Limit("login tries", most=5, per=timedelta(minutes=15))
FAILURES: Final = Limit("login failures from unknown browsers", most=50, per=timedelta(days=1))


class TooManyTries(Exception):
    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, int(wait.total_seconds()) + 1)
        super().__init__(f"Too many failed logins. Try again in {self.seconds} seconds.")


@dataclass(frozen=True)
class Attempt:
    """One password for one account. `source` is the browser if it is known to the account, else the network."""

    account: str
    source: str
    is_known: bool

    def begin(self, *, now: datetime) -> bool:
        """Counts a failure, for `succeed` to take back. Returns whether a mailed code is needed. Raises TooManyTries."""
        if not TRIES.take(self.account, self.source, now=now):
            raise TooManyTries(TRIES.wait(self.account, self.source, now=now))
        return not self.is_known and not FAILURES.take(self.account, now=now)

    def succeed(self, *, needed_code: bool, now: datetime) -> None:
        TRIES.give_back(self.account, self.source, now=now)
        if not self.is_known and not needed_code:
            FAILURES.give_back(self.account, now=now)

    def forget(self) -> None:
        """After the owner has proved to be the owner: the tries from here count no longer."""
        TRIES.clear(self.account, self.source)
