"""A student's live holds with a mentor: a new booking takes their place, the same booking again is answered with them."""

from collections.abc import Iterable
from datetime import datetime

from mentormap.accounts.models import User
from mentormap.bookings.booking_request import BookingRequest
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from mentormap.payments.models import Payment


def own_holds(student: User, mentor: Mentor) -> list[Session]:
    """Oldest first. One whose payment is under way is left out: no other may take its place."""
    holds = Session.objects.holds().with_people().exclude(payment__state=Payment.State.PROCESSING)
    return list(holds.filter(student=student, mentor=mentor).order_by("pk"))


def own_hold(student: User, mentor: Mentor) -> Session | None:
    """The one that a new booking takes the place of, if any."""
    return next(iter(own_holds(student, mentor)), None)


def of_equal_request(request: BookingRequest, holds: Iterable[Session], *, now: datetime) -> Session | None:
    """The hold, among these of the same student and mentor, that an equal request made; its checkout may not be open yet.

    One that has ended does not count.
    """
    return next((hold for hold in holds if request.is_for(hold) and _is_payable(hold, now)), None)


def _is_payable(hold: Session, now: datetime) -> bool:
    """Returns whether its checkout can be paid now, or once it is opened."""
    ends_at = hold.payment.expires_at or now
    return hold.payment.state in {Payment.State.CREATED, Payment.State.OPEN} and now < ends_at
