"""Requests and responses, with the examples that /api/docs shows."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from ninja import Schema
from pydantic import ConfigDict, Field

from mentormap.api.instants import WHEN_PATTERN, Instant, to_z
from mentormap.api.refusals import NO_NUL_PATTERN
from mentormap.bookings import models as bookings
from mentormap.bookings import policy as policies
from mentormap.bookings.slots.finder import OpenStart
from mentormap.lib.money import Money
from mentormap.mentors import models as mentors

PlainText = Annotated[str, Field(pattern=NO_NUL_PATTERN)]
SessionStatus = Literal["scheduled", "completed", "cancelled"]
PaymentStatus = Literal["pending", "paid", "refunded"]


def shown(**example: Any) -> ConfigDict:
    """The example of a schema."""
    return ConfigDict(json_schema_extra={"example": example})


class Credentials(Schema):
    model_config = shown(email="student@example.com", password="mentormap-demo")  # noqa: S106 - the demo's

    email: Annotated[PlainText, Field(max_length=254)]
    password: Annotated[PlainText, Field(max_length=1024)]
    code: Annotated[PlainText, Field(max_length=64)] | None = Field(
        None,
        description="Where a second factor is on: six digits of the authenticator app, or a recovery code. "
        "After 401 `code_required`: the code that was mailed, or that of the app where a second factor is on.",
    )


class Token(Schema):
    model_config = shown(
        access_token="eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln",  # noqa: S106 - no real one
        token_type="bearer",  # noqa: S106
        expires_in=43200,
    )

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - no secret
    expires_in: int = Field(description="Seconds.")


class Mentor(Schema):
    """A mentor as the list shows them."""

    model_config = shown(
        id=1,
        name="Maya Okafor",
        headline="Staff engineer who has run three platform teams",
        expertise=["System design", "Leadership"],
        rating=4.8,
        reviews=12,
        hourly_rate=120.0,
        currency="USD",
        time_zone="Europe/Berlin",
        next_open_slot="2026-11-24T17:00:00Z",
    )

    id: int
    name: str
    headline: str
    expertise: list[str]
    rating: float | None = Field(description="Mean of 1 to 5 stars; null until somebody has reviewed.")
    reviews: int
    hourly_rate: float = Field(description="In major units of the currency.")
    currency: str
    time_zone: str
    next_open_slot: Instant | None = Field(description="For a session of 30 minutes; null if there is none.")

    @classmethod
    def of(cls, mentor: mentors.Mentor, next_open: OpenStart | None, **more: Any) -> Self:
        return cls(
            id=mentor.pk,
            name=mentor.name,
            headline=mentor.headline,
            expertise=[expertise.name for expertise in mentor.expertise.all()],
            rating=None if mentor.rating is None else float(mentor.rating),
            reviews=mentor.review_count,
            hourly_rate=number(mentor.hourly_rate or Money(0, mentor.currency)),
            currency=mentor.currency,
            time_zone=mentor.time_zone,
            next_open_slot=next_open.starts_at if next_open else None,
            **more,
        )


class CancellationPolicy(Schema):
    """The refund for a student who cancels."""

    model_config = shown(
        full_refund_hours=24,
        late_refund_percent=50,
        sentence="Full refund until 24 hours before the start, then 50%, none after the start.",
    )

    full_refund_hours: int = Field(description="All comes back until so many hours before the start.")
    late_refund_percent: int = Field(description="What comes back after that, until the start.")
    sentence: str

    @classmethod
    def of(cls, policy: policies.CancellationPolicy) -> Self:
        return cls(
            full_refund_hours=policy.full_refund_hours,
            late_refund_percent=policy.late_refund_percent,
            sentence=policy.sentence(),
        )


class BoughtPolicy(CancellationPolicy):
    """As it stood when the session was booked, with its deadlines: they count from the earliest start that it ever had."""

    model_config = shown(
        full_refund_hours=24,
        late_refund_percent=50,
        sentence="Full refund until 2026-11-23T17:00:00Z, then 50%, none after the start.",
        full_refund_until="2026-11-23T17:00:00Z",
        late_refund_until="2026-11-24T17:00:00Z",
    )

    full_refund_until: Instant = Field(description="All comes back until then; a mentor's move puts it off.")
    late_refund_until: Instant = Field(
        description="Until then `late_refund_percent` comes back, then nothing."
    )

    @classmethod
    def bought(cls, session: bookings.Session) -> Self:
        policy = session.cancellation_policy
        return cls(
            full_refund_hours=policy.full_refund_hours,
            late_refund_percent=policy.late_refund_percent,
            sentence=session.policy_sentence(now=session.created_at, say=to_z),
            full_refund_until=session.full_until,
            late_refund_until=session.earliest_start,
        )


class MentorProfile(Mentor):
    """A mentor as their own page shows them."""

    model_config = shown(
        **Mentor.model_config["json_schema_extra"]["example"],  # type: ignore[index,arg-type]
        about="I have built and led platform teams for twelve years.",
        cancellation_policy=CancellationPolicy.model_config["json_schema_extra"]["example"],  # type: ignore[index]
    )

    about: str
    cancellation_policy: CancellationPolicy


class Slot(Schema):
    starts_at: Instant


class Slots(Schema):
    model_config = shown(time_zone="Europe/Berlin", slots=[{"starts_at": "2026-11-24T17:00:00Z"}])

    time_zone: str = Field(description="The mentor's; `from` and `to` are days by its clocks.")
    slots: list[Slot]


class Booking(Schema):
    """A booking to make. The price is the mentor's hourly rate times the duration."""

    model_config = shown(
        mentor_id=1,
        title="System Design Review",
        description="Need help with distributed systems",
        scheduled_at="2024-01-20T14:00:00",
        duration_minutes=60,
    )

    mentor_id: Annotated[int, Field(strict=True)]
    title: PlainText = Field(description="1 to 200 characters.")
    description: Annotated[PlainText, Field(max_length=4000)] = ""
    scheduled_at: Annotated[str, Field(pattern=WHEN_PATTERN)] = Field(
        description="RFC 3339. Without an offset it is read in your time zone, or the mentor's if you have set none."
    )
    duration_minutes: Annotated[int, Field(strict=True)] = Field(description="30, 60, 90 or 120.")


class Checkout(Schema):
    """A held time, and where to pay for it."""

    model_config = shown(
        session_id=7,
        checkout_session_id="cs_test_a1b2c3",
        checkout_url="https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
        expires_at="2026-11-20T09:35:00Z",
        price=120.0,
        currency="USD",
        status="scheduled",
        payment_status="pending",
    )

    session_id: int
    checkout_session_id: str
    checkout_url: str | None = Field(
        description="The payment page; null once it can no longer be paid there."
    )
    expires_at: Instant = Field(description="When the hold ends, unless it has been paid.")
    price: float
    currency: str
    status: SessionStatus
    payment_status: PaymentStatus

    @classmethod
    def of(cls, session: bookings.Session, *, now: datetime) -> Self:
        return cls(
            session_id=session.pk,
            checkout_session_id=session.payment.checkout_id or "",
            checkout_url=session.payment_page(now=now) or None,
            expires_at=session.payment.expires_at or session.scheduled_at,
            price=number(session.money),
            **{name: getattr(session, name) for name in ("currency", "status", "payment_status")},
        )


class Person(Schema):
    id: int
    name: str


class Session(Schema):
    model_config = shown(
        id=7,
        student_id=3,
        mentor_id=1,
        title="System Design Review",
        description="Need help with distributed systems",
        scheduled_at="2026-11-24T17:00:00Z",
        duration_minutes=60,
        status="scheduled",
        price=120.0,
        payment_status="paid",
        stripe_payment_id="pi_3a1b2c3",
        notes="",
        created_at="2026-11-20T09:00:00Z",
        currency="USD",
        ends_at="2026-11-24T18:00:00Z",
        mentor={"id": 1, "name": "Maya Okafor"},
        hold_expires_at=None,
        refunded_amount=0.0,
        cancellation_policy=BoughtPolicy.model_config["json_schema_extra"]["example"],  # type: ignore[index]
    )

    id: int
    student_id: int
    mentor_id: int
    title: str
    description: str
    scheduled_at: Instant
    duration_minutes: int
    status: SessionStatus
    price: float = Field(description="In major units of the currency.")
    payment_status: PaymentStatus
    stripe_payment_id: str | None = Field(description="The PaymentIntent's id; null until paid.")
    notes: str
    created_at: Instant
    currency: str
    ends_at: Instant
    mentor: Person
    hold_expires_at: Instant | None = Field(
        description="When an unpaid hold gives its time back; null once its bank works on the payment."
    )
    refunded_amount: float = Field(description="In major units of the currency.")
    cancellation_policy: BoughtPolicy

    @classmethod
    def of(cls, session: bookings.Session) -> Self:
        made = {"price", "mentor", "hold_expires_at", "refunded_amount", "cancellation_policy"}
        columns = (name for name in cls.model_fields if name not in made)
        return cls(
            **{name: getattr(session, name) for name in columns},
            price=number(session.money),
            mentor=Person(id=session.mentor_id, name=session.mentor.name),
            hold_expires_at=None if session.is_under_way else session.hold_expires_at,
            refunded_amount=number(session.payment.refunded),
            cancellation_policy=BoughtPolicy.bought(session),
        )


class NewTime(Schema):
    """Where to move a session to: an open time for its duration."""

    model_config = shown(scheduled_at="2026-11-26T14:00:00")

    scheduled_at: Annotated[str, Field(pattern=WHEN_PATTERN)] = Field(
        description="RFC 3339. Without an offset it is read in your time zone, or the mentor's if you have set none."
    )


class NoShowText(Schema):
    model_config = shown(text="I waited in the room for half an hour, and nobody came.")

    text: Annotated[PlainText, Field(max_length=2000)] = Field(
        "", description="What happened, for the other and an operator to read."
    )


class NoShow(Schema):
    """One says that the other did not come."""

    model_config = shown(
        session_id=7,
        reported_by="student",
        text="I waited in the room for half an hour, and nobody came.",
        reported_at="2026-11-24T17:30:00Z",
        contestable_until="2026-11-27T17:30:00Z",
        contested_at=None,
        contest_text="",
        withdrawn_at=None,
        decided_at=None,
        decision=None,
    )

    session_id: int
    reported_by: Literal["student", "mentor"]
    text: str
    reported_at: Instant
    contestable_until: Instant = Field(description="If it is not contested before, it stands.")
    contested_at: Instant | None = Field(
        description="When the other said the opposite; an operator then decides."
    )
    contest_text: str
    withdrawn_at: Instant | None = Field(
        description="When its reporter took it back; it then counts for nothing."
    )
    decided_at: Instant | None
    decision: Literal["student", "mentor"] | None = Field(
        description="`student`: everything goes back. `mentor`: the session counts as held."
    )

    @classmethod
    def of(cls, report: bookings.NoShowReport) -> Self:
        columns = {name: getattr(report, name) for name in cls.model_fields if name != "reported_by"}
        columns["decision"] = report.decision or None
        return cls(**columns, reported_by="student" if report.is_by_student else "mentor")


class Notes(Schema):
    model_config = shown(notes="Bring the sequence diagram.")

    notes: Annotated[PlainText, Field(max_length=4000)]


class Received(Schema):
    received: Literal[True] = True


class FieldError(Schema):
    field: str
    detail: str


class Problem(Schema):
    """RFC 9457. `type` and `code` name the kind of refusal, `errors` the fields to correct."""

    model_config = shown(
        type="https://mentors.example.com/api/docs#outside-hours",
        title="Outside the mentor's hours",
        status=422,
        detail="Maya Okafor has no hours for that whole time. Pick one of the open times.",
        code="outside-hours",
        errors=[
            {
                "field": "scheduled_at",
                "detail": "Maya Okafor has no hours for that whole time. Pick one of the open times.",
            }
        ],
        next_open_slots=["2026-11-24T17:00:00Z"],
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []
    next_open_slots: list[Instant] = Field([], description="Other times that can be booked.")
    session_id: int | None = Field(None, description="The session that stands in the way.")
    paused_until: Instant | None = Field(None, description="When one more time can be held with this mentor.")


def number(money: Money) -> float:
    """JSON's number, in major units; the only place where money is a float."""
    return float(money.major)


def refusals(*statuses: int) -> dict[int, type[Problem]]:
    """The problem documents that an operation may answer."""
    return dict.fromkeys(sorted(statuses), Problem)
