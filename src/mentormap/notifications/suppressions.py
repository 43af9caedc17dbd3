"""Addresses that mail came back from, or whose owners reported it as unwanted: no further mail goes there.

Who writes to them nonetheless is soon taken for a sender of spam, and then nobody gets mail.
"""

from datetime import datetime
from email.utils import parseaddr

import structlog

from mentormap.notifications.errors import FinalError
from mentormap.notifications.models import Suppression

_log = structlog.get_logger(__name__)


def suppress(email: str, reason: Suppression.Reason, *, detail: str, at: datetime) -> None:
    """A repeat keeps the newest."""
    facts = {"reason": reason, "detail": detail[:500], "at": at}
    Suppression.objects.update_or_create(email=_bare(email), defaults=facts)
    _log.warning("mail_suppressed", reason=str(reason))


def of(email: str) -> Suppression | None:
    return next(iter(Suppression.objects.filter(email=_bare(email))), None)


def lift(email: str) -> bool:
    """Lets mail go there once more; whether it did not."""
    deleted, _ = Suppression.objects.filter(email=_bare(email)).delete()
    _log.info("mail_suppression_lifted", count=deleted)
    return bool(deleted)


def check(mailbox: str) -> None:
    """`mailbox` may bear a name. Raises FinalError for an address that gets no mail."""
    found = of(parseaddr(mailbox)[1])
    if found is not None:
        raise FinalError(
            f"Nothing was sent: mail to {found.email} {found.in_words()} on {found.at:%d %b %Y}."
        )


def _bare(email: str) -> str:
    return email.strip().lower()
