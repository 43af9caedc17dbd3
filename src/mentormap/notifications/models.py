"""A notice is one message for one person on one occasion; a delivery is that notice on one channel."""

from django.conf import settings
from django.db import models


class Notice(models.Model):
    """`reference` names what it is about in the caller's words; `revision` tells repeats of one occasion apart."""

    occasion = models.CharField(max_length=40)
    reference = models.PositiveBigIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    revision = models.CharField(max_length=40, default="0")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["occasion", "reference", "person", "revision"], name="notice_once"
            )
        ]
        indexes = [models.Index(fields=["reference", "occasion"], name="notices_of_reference")]

    def __str__(self) -> str:
        return f"{self.occasion} to {self.person}"


class Delivery(models.Model):
    """What is due on a channel.

    Until `lease_until` nobody may take it: a worker holds it (the claim lapses if that worker dies), or it pauses after a
    failed try.
    """

    class Channel(models.TextChoices):
        EMAIL = "email"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DROPPED = "dropped"  # stale: what it told is no longer so
        FAILED = "failed"  # given up, or refused for good

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel")]
        indexes = [models.Index(fields=["state", "due_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.notice} by {self.channel}"
