"""Mentors, what they help with, and what students said of them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy

from mentormap.accounts.models import User
from mentormap.lib.money import Money


class Expertise(models.Model):
    """One thing that mentors help with, found by its slug."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        db_table = "expertise"
        ordering = ["name"]
        verbose_name_plural = "expertise"

    def __str__(self) -> str:
        return self.name


class MeetingPlace(models.TextChoices):
    """Where a mentor's sessions are held."""

    JITSI = "jitsi", "Jitsi"
    PERSONAL = "personal", gettext_lazy("My own room")
    ZOOM = "zoom", "Zoom"
    GOOGLE_MEET = "google_meet", "Google Meet"


class MentorQuerySet(models.QuerySet["Mentor"]):
    def listed(self) -> "MentorQuerySet":
        """Mentors that students may find and book."""
        return self.filter(LISTED)

    def visible_to(self, user: User | AnonymousUser) -> "MentorQuerySet":
        """Returns listed mentors and the user's own, whatever its state; an operator sees all."""
        return self.all() if user.is_staff else self.filter(LISTED | models.Q(user=user.pk))

    def locked(self, pk: int) -> "Mentor":
        """One mentor, read again: until the transaction ends, others that lock this one wait. On SQLite the transaction itself is
        the lock.

        What refers to the mentor, as a session that is being booked, does not wait.
        """
        return self.select_for_update(no_key=True).get(pk=pk)


MOST_HOURS_AHEAD: Final = 14 * 24
"""The earliest that a mentor may let a deadline fall before a session's start."""


def _at_most(field: str, most: int) -> models.CheckConstraint:
    return models.CheckConstraint(name=f"mentor_{field}", condition=models.Q((f"{field}__range", (0, most))))


class Mentor(models.Model):
    """A person's offer to mentor. `hourly_rate_minor` counts minor units of `currency` by Stripe's table.

    `meeting_room` is the address of the mentor's own room.

    The policy for what is booked from now on: all comes back until `full_refund_hours` before the start, then
    `late_refund_percent` until the start; the student may choose another time until `reschedule_hours` before it.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        PAUSED = "paused"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentor")
    headline = models.CharField(max_length=120, blank=True, default="")
    about = models.TextField(max_length=4000, blank=True, default="")
    photo = models.ImageField(upload_to="mentors", blank=True)
    expertise = models.ManyToManyField(Expertise, related_name="mentors", blank=True)
    hourly_rate_minor = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    time_zone = models.CharField(max_length=64)
    full_refund_hours = models.PositiveSmallIntegerField(default=24)
    late_refund_percent = models.PositiveSmallIntegerField(default=50)
    reschedule_hours = models.PositiveSmallIntegerField(default=24)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=200, blank=True, default="")
    rating = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    review_count = models.PositiveIntegerField(default=0)
    meeting_place = models.CharField(max_length=12, choices=MeetingPlace.choices, default=MeetingPlace.JITSI)
    meeting_room = models.URLField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Mentor"]] = models.Manager.from_queryset(MentorQuerySet)()

    class Meta:
        db_table = "mentors"
        constraints = [
            _at_most("full_refund_hours", MOST_HOURS_AHEAD),
            _at_most("late_refund_percent", 100),
            _at_most("reschedule_hours", MOST_HOURS_AHEAD),
        ]
        indexes = [
            models.Index(fields=["state", "currency", "hourly_rate_minor"], name="mentor_by_price"),
            models.Index(fields=["state", "-rating"], name="mentor_by_rating"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def hourly_rate(self) -> Money | None:
        """The price of 60 minutes; None until the mentor has named one."""
        return None if self.hourly_rate_minor is None else Money(self.hourly_rate_minor, self.currency)

    @property
    def is_listed(self) -> bool:
        return self.state == self.State.PUBLISHED and self.hidden_at is None and self.user.is_active


LISTED = models.Q(state=Mentor.State.PUBLISHED, hidden_at=None, user__is_active=True)


class ReviewQuerySet(models.QuerySet["Review"]):
    def shown(self) -> "ReviewQuerySet":
        """Returns reviews that an operator has not hidden; only these are read and counted."""
        return self.filter(hidden_at=None)


class Review(models.Model):
    """A student's review of one completed session, and the mentor's answer; `session_id` is the session's number."""

    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="reviews")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    session_id = models.PositiveBigIntegerField(unique=True)
    stars = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=2000, blank=True, default="")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=2000, blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[models.Manager["Review"]] = models.Manager.from_queryset(ReviewQuerySet)()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="review_stars_1_to_5")
        ]

    def __str__(self) -> str:
        return f"{self.stars} of 5 for {self.mentor}"

    def editable_until(self) -> datetime:
        """Up to when its student may change it."""
        return self.created_at + EDITABLE


EDITABLE = timedelta(days=14)


def mean_stars(total: int, count: int) -> Decimal | None:
    """The rating to two decimals; None where nobody has reviewed yet."""
    return None if count == 0 else (Decimal(total) / count).quantize(Decimal("0.01"))
