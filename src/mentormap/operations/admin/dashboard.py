"""The operator's first page: whether the books agree, what waits and for how long, and whether everything still breathes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext

from mentormap.bookings.reconciliation import ledger
from mentormap.bookings.reconciliation.ledger import Ledger
from mentormap.lib.money import Money, format_money
from mentormap.operations.health import checks, waiting
from mentormap.operations.health.ages import in_words
from mentormap.operations.health.checks import Finding
from mentormap.payments.models import Flag

SHOWN: Final = 20
"""Flags on this page; the rest are in their list."""
PAGES: Final = {
    "flags": "payments_flag",
    "refunds": "payments_refund",
    "mails": "notifications_delivery",
    "last webhook": "payments_stripeevent",
    "last asked": "payments_stripeevent",
    "inbox": "payments_stripeevent",
}
FILTERS: Final = {
    "refunds": "?failed=yes",
    "mails": "?state__exact=failed",
    "inbox": "?handled_at__isempty=1",
}


@dataclass(frozen=True)
class Sign:
    """A finding, and the page where it can be looked into."""

    finding: Finding
    url: str

    @property
    def level(self) -> str:
        if not self.finding.is_ok:
            return "bad"
        return "look" if self.finding.waits else "well"


@dataclass(frozen=True)
class DashboardLine:
    """The books of one currency, as people read them."""

    captured: str
    confirmed: str
    refunded: str
    flagged: str
    agree: bool


@dataclass(frozen=True)
class OpenFlag:
    flag: Flag
    age: timedelta

    @property
    def words(self) -> str:
        return in_words(self.age)

    @property
    def payment_url(self) -> str:
        """Empty for money that no payment here knows."""
        number = self.flag.payment_id
        return reverse("admin:payments_payment_change", args=[number]) if number else ""


def dashboard(*, now: datetime) -> dict[str, Any]:
    """Returns the context of the page, by ten queries."""
    flags = list(Flag.objects.open().select_related("payment"))
    books = ledger.ledgers()
    findings = [checks.heartbeat(now=now), waiting.flags(flags, now), *waiting.rest(now)]
    signs = list(_signs(findings))
    unknown = sum(flag.name == Flag.Name.UNKNOWN_HERE for flag in flags)
    do_agree = not unknown and all(line.agree for line in books.values())
    return {
        "signs": signs,
        "lines": [_line(line, currency) for currency, line in sorted(books.items())],
        "unknown": unknown,
        "flags": [OpenFlag(flag, now - flag.raised_at) for flag in flags[:SHOWN]],
        "more_flags": max(0, len(flags) - SHOWN),
        "now": now,
        "headline": _headline(signs, do_agree=do_agree),
    }


def _signs(findings: Iterable[Finding]) -> Iterator[Sign]:
    for finding in findings:
        page = PAGES.get(finding.name)
        url = reverse(f"admin:{page}_changelist") + FILTERS.get(finding.name, "") if page else ""
        yield Sign(finding, url)


def _line(books: Ledger, currency: str) -> DashboardLine:
    captured, confirmed, refunded, flagged = (
        format_money(Money(minor, currency), locale="en")
        for minor in (books.captured, books.confirmed, books.refunded, books.flagged)
    )
    return DashboardLine(captured, confirmed, refunded, flagged, books.agree)


def _headline(signs: Iterable[Sign], *, do_agree: bool) -> str:
    levels = [sign.level for sign in signs]
    if not do_agree:
        return gettext("The books do not agree.")
    if "bad" in levels:
        return gettext("Something does not run.")
    if "look" in levels:
        return gettext("Something waits for you.")
    return gettext("All is well. Nothing waits for you.")
