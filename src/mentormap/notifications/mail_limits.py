"""Limits on account mails to one mailbox, for each kind of mail.

Anyone can ask for most of them. Each kind has its own limit, so that an attacker who uses one up has only sent that many of the
same mail, whose links still work, and does not block the other kinds. Unverified addresses share half of the limit, so that accounts
made with variants of an address leave enough for its owner.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from mentormap.accounts.limits import Limit, take_all
from mentormap.accounts.mailboxes import mailbox_of
from mentormap.accounts.verification import is_verified_address

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
ALL: Final = (Limit("account mails an hour", 6, _HOUR), Limit("account mails a day", 12, _DAY))
UNVERIFIED: Final = (
    Limit("mails to unverified addresses an hour", 3, _HOUR),
    Limit("mails to unverified addresses a day", 6, _DAY),
)
LOGIN_CODE: Final = "account/email/login_code"
"""Limited by accounts/login_codes.py instead: for a verified address it is the only way in."""


@transaction.atomic
def may_mail(address: str, *, kind: str, now: datetime) -> bool:
    """Counts one mail, unless the limit is reached. Returns whether the mail may be sent. `kind` is the name of its template."""
    return take_all(_limits(address, kind), mailbox_of(address), kind, now=now)


def wait(address: str, *, kind: str, now: datetime) -> timedelta:
    """Returns the time until a mail of this kind may be sent; zero if that is now."""
    facts = (mailbox_of(address), kind)
    reached = [limit for limit in _limits(address, kind) if limit.count(*facts, now=now) >= limit.most]
    return max((limit.wait(*facts, now=now) for limit in reached), default=timedelta())


def _limits(address: str, kind: str) -> tuple[Limit, ...]:
    if not is_verified_address(address):
        return (*UNVERIFIED, *ALL)
    return () if kind == LOGIN_CODE else ALL
