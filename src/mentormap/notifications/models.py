"""A notice is one message for one person on one occasion; a delivery is that notice on one channel."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from mentormap.notifications import notice_kinds


class Notice(models.Model):
    """`reference` names what it is about in the caller's words; `revision` tells repeats of one occasion apart.

    Nobody is its person where a mail goes to an address without an account.
    """

    occasion = models.CharField(max_length=40)
    reference = models.PositiveBigIntegerField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices", null=True, blank=True
    )
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
        return f"{self.occasion} to {self.person or 'somebody without an account'}"

    def number_of(self, subject: notice_kinds.Subject) -> int | None:
        """The reference, if it is to that; None if it is to something else."""
        is_about = notice_kinds.NoticeKind(self.occasion).subject == subject
        return self.reference if is_about else None


class Delivery(models.Model):
    """What is due on a channel.

    Until `lease_until` nobody may take it: a worker holds it (the claim lapses if that worker dies), or it pauses after a
    failed try. `failing_since` is the first of the tries that failed since it was last due; `reported_at` is when operators
    were notified that it was given up.
    """

    Channel = notice_kinds.Channel

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DROPPED = "dropped"  # stale: no longer true
        FAILED = "failed"  # given up, or refused for good

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel")]
        indexes = [models.Index(fields=["channel", "state", "due_at"], name="delivery_due_on_channel")]

    def __str__(self) -> str:
        return f"{self.notice} by {self.channel}"


class Outage(models.Model):
    """A time in which a channel did not work: every try failed, for a reason that is not the message's.

    Nothing is tried on it before `rest_until`. One that ended is kept if operators were notified.
    """

    channel = models.CharField(max_length=10, choices=Delivery.Channel.choices)
    since = models.DateTimeField()
    failures = models.PositiveIntegerField(default=1)
    rest_until = models.DateTimeField()
    last_error = models.TextField()
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=Q(ended_at=None), name="one_open_outage_a_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} since {self.since:%Y-%m-%d %H:%M} UTC"


class Suppression(models.Model):
    """An address, in lower case, that no mail goes to: the last one bounced, or its owner reported it as unwanted."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", gettext_lazy("bounced")
        COMPLAINT = "complaint", gettext_lazy("reported as unwanted")

    email = models.EmailField(unique=True)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    at = models.DateTimeField()
    detail = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.email}: {self.get_reason_display()}"

    def in_words(self) -> str:
        """Completes the sentence "mail to this address ..."."""
        return (
            gettext("bounced") if self.reason == self.Reason.BOUNCE else gettext("was reported as unwanted")
        )


class AccountMail(models.Model):
    """A mail about an account, whose words are fixed when it is asked for: they hold a link that only its reader may have.

    The row goes when the mail is sent.
    """

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="account_mail")
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"


class PushSubscription(models.Model):
    """A browser in which a person allowed web push: where to send, and the keys that only it can read by (RFC 8291)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"A browser of {self.user}"


class InAppMessage(models.Model):
    """A message of the bell; `path` is its target on this site."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="in_app_message")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="in_app_messages"
    )
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=500, blank=True, default="")
    path = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="in_app_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="in_app_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """A person's choice for an occasion on a channel; without a row the occasion's default applies."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    occasion = models.CharField(max_length=40)
    channel = models.CharField(max_length=10)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "occasion", "channel"], name="preference_once")
        ]

    def __str__(self) -> str:
        return f"{self.occasion} by {self.channel}: {'yes' if self.is_wanted else 'no'}"
