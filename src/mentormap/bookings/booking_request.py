"""A student's request to book a session."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.bookings import idempotency
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.bookings.idempotency import IdempotencyRequest
from mentormap.bookings.models import Session
from mentormap.lib.money import Money, format_money
from mentormap.lib.networks import counted_address
from mentormap.lib.plain_text import one_line
from mentormap.lib.when import format_when
from mentormap.mentors.models import Mentor


class EmailNotVerified(Refused):
    kind = RefusalKind.FORBIDDEN
    code = "email-not-verified"

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(
            gettext("Verify your email address first: we sent a link to %(email)s.") % {"email": email}
        )


class MentorNotBookable(Refused):
    code = "unknown-mentor"
    field = "mentor_id"

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "There is no mentor with this number who takes bookings. Pick one from the list of mentors."
            )
        )


class OwnMentor(Refused):
    code = "own-mentor"
    field = "mentor_id"

    def __init__(self) -> None:
        super().__init__(gettext("You cannot book yourself. Pick another mentor."))


class TitleMissing(Refused):
    code = "title-missing"
    field = "title"

    def __init__(self) -> None:
        super().__init__(
            gettext("Give the session a title of 1 to 200 characters, such as “System design review”.")
        )


class TitleTooLong(Refused):
    code = "title-too-long"
    field = "title"

    def __init__(self) -> None:
        super().__init__(gettext("Shorten the title to at most 200 characters."))


class PriceOutOfRange(Refused):
    """`limit` is None where Stripe alone knows it."""

    code = "price-out-of-range"
    field = "duration_minutes"

    def __init__(self, price: Money, limit: Money | None, *, too_small: bool) -> None:
        self.price, self.limit = price, limit
        facts = {
            "price": format_money(price, locale="en"),
            "limit": format_money(limit, locale="en") if limit else "",
        }
        super().__init__(_price_sentence(is_known=limit is not None, too_small=too_small) % facts)


def _price_sentence(*, is_known: bool, too_small: bool) -> str:
    if too_small and is_known:
        return gettext(
            "This would cost %(price)s, and a card payment must be at least %(limit)s. Pick a longer duration."
        )
    if too_small:
        return gettext(
            "This would cost %(price)s, which is too little for a card payment. Pick a longer duration."
        )
    if is_known:
        return gettext(
            "This would cost %(price)s, and a card payment must be at most %(limit)s. Pick a shorter duration."
        )
    return gettext(
        "This would cost %(price)s, which is too much for a card payment. Pick a shorter duration."
    )


@dataclass(frozen=True, kw_only=True)
class BookingRequest:
    """`starts_at` is an instant. `key` makes it idempotent; `address` is the client's address.

    `mentor` was read by this request, preferably together with its user and booking rules.
    """

    student: User
    mentor: Mentor
    title: str
    description: str
    starts_at: datetime
    duration_minutes: int
    key: str = ""
    address: str = ""

    @property
    def heading(self) -> str:
        """The title on one line, for subjects of mails and for calendars."""
        return one_line(self.title)

    @property
    def idempotency(self) -> IdempotencyRequest:
        facts = (self.mentor.pk, self.title, self.description, self.starts_at, self.duration_minutes)
        return IdempotencyRequest(self.student, self.key, idempotency.digest(*facts))

    @property
    def network(self) -> str:
        """The network that limits count the address under; empty if there is no address."""
        return counted_address(self.address) if self.address else ""

    def is_for(self, hold: Session) -> bool:
        """Returns whether this request equals the one that made this hold of the student with the mentor."""
        held = (hold.scheduled_at, hold.duration_minutes, hold.title, hold.description)
        return held == (self.starts_at, self.duration_minutes, self.heading, self.description.strip())

    def say(self, instant: datetime) -> str:
        """Formats the instant for the student."""
        zone = self.student.time_zone or self.mentor.time_zone
        return format_when(instant, zone, self.student.locale)
