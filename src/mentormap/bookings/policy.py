"""What a student gets back for a cancelled session, as it stood when they bought it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from mentormap.lib.money import Money, share_of


@dataclass(frozen=True)
class CancellationPolicy:
    """Full refund until `full_until_hours` before the start, then `late_percent`, none after the start."""

    full_until_hours: int = 24
    late_percent: int = 50

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "CancellationPolicy":
        return cls(**stored)

    def to_json(self) -> dict[str, int]:
        return asdict(self)

    def full_until(self, starts_at: datetime) -> datetime:
        """The instant up to which a cancellation brings everything back."""
        return starts_at - timedelta(hours=self.full_until_hours)

    def refund_for(self, paid: Money, *, starts_at: datetime, now: datetime) -> Money:
        """What comes back when the student cancels at `now`; never more than was paid."""
        if now >= starts_at:
            return Money(0, paid.currency)
        if now <= self.full_until(starts_at):
            return paid
        return share_of(paid, percent=self.late_percent)

    def sentence(self) -> str:
        """The policy in words, as shown before paying."""
        return (
            f"Full refund until {self.full_until_hours} hours before the start, "
            f"then {self.late_percent} %, none after the start."
        )
