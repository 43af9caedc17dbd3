"""Why a booking or a change to one is refused: a sentence for people and the facts for programs."""

from collections.abc import Callable, Sequence
from datetime import datetime

from mentormap.lib.money import Money, format_money


class Refused(Exception):
    """A refusal by a rule. `status` is its HTTP status, `code` its stable name, `field` the input to correct, if any; `retry_after`
    is the number of seconds after which the request may be allowed, if known."""

    status = 422
    code = "refused"
    field = ""
    retry_after: int | None = None

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class EmailNotVerified(Refused):
    status = 403
    code = "email-not-verified"

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(f"Verify your email address first: we sent a link to {email}.")


class MentorNotBookable(Refused):
    code = "unknown-mentor"
    field = "mentor_id"

    def __init__(self) -> None:
        super().__init__(
            "There is no mentor with this number who takes bookings. Pick one from the list of mentors."
        )


class OwnMentor(Refused):
    code = "own-mentor"
    field = "mentor_id"

    def __init__(self) -> None:
        super().__init__("You cannot book yourself. Pick another mentor.")


class BadDuration(Refused):
    code = "bad-duration"
    field = "duration_minutes"

    def __init__(self) -> None:
        super().__init__("A session lasts 30, 60, 90 or 120 minutes. Pick one of these.")


class TitleMissing(Refused):
    code = "title-missing"
    field = "title"

    def __init__(self) -> None:
        super().__init__("Give the session a title of 1 to 200 characters, such as “System design review”.")


class TitleTooLong(Refused):
    code = "title-too-long"
    field = "title"

    def __init__(self) -> None:
        super().__init__("Shorten the title to at most 200 characters.")


class PriceOutOfRange(Refused):
    """`limit` is None where Stripe alone knows it."""

    code = "price-out-of-range"
    field = "duration_minutes"

    def __init__(self, price: Money, limit: Money | None, *, too_small: bool) -> None:
        self.price, self.limit = price, limit
        if limit is None:
            why = f"which is too {'little' if too_small else 'much'} for a card payment"
        else:
            bound = "at least" if too_small else "at most"
            why = f"and a card payment must be {bound} {format_money(limit, locale='en')}"
        mend = "Pick a longer duration." if too_small else "Pick a shorter duration."
        super().__init__(f"This would cost {format_money(price, locale='en')}, {why}. {mend}")


class SlotRefused(Refused):
    """The time is no open slot; `next_open` are starts (UTC) that are."""

    field = "scheduled_at"

    def __init__(self, sentence: str, next_open: Sequence[datetime] = ()) -> None:
        self.next_open = list(next_open)
        super().__init__(sentence)


class PastTime(SlotRefused):
    code = "past-time"


class OffGrid(SlotRefused):
    code = "off-grid"


class OutsideHours(SlotRefused):
    code = "outside-hours"


class TimeTaken(SlotRefused):
    status = 409
    code = "time-taken"


class DayFull(SlotRefused):
    """The mentor's most sessions a day are booked."""

    status = 409
    code = "day-full"


class WeekFull(SlotRefused):
    """The mentor's most sessions a week are booked."""

    status = 409
    code = "week-full"


class TooManyHolds(Refused):
    """`retry_after`: seconds until the first of the holds that count ends by itself."""

    status = 429
    code = "too-many-holds"

    def __init__(self, most: int, *, are_own: bool, retry_after: int) -> None:
        self.most, self.retry_after = most, retry_after
        super().__init__(
            f"You hold {most} times that are not paid yet, and that is the most. Pay for one of them or let it go first."
            if are_own
            else f"{most} times that are not paid yet are held from your network address, and that is the most. "
            f"The first of them ends within {-(-retry_after // 60)} minutes: try again then."
        )


class HoldsPaused(Refused):
    """Too many holds with one mentor were not paid; the pause ends at `ends_at` (UTC). `say` formats that for the student."""

    status = 429
    code = "holds-paused"

    def __init__(self, why: str, ends_at: datetime, *, now: datetime, say: Callable[[datetime], str]) -> None:
        self.why, self.ends_at = why, ends_at
        self.retry_after = int((ends_at - now).total_seconds()) + 1
        super().__init__(self.in_words(say))

    def in_words(self, say: Callable[[datetime], str]) -> str:
        return f"{self.why} You can hold a time again from {say(self.ends_at)}."


class KeyReused(Refused):
    code = "idempotency-key-reused"
    field = "Idempotency-Key"

    def __init__(self) -> None:
        super().__init__("This key was sent with another booking in the last 24 hours. Send a new key.")


class RequestInProgress(Refused):
    status = 409
    code = "request-in-progress"

    def __init__(self) -> None:
        super().__init__("An identical request is still being answered. Send this one again in a minute.")


class AlreadyPaid(Refused):
    """The earlier hold, which was to be replaced, has just been paid: `session_id` is a session now."""

    status = 409
    code = "already-paid"

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(
            f"Your earlier booking with this mentor has just been paid: it is session {session_id}. "
            "Cancel that one first, or book this time as well."
        )


class CannotCancel(Refused):
    status = 409
    code = "cannot-cancel"


class ReviewRefused(Refused):
    status = 409
    code = "cannot-review"


class AnswerRefused(Refused):
    status = 409
    code = "cannot-answer"


class LessComesBack(Refused):
    """A deadline passed between the page that said what comes back and the click; `refund` is what it is now."""

    status = 409
    code = "less-comes-back"

    def __init__(self, refund: Money) -> None:
        self.refund = refund
        amount = (
            f"{format_money(refund, locale='en')} would come back" if refund else "nothing would come back"
        )
        super().__init__(
            f"Nothing is cancelled yet: since you opened this page a deadline has passed, and now {amount}."
        )


class CannotMove(Refused):
    """It is not booked, or no longer ahead."""

    status = 409
    code = "cannot-move"


class TooLateToMove(Refused):
    """`until` (UTC) was the last instant at which it could be moved."""

    status = 409
    code = "too-late-to-move"

    def __init__(self, sentence: str, until: datetime) -> None:
        self.until = until
        super().__init__(sentence)


class MovedMeanwhile(Refused):
    """Somebody else was faster: the session starts at `starts_at` (UTC) now."""

    status = 409
    code = "moved-meanwhile"

    def __init__(self, starts_at: datetime) -> None:
        self.starts_at = starts_at
        super().__init__("This session was just moved to another time. Look at it again before you move it.")


class CannotReport(Refused):
    """It is not the time for a no-show report, or there is nothing to decide by one."""

    status = 409
    code = "cannot-report"


class CannotContest(Refused):
    """There is no report of the other's that is still to be decided."""

    status = 409
    code = "cannot-contest"


class CannotWithdraw(Refused):
    """The person has made no report, or it is already contested or decided."""

    status = 409
    code = "cannot-withdraw"


class CannotDecide(Refused):
    """The report is already decided or withdrawn, or the session is not over."""

    status = 409
    code = "cannot-decide"


class JustPaid(Refused):
    """The hold that was to be cancelled is a paid session now; `refund` is what cancelling it would bring back."""

    status = 409
    code = "just-paid"

    def __init__(self, refund: Money) -> None:
        self.refund = refund
        super().__init__(
            "This was paid a moment ago, so it is booked now. "
            f"Cancel it again to get {format_money(refund, locale='en')} back, or keep it."
        )


class RefundedMeanwhile(Refused):
    """Less is left than when the question was asked, as after the first of a double-click; `left` is what is left now."""

    status = 409
    code = "refunded-meanwhile"

    def __init__(self, left: Money) -> None:
        self.left = left
        super().__init__(
            f"Something was given back a moment ago: {format_money(left, locale='en')} of this payment is left. Nothing more is given "
            "back by this click; look at the payment before you ask again."
        )


class RefundOutOfRange(Refused):
    """`left` is what can still be given back of this payment."""

    code = "refund-out-of-range"
    field = "amount"

    def __init__(self, left: Money) -> None:
        self.left = left
        super().__init__(
            f"At most {format_money(left, locale='en')} of this payment can still be given back. Ask for that or for less."
            if left
            else "Nothing of this payment is left to give back."
        )


class HoldLetGo(Refused):
    """Somebody's other window was faster than Stripe."""

    status = 409
    code = "hold-let-go"

    def __init__(self) -> None:
        super().__init__(
            "This time was let go before its payment page was ready, and nothing was charged. Book it again if you still want it."
        )


class PaymentsUnavailable(Refused):
    status = 503
    code = "payments-unavailable"

    def __init__(
        self,
        sentence: str = "Payments are not available right now, and nothing was charged. Please try again in a few minutes.",
    ) -> None:
        super().__init__(sentence)


class HoldNotEnded(PaymentsUnavailable):
    """The checkout of a hold may still be paid, so the hold stays."""

    def __init__(self) -> None:
        super().__init__(
            "We could not close the payment page of your hold: the time is still held, and the page still takes a payment. "
            "Do not pay there if you no longer want this time. Try again in a few minutes."
        )
