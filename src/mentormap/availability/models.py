"""A mentor's hours, the days that differ, booking rules, and the cells of time that sessions reserve."""

from django.db import models
from django.utils.translation import gettext_lazy

from mentormap.mentors.models import Mentor


class WeeklyHours(models.Model):
    """One range of wall-clock time in the mentor's zone, every week; `ends` 00:00 is the end of the day."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, gettext_lazy("Monday")
        TUESDAY = 1, gettext_lazy("Tuesday")
        WEDNESDAY = 2, gettext_lazy("Wednesday")
        THURSDAY = 3, gettext_lazy("Thursday")
        FRIDAY = 4, gettext_lazy("Friday")
        SATURDAY = 5, gettext_lazy("Saturday")
        SUNDAY = 6, gettext_lazy("Sunday")

    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="weekly_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["mentor", "weekday", "starts"]
        verbose_name_plural = "weekly hours"
        constraints = [
            models.UniqueConstraint(fields=["mentor", "weekday", "starts"], name="weekly_hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M} to {self.ends:%H:%M}"


class DateOverride(models.Model):
    """One range of wall-clock time on one day; all rows of a day replace its weekly hours. One without times closes the day.

    `ends` 00:00 is the end of the day.
    """

    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="date_overrides")
    day = models.DateField()
    starts = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)

    class Meta:
        ordering = ["mentor", "day", "starts"]
        constraints = [
            models.UniqueConstraint(fields=["mentor", "day", "starts"], name="date_override_once"),
            models.UniqueConstraint(
                fields=["mentor", "day"], condition=models.Q(starts=None), name="date_closed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(starts=None, ends=None)
                | models.Q(starts__isnull=False, ends__isnull=False),
                name="date_override_both_times_or_none",
            ),
        ]

    def __str__(self) -> str:
        if self.starts is None or self.ends is None:
            return f"{self.day} closed"
        return f"{self.day} {self.starts:%H:%M} to {self.ends:%H:%M}"


class Vacation(models.Model):
    """Days of the mentor's calendar, the last one included, on which nobody can book, whatever the hours.

    Only the mentor sees the note.
    """

    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="vacations")
    first_day = models.DateField()
    last_day = models.DateField()
    note = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        ordering = ["mentor", "first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="vacation_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


class BookingRules(models.Model):
    """When a mentor may be booked. Times are minutes, multiples of 15 for buffers; a mentor without a row has the defaults.

    The most sessions count by the mentor's local days and ISO weeks; null is no limit.
    """

    mentor = models.OneToOneField(Mentor, on_delete=models.CASCADE, related_name="booking_rules")
    start_step_minutes = models.PositiveSmallIntegerField(default=30)
    minimum_notice_minutes = models.PositiveIntegerField(default=12 * 60)
    horizon_days = models.PositiveSmallIntegerField(default=60)
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0)
    buffer_after_minutes = models.PositiveSmallIntegerField(default=0)
    most_a_day = models.PositiveSmallIntegerField(null=True, blank=True)
    most_a_week = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "booking rules"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(start_step_minutes__in=[15, 30, 60]), name="start_step_15_30_60"
            ),
            models.CheckConstraint(
                condition=~models.Q(most_a_day=0) & ~models.Q(most_a_week=0), name="caps_of_one_or_more"
            ),
        ]

    def __str__(self) -> str:
        return f"Booking rules of mentor {self.mentor_id}"


class ReservedCell(models.Model):
    """Fifteen minutes of a mentor's time that a session holds; the key is what makes double booking impossible.

    `session_id` is the session's number. `starts_at` is UTC, on a quarter of an hour.
    """

    pk = models.CompositePrimaryKey("mentor_id", "starts_at")
    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="+", db_index=False)
    starts_at = models.DateTimeField()
    session_id = models.PositiveBigIntegerField(db_index=True)

    class Meta:
        db_table = "reserved_cells"

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC of mentor {self.mentor_id}"


class BusyCalendar(models.Model):
    """A calendar that a mentor keeps elsewhere, read at its address (.ics) again and again; instants are UTC.

    `url` is a secret: who knows it reads the calendar. `name` is what the calendar calls itself. `known_until` is how far its
    events are known, `known_zone` the zone that its whole days were read in. A person has been waiting for it since `asked_at`. No try has succeeded since `failing_since`:
    `failures` counts them, `last_error` is a sentence about the last one, and the busy times stay as they were. Until
    `lease_until` a worker is reading it.
    """

    mentor = models.ForeignKey(Mentor, on_delete=models.CASCADE, related_name="busy_calendars")
    url = models.CharField(max_length=2000)
    name = models.CharField(max_length=100, blank=True, default="")
    added_at = models.DateTimeField()
    etag = models.CharField(max_length=300, blank=True, default="")
    last_modified = models.CharField(max_length=100, blank=True, default="")
    next_read_at = models.DateTimeField(db_index=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    known_until = models.DateTimeField(null=True, blank=True)
    known_zone = models.CharField(max_length=64, blank=True, default="")
    unread_events = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["added_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["mentor", "url"], name="busy_calendar_once")]

    def __str__(self) -> str:
        return f"Busy calendar {self.pk} of mentor {self.mentor_id}"


class BusyTime(models.Model):
    """When a calendar says that its mentor is busy, [starts_at, ends_at) in UTC; those of one calendar neither meet nor overlap."""

    calendar = models.ForeignKey(BusyCalendar, on_delete=models.CASCADE, related_name="busy_times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "starts_at"], name="busy_time_once"),
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")), name="busy_time_has_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M} UTC"
