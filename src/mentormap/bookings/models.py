"""A session: one meeting that a student books with a mentor, and the history of its moves."""

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from mentormap.accounts.models import User
from mentormap.bookings.policy import CancellationPolicy
from mentormap.lib.money import Money
from mentormap.lib.spans import Span
from mentormap.mentors.models import Mentor
from mentormap.payments.models import Payment

DURATIONS: Final = (30, 60, 90, 120)
"""Minutes that a session may be booked for."""
LINK_LEAD: Final = timedelta(minutes=15)
"""How long before the start the video link is shown and sent."""
TIME_BEFORE_REPORT: Final = timedelta(minutes=10)
TIME_TO_REPORT: Final = timedelta(hours=72)
"""How long it can be said that somebody did not come, from the session's start on."""
TIME_TO_CONTEST: Final = timedelta(hours=72)
"""From a no-show report on."""


class SessionStatus(models.TextChoices):
    SCHEDULED = "scheduled", gettext_lazy("Scheduled")
    COMPLETED = "completed", gettext_lazy("Completed")
    CANCELLED = "cancelled", gettext_lazy("Cancelled")


class PaymentStatus(models.TextChoices):
    PENDING = "pending", gettext_lazy("Pending")
    PAID = "paid", gettext_lazy("Paid")
    REFUNDED = "refunded", gettext_lazy("Refunded")


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user: User) -> "SessionQuerySet":
        """Sessions of this student, and those of this mentor; an unpaid hold never shows to the mentor."""
        return self.filter(Q(student=user) | Q(mentor__user=user, was_paid=True))

    def released(self) -> "SessionQuerySet":
        """Holds that ended without a payment."""
        return self.filter(status=SessionStatus.CANCELLED, payment_status=PaymentStatus.PENDING)

    def not_released(self) -> "SessionQuerySet":
        return self.exclude(status=SessionStatus.CANCELLED, payment_status=PaymentStatus.PENDING)

    def holds(self) -> "SessionQuerySet":
        """Sessions whose payment is pending: they reserve their time."""
        return self.filter(status=SessionStatus.SCHEDULED, payment_status=PaymentStatus.PENDING)

    def counted(self, window: Span) -> "SessionQuerySet":
        """Sessions that start in the window and count towards a mentor's caps: all but cancelled ones, holds included."""
        starting = self.filter(scheduled_at__gte=window.starts_at, scheduled_at__lt=window.ends_at)
        return starting.exclude(status=SessionStatus.CANCELLED)

    def booked(self) -> "SessionQuerySet":
        """Scheduled and paid."""
        return self.filter(status=SessionStatus.SCHEDULED, payment_status=PaymentStatus.PAID)

    def upcoming(self, now: datetime) -> "SessionQuerySet":
        """Booked and not over yet, the next one first."""
        return self.booked().filter(ends_at__gt=now).order_by("scheduled_at", "pk")

    def with_people(self) -> "SessionQuerySet":
        return self.select_related("student", "mentor__user", "payment", "room")


class Session(models.Model):
    """The columns keep the brief's names; instants are UTC, `price` is in major units of `currency`.

    `policy` is the cancellation policy as it stood at purchase. `uid` is the invite's UID for life and the payment's reference;
    `held_from` is the network that a hold was made from, kept for a day after its end, and no longer than until it is paid.
    `sequence` is the invite's SEQUENCE (RFC 5545 section 3.8.7.4). `reserves_from` and `reserves_to` add the mentor's buffers.
    `earliest_start` is the earliest start that it ever had: the refund's deadlines count from it, so that moving a session is no
    way to a free cancellation. Until `full_refund_until` all comes back in any case, because the mentor moved it.
    """

    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sessions")
    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="sessions")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=4000, blank=True, default="")
    scheduled_at = models.DateTimeField()
    duration_minutes = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=SessionStatus.choices, default=SessionStatus.SCHEDULED)
    price = models.DecimalField(max_digits=12, decimal_places=3)
    payment_status = models.CharField(
        max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.PENDING
    )
    stripe_payment_id = models.CharField(max_length=255, null=True, blank=True)
    notes = models.TextField(max_length=4000, blank=True, default="")
    created_at = models.DateTimeField()

    currency = models.CharField(max_length=3)
    ends_at = models.DateTimeField()
    reserves_from = models.DateTimeField()
    reserves_to = models.DateTimeField()
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    held_from = models.CharField(max_length=45, blank=True, default="")
    was_paid = models.BooleanField(default=False)
    policy = models.JSONField(default=dict)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="session")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    earliest_start = models.DateTimeField()
    full_refund_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Session"]] = models.Manager.from_queryset(SessionQuerySet)()

    class Meta:
        db_table = "sessions"
        constraints = [
            models.CheckConstraint(
                name="session_states_that_exist",
                condition=Q(status="scheduled", payment_status__in=["pending", "paid"])
                | Q(status="cancelled", payment_status__in=["pending", "paid", "refunded"])
                | Q(status="completed", payment_status__in=["paid", "refunded"]),
            ),
            models.CheckConstraint(
                name="session_durations", condition=Q(duration_minutes__in=[30, 60, 90, 120])
            ),
        ]
        indexes = [
            models.Index(fields=["student", "-created_at"], name="sessions_of_student"),
            models.Index(fields=["mentor", "-created_at"], name="sessions_of_mentor"),
            models.Index(fields=["status", "payment_status", "ends_at"], name="sessions_to_complete"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.scheduled_at:%Y-%m-%d %H:%M} UTC)"

    @property
    def money(self) -> Money:
        """The price as frozen at the hold."""
        return Money.from_major(self.price, self.currency)

    @property
    def is_hold(self) -> bool:
        return self.status == SessionStatus.SCHEDULED and self.payment_status == PaymentStatus.PENDING

    @property
    def is_under_way(self) -> bool:
        """A hold whose delayed payment is under way: it is kept until the bank has answered, until the start at the latest."""
        return self.is_hold and self.payment.state == Payment.State.PROCESSING

    def payment_page(self, *, now: datetime) -> str:
        """Returns the URL of the hold's payment page; empty once it can no longer be paid there."""
        expires_at = self.payment.expires_at
        is_open = self.payment.state == Payment.State.OPEN and (expires_at is None or now < expires_at)
        return self.payment.checkout_url if self.is_hold and is_open else ""

    @property
    def is_released(self) -> bool:
        return self.status == SessionStatus.CANCELLED and self.payment_status == PaymentStatus.PENDING

    @property
    def is_upcoming(self) -> bool:
        return self.status == SessionStatus.SCHEDULED and self.payment_status == PaymentStatus.PAID

    @property
    def cancellation_policy(self) -> CancellationPolicy:
        return CancellationPolicy.from_json(self.policy)

    @property
    def full_until(self) -> datetime:
        """The last instant at which the student's cancelling brings everything back; at the start it is too late."""
        by_policy = self.cancellation_policy.full_until(self.earliest_start)
        return max(by_policy, self.full_refund_until or by_policy)

    def refund_at(self, now: datetime) -> Money:
        """Returns the refund if the student cancels at `now`, by the policy at purchase."""
        if self.full_refund_until and now <= self.full_refund_until:
            return self.money
        return self.cancellation_policy.refund_for(self.money, starts_at=self.earliest_start, now=now)

    def policy_sentence(self, *, now: datetime, say: Callable[[datetime], str]) -> str:
        """That policy for this session, before its start; `say` writes an instant as the reader reads it."""
        policy, first = self.cancellation_policy, self.earliest_start
        if first == self.scheduled_at and self.full_refund_until is None:
            return policy.sentence_for(first, now=now, say=say)
        return policy.sentence_once_moved(first, full_until=self.full_until, now=now, say=say)

    @property
    def reserved(self) -> Span:
        """The time that it keeps from others, the mentor's buffers included."""
        return Span(self.reserves_from, self.reserves_to)

    @property
    def movable_until(self) -> datetime:
        """The last instant at which student or mentor may choose another time."""
        return self.scheduled_at - timedelta(hours=self.cancellation_policy.reschedule_hours)

    @property
    def notes_mark(self) -> str:
        """Tells these notes from others."""
        return sha256(self.notes.encode()).hexdigest()

    def write_notes(self, notes: str, *, seen: str | None = None) -> bool:
        """Student and mentor share them. Where they no longer have the mark that was `seen`, they stay, and it is False."""
        row = Session.objects.filter(pk=self.pk)
        if seen is None:
            row.update(notes=notes)
        elif seen == self.notes_mark:
            row.filter(notes=self.notes).update(notes=notes)
        self.refresh_from_db(fields=["notes"])
        return self.notes == notes

    def link_opens_at(self) -> datetime:
        """When the video link is shown and sent."""
        return self.scheduled_at - LINK_LEAD

    def participants(self) -> Iterable[User]:
        return (self.student, self.mentor.user)

    def counterpart_of(self, user: User) -> User:
        return self.mentor.user if user == self.student else self.student


class Room(models.Model):
    """The video room of a session that another service makes, or the mentor's own; sessions at Jitsi have none.

    `planned_for` is the start (UTC) last sent to the service.
    """

    class State(models.TextChoices):
        WANTED = "wanted"
        MADE = "made"
        FALLEN_BACK = "fallen_back"
        REMOVED = "removed"

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="room")
    provider = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WANTED)
    url = models.URLField(max_length=1000, blank=True, default="")
    external_id = models.CharField(max_length=255, blank=True, default="")
    planned_for = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["state", "next_try_at"], name="rooms_due")]

    def __str__(self) -> str:
        return f"{self.provider} room of session {self.session_id}: {self.state}"


class BookingKey(models.Model):
    """An idempotency key from a student, the hash of its request, and the hold that answers it."""

    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="booking_keys")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "key"], name="booking_key_once")]

    def __str__(self) -> str:
        return f"{self.key} of {self.student}"


class HistoryNote(models.TextChoices):
    """The reasons for history rows that do not change the state, with their labels. The values are stored and read back."""

    PAYMENT_BEGUN = gettext_noop("The bank was asked for the payment."), gettext_lazy("Payment started")
    NO_SHOW_REPORTED = (
        gettext_noop("The other did not come, says the report."),
        gettext_lazy("No-show reported"),
    )
    NO_SHOW_CONTESTED = gettext_noop("The other says that this is not so."), gettext_lazy("No-show contested")
    NO_SHOW_WITHDRAWN = gettext_noop("The report no longer counts."), gettext_lazy("No-show report withdrawn")


class SessionHistory(models.Model):
    """One move of a session: when, who (nobody for the program itself), from, to, why.

    A move to another time has both starts, and leaves both states as they were; so does what is only noted.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    from_status = models.CharField(max_length=10, blank=True, default="")
    from_payment_status = models.CharField(max_length=10, blank=True, default="")
    to_status = models.CharField(max_length=10)
    to_payment_status = models.CharField(max_length=10)
    from_start = models.DateTimeField(null=True, blank=True)
    to_start = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=300)
    """One of the sentences that are marked where they are passed: in English, which is their key for translation."""

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = gettext_lazy("session history")

    def __str__(self) -> str:
        return f"{self.to_status}, {self.to_payment_status}: {self.why}"

    @property
    def reason(self) -> str:
        """`why`, in the language that is in use."""
        return gettext(self.why)


class AuditEntry(models.Model):
    """An operator's action on a session's money, and the reason; the session's own moves are in its history."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="audit_log")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=600)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "audit log"

    def __str__(self) -> str:
        return f"{self.by}: {self.what}"


class NoShowReport(models.Model):
    """One of a session's two says that the other did not come. Who says the opposite contests it, and an operator decides.

    `decision` says for whom it was decided: for the student, who gets a full refund, or for the mentor, and the session took place. `decided_by` is
    nobody where it was not contested in time; `reason` is the operator's, and both read it. A report that was withdrawn counts
    for nothing, and makes way for the next one; `round` counts them.
    """

    class Decision(models.TextChoices):
        STUDENT = "student"
        MENTOR = "mentor"

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="no_show")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    reported_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    contested_at = models.DateTimeField(null=True, blank=True)
    contest_text = models.TextField(max_length=2000, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "no_show_reports"
        verbose_name = gettext_lazy("no-show report")
        indexes = [models.Index(fields=["decided_at", "reported_at"], name="no_show_to_decide")]

    def __str__(self) -> str:
        return f"{self.reporter} reports that {self.absentee} did not come"

    @property
    def is_by_student(self) -> bool:
        return self.reporter_id == self.session.student_id

    @property
    def absentee(self) -> User:
        """The person who, by the report, did not come."""
        return self.session.counterpart_of(self.reporter)

    @property
    def contestable_until(self) -> datetime:
        """From then on it stands, unless it was contested before."""
        return self.reported_at + TIME_TO_CONTEST

    @property
    def is_pending(self) -> bool:
        """True until the report is decided or withdrawn."""
        return self.decided_at is None and self.withdrawn_at is None

    @property
    def is_open(self) -> bool:
        """Returns whether the report still waits for the other's answer, and then for time to pass."""
        return self.is_pending and self.contested_at is None
