"""How many unpaid holds one student, and one address, may have at a time."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Q

from mentormap.accounts.models import User
from mentormap.bookings.errors import TooManyHolds
from mentormap.bookings.models import Session

NOWHERE: Final = "-"
"""An address that no hold was made from."""


def check(hold: Session, *, now: datetime) -> None:
    """Counts with the new hold already inserted, under a lock on the student's row; SQLite's transaction is that lock. Several
    students of one address who ask in the same instant may get a few holds more than the address has.

    Raises TooManyHolds, which must roll the hold's transaction back.
    """
    User.objects.select_for_update(no_key=True).get(pk=hold.student_id)
    address = hold.held_from or NOWHERE
    others = (
        Session.objects.holds()
        .exclude(pk=hold.pk)
        .filter(Q(student_id=hold.student_id) | Q(held_from=address))
    )
    rows = list(others.values_list("student_id", "held_from", "hold_expires_at"))
    own = [ends_at for student_id, _, ends_at in rows if student_id == hold.student_id]
    near = [ends_at for _, held_from, ends_at in rows if held_from == address]
    for ends, most in ((own, settings.HOLDS_PER_STUDENT), (near, settings.HOLDS_PER_ADDRESS)):
        if len(ends) >= most:
            first = min((end for end in ends if end), default=now)
            wait = max(60, int((first - now).total_seconds()))
            raise TooManyHolds(most, are_own=ends is own, retry_after=wait)
