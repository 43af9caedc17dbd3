"""Limits on codes sent to phones: by person, number and network, and in total."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from django.conf import settings
from django.utils.translation import gettext

from mentormap.accounts.limits import Limit
from mentormap.lib.networks import counted_address

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)

PERSON: Final = (
    Limit("phone codes of a person a minute", 1, timedelta(minutes=1)),
    Limit("phone codes of a person an hour", 3, _HOUR),
    Limit("phone codes of a person a day", 5, _DAY),
)
NUMBER: Final = (
    Limit("phone codes to a number an hour", 3, _HOUR),
    Limit("phone codes to a number a day", 5, _DAY),
)
NETWORK: Final = (
    Limit("phone codes from a network an hour", 10, _HOUR),
    Limit("phone codes from a network a day", 30, _DAY),
)
"""Leaves room for a family or a class that shares a network."""
PART_AN_HOUR: Final = 5
"""The share of a day's codes that can be used within one hour."""

_log = structlog.get_logger(__name__)


class Reached(NamedTuple):
    """The reason why no code can be sent, and for how long."""

    why: str
    wait: timedelta


def count(user_id: int, number: str, address: str, *, now: datetime) -> Reached | None:
    """Counts one code in the caller's transaction, which must be rolled back if a limit is reached.

    The most widely shared limits come last, because a counted row stays locked until the transaction ends.
    """
    why = gettext("We have just sent you a code.")
    mine = _take(PERSON, str(user_id), why=why, now=now)
    why = gettext("We have already sent several codes to this number.")
    theirs = mine or _take(NUMBER, number, why=why, now=now)
    near = theirs
    if address and not near:
        why = gettext("We have already sent several codes to your network.")
        near = _take(NETWORK, counted_address(address), why=why, now=now)
    return near or _take_of_all(now)


def _take_of_all(now: datetime) -> Reached | None:
    most = settings.PHONE_CODES_PER_DAY
    limits = (
        Limit("phone codes an hour", max(1, most // PART_AN_HOUR), _HOUR),
        Limit("phone codes a day", most, _DAY),
    )
    reached = _take(limits, "all", why=gettext("We cannot send more codes at the moment."), now=now)
    if reached:
        _log.warning("phone_codes_used_up", most_a_day=most)
    return reached


def _take(limits: tuple[Limit, ...], fact: str, *, why: str, now: datetime) -> Reached | None:
    for limit in limits:
        if not limit.take(fact, now=now):
            return Reached(why, limit.wait(fact, now=now))
    return None
