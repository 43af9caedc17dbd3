"""How many mails about accounts one mailbox gets, each kind by itself.

Anyone can ask for most of them. Each kind has its own limit, so that an attacker who uses one up has sent that many of the same mail,
whose links still work: mails of one kind keep no one from another. Unverified addresses share half of it, so that accounts made with
variants of an address leave enough to its owner.
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
"""Limited by accounts/login_codes.py: to a verified address it is always the one way in."""


@transaction.atomic
def may_mail(address: str, *, kind: str, now: datetime) -> bool:
    """Counts one, unless it is one too many. Returns whether the mail may be sent. `kind` is the name of its template."""
    is_verified = is_verified_address(address)
    if is_verified and kind == LOGIN_CODE:
        return True
    limits = ALL if is_verified else (*UNVERIFIED, *ALL)
    return take_all(limits, mailbox_of(address), kind, now=now)
