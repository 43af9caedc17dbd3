"""The refund for a cancelled session, by the policy at purchase."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.utils.translation import gettext, ngettext

from mentormap.lib.money import Money, share_of
from mentormap.mentors.models import Mentor


@dataclass(frozen=True)
class CancellationPolicy:
    """All comes back until `full_refund_hours` before the start, then `late_refund_percent`, nothing from the start on.

    Until `reschedule_hours` before the start student and mentor may choose another time.
    """

    full_refund_hours: int = 24
    late_refund_percent: int = 50
    reschedule_hours: int = 24

    @classmethod
    def of(cls, mentor: Mentor) -> Self:
        """The mentor's present one, for what is booked now."""
        return cls(mentor.full_refund_hours, mentor.late_refund_percent, mentor.reschedule_hours)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(**stored)

    def to_json(self) -> dict[str, int]:
        return asdict(self)

    def full_until(self, starts_at: datetime) -> datetime:
        """The instant up to which, itself included, a cancellation brings everything back; at the start it is too late."""
        late_is_full = self.late_refund_percent == 100
        return starts_at if late_is_full else starts_at - timedelta(hours=self.full_refund_hours)

    def refund_for(self, paid: Money, *, starts_at: datetime, now: datetime) -> Money:
        """Returns the refund if the student cancels at `now`; never more than was paid."""
        if now >= starts_at:
            return Money(0, paid.currency)
        if now <= self.full_until(starts_at):
            return paid
        return share_of(paid, percent=self.late_refund_percent)

    def sentence(self) -> str:
        """In words, before a booking."""
        if self._is_full_to_the_end:
            return gettext("Full refund until the start, none after.")
        facts = {"hours": hours_in_words(self.full_refund_hours), "percent": self.late_refund_percent}
        if self.late_refund_percent:
            return (
                gettext(
                    "Full refund until %(hours)s before the start, then %(percent)s%%, none after the start."
                )
                % facts
            )
        return gettext("Full refund until %(hours)s before the start, none after that.") % facts

    def sentence_for(self, starts_at: datetime, *, now: datetime, say: Callable[[datetime], str]) -> str:
        """In words for a booked or held start, before it; `say` writes an instant as the reader reads it."""
        full_until = self.full_until(starts_at)
        facts = {"start": say(starts_at), "deadline": say(full_until), "percent": self.late_refund_percent}
        if self._is_full_to_the_end:
            return gettext("Full refund until the start, %(start)s, none after.") % facts
        if now <= full_until and self.late_refund_percent:
            return (
                gettext("Full refund until %(deadline)s, then %(percent)s%%, none after the start.") % facts
            )
        if now <= full_until:
            return gettext("Full refund until %(deadline)s, none after that.") % facts
        if self.late_refund_percent:
            return gettext("A cancellation brings %(percent)s%% back until the start, nothing after.") % facts
        return gettext("A cancellation brings nothing back any more.")

    def sentence_once_moved(
        self,
        earliest: datetime,
        *,
        full_until: datetime,
        now: datetime,
        say: Callable[[datetime], str],
    ) -> str:
        """The same for a session that was moved: deadlines count from its earliest start, but all comes back until `full_until`."""
        percent = self.late_refund_percent
        has_late = percent and max(now, full_until) < earliest
        facts = {"deadline": say(full_until), "percent": percent, "earliest": say(earliest)}
        if now <= full_until and has_late:
            return (
                gettext(
                    "Full refund until %(deadline)s, then %(percent)s%% until %(earliest)s, nothing after that."
                )
                % facts
            )
        if now <= full_until:
            return gettext("Full refund until %(deadline)s, nothing after that.") % facts
        if has_late:
            return (
                gettext("A cancellation brings %(percent)s%% until %(earliest)s, nothing after that.") % facts
            )
        return gettext("A cancellation brings nothing back any more.")

    @property
    def _is_full_to_the_end(self) -> bool:
        return self.full_refund_hours == 0 or self.late_refund_percent == 100


def hours_in_words(hours: int) -> str:
    """Days only beside their hours, since a day of two clock changes a year has 23 or 25: "7 days (168 hours)"."""
    if hours > 48 and hours % 24 == 0:
        return gettext("%(days)s days (%(hours)s hours)") % {"days": hours // 24, "hours": hours}
    return ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
