"""What a mail says of a session that was moved: who moved it, from when, and what that means for the refund."""

from dataclasses import dataclass
from functools import cached_property

from mentormap.bookings.mails.facts import Facts
from mentormap.bookings.models import SessionHistory


@dataclass(frozen=True)
class Rescheduling:
    """The session's last move to another time, in the reader's words."""

    facts: Facts

    @cached_property
    def _move(self) -> SessionHistory:
        moves = self.facts.session.history.exclude(to_start=None).select_related("actor")
        return moves.latest("at", "pk")

    @property
    def is_by_reader(self) -> bool:
        return self._move.actor == self.facts.reader

    @property
    def sentence(self) -> str:
        other = self.facts.other
        if self.is_by_reader:
            return f"You moved your session with {other.name} to another time."
        return f"{other.name} moved your session to another time."

    @property
    def was(self) -> str:
        """The start before, in the reader's zone."""
        start = self._move.from_start
        return self.facts.instant(start) if start else ""
