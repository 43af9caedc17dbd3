"""Payments, refunds, disputes, flags, and Stripe's events. Amounts are minor units by Stripe's table."""

import uuid
from datetime import datetime
from typing import ClassVar, Final, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from mentormap.lib.money import Money, format_money
from mentormap.payments.flag_names import WHAT_TO_DO, FlagName


class Payment(models.Model):
    """One payment by hosted checkout, or one that was made elsewhere and is only recorded here.

    `reference` is Stripe's `client_reference_id`: who the payment is for, in the caller's words. `checkout_request` holds the
    parameters of the create call, frozen, so that a replay with `idempotency_key` is identical
    (https://docs.stripe.com/api/idempotent_requests). `owed_minor` is what we decided to give back, `refunded_minor` what Stripe
    has accepted to give back, `lost_minor` what disputes have taken for good; `refund_on_arrival` gives back in full what a
    delayed method brings later; `begun_at` is when the bank was asked, days before `paid_at`. `version` rises with every change
    that settlement must not overlook.
    """

    class Source(models.TextChoices):
        STRIPE = "stripe"
        RECORDED = "recorded"

    class State(models.TextChoices):
        CREATED = "created"  # the row stands, the checkout is not known yet
        OPEN = "open"  # the student can pay
        UNKNOWN = "unknown"  # the create call was refused or timed out
        PROCESSING = "processing"  # a delayed method is under way
        PAID = "paid"
        FAILED = "failed"
        EXPIRED = "expired"
        LOST = "lost"  # Stripe does not know the checkout: another key or account

    FINAL = frozenset({State.PAID, State.FAILED, State.EXPIRED, State.LOST})

    source = models.CharField(max_length=10, choices=Source.choices, default=Source.STRIPE)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CREATED)
    reference = models.CharField(max_length=200, unique=True)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    account = models.CharField(max_length=64, blank=True, default="")
    livemode = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=255, unique=True)
    checkout_request = models.JSONField(default=dict)
    expires_at = models.DateTimeField(null=True)
    checkout_id = models.CharField(max_length=255, unique=True, null=True)
    checkout_url = models.TextField(blank=True, default="")
    payment_intent_id = models.CharField(max_length=255, blank=True, default="", db_index=True)
    charge_id = models.CharField(max_length=255, blank=True, default="", db_index=True)
    captured_minor = models.PositiveBigIntegerField(default=0)
    owed_minor = models.PositiveBigIntegerField(default=0)
    refunded_minor = models.PositiveBigIntegerField(default=0)
    refund_on_arrival = models.BooleanField(default=False)
    lost_minor = models.PositiveBigIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "payments"
        indexes = [models.Index(fields=["state", "expires_at"], name="payment_open_past_time")]

    def __str__(self) -> str:
        return f"{format_money(self.amount, locale='en')} ({self.state})"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def captured(self) -> Money:
        return Money(self.captured_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)

    @property
    def left(self) -> Money:
        """The amount that can still be refunded."""
        left = self.captured_minor - self.refunded_minor - self.lost_minor
        return Money(max(0, left), self.currency)

    def claim(self, now: datetime) -> bool:
        """Notes that somebody looks at it now. False if another process has done so since it was read."""
        unseen = Payment.objects.filter(pk=self.pk, checked_at=self.checked_at)
        if not unseen.update(checked_at=now):
            return False
        self.checked_at = now
        return True


class RefundQuerySet(models.QuerySet["Refund"]):
    def failed(self) -> "RefundQuerySet":
        """As `Refund.has_failed`."""
        return self.filter(state__in=Refund.DEAD, given_up_at=None)


class Refund(models.Model):
    """Money on its way back. `uid` names it to Stripe; `idempotency_keys` holds the key of each attempt that may have been sent, by its number.

    Row numbers never leave us: a database that is restored from a backup gives them out again, to other refunds.
    `was_answered`: the last try got an answer that Stripe would repeat for its key, so that the next needs a new one, if a look
    at Stripe's list finds that nothing was done. `is_refused`: that answer was a no. `given_up_at`: nobody waits for it any more,
    since an operator paid back in another way, asked for another refund in its place, or nothing was left to give back.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        PENDING = "pending"
        REQUIRES_ACTION = "requires_action"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"

    UNDER_WAY = frozenset({State.REQUESTED, State.PENDING, State.REQUIRES_ACTION})
    ACCEPTED = frozenset({State.PENDING, State.REQUIRES_ACTION, State.SUCCEEDED})
    DEAD = frozenset({State.FAILED, State.CANCELED})

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED)
    is_foreign = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True, default="")
    attempt = models.PositiveSmallIntegerField(default=1)
    idempotency_keys = models.JSONField(default=dict, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    was_answered = models.BooleanField(default=False)
    is_refused = models.BooleanField(default=False)
    stripe_id = models.CharField(max_length=255, unique=True, null=True)
    failure_reason = models.CharField(max_length=200, blank=True, default="")
    last_error = models.TextField(blank=True, default="")
    next_try_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Refund"]] = models.Manager.from_queryset(RefundQuerySet)()

    class Meta:
        db_table = "refunds"
        indexes = [models.Index(fields=["state", "next_try_at"], name="refund_to_send")]

    def __str__(self) -> str:
        return f"Refund of {format_money(self.amount, locale='en')} ({self.state})"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def has_failed(self) -> bool:
        """It ended without giving anything back, and somebody still waits for it."""
        return self.state in self.DEAD and self.given_up_at is None

    def key_of(self, attempt: int) -> str:
        """Returns the key with which this attempt was or will be sent."""
        sent: str | None = self.idempotency_keys.get(str(attempt))
        return sent or f"mentormap-refund-{self.uid.hex}-{attempt}"

    def id_sent_with(self, attempt: int) -> str:
        """Returns the row's identifier at Stripe, the same for every repeat of an attempt: Stripe refuses a key with other parameters.

        It is the row number for attempts of version 0.1.0, whose keys contain it, else the uid.
        """
        is_by_number = self.idempotency_keys.get(str(attempt)) == f"mentormap-refund-{self.pk}-{attempt}"
        return str(self.pk) if is_by_number else self.uid.hex

    @property
    def ids_sent(self) -> set[str]:
        """Returns other identifiers under which Stripe may know the row: its number, if it was made by version 0.1.0."""
        return {self.id_sent_with(int(attempt)) for attempt in self.idempotency_keys}


class FlagQuerySet(models.QuerySet["Flag"]):
    def open(self) -> "FlagQuerySet":
        """Returns flags that wait for an operator, or clear by themselves."""
        return self.filter(resolved_at=None)

    def unmatched(self) -> "FlagQuerySet":
        """Returns flags for money in Stripe's lists that our rows do not have."""
        return self.filter(name=Flag.Name.UNKNOWN_HERE)


class Flag(models.Model):
    """Something about a payment that an operator should look at; several may be open at once, one of each name.

    Money that Stripe has and no payment here knows is of none: `stripe_id` names it, its PaymentIntent where it has one.
    `resolved_by` is empty if it was cleared automatically. `resolution` says in the operator's words what was done.
    """

    Name: TypeAlias = FlagName

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="flags", null=True, blank=True
    )
    stripe_id = models.CharField(max_length=255, blank=True, default="")
    name = models.CharField(max_length=60, choices=Name.choices)
    note = models.TextField(blank=True, default="")
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    resolution = models.TextField(blank=True, default="")

    objects: ClassVar[models.Manager["Flag"]] = models.Manager.from_queryset(FlagQuerySet)()

    class Meta:
        db_table = "payment_flags"
        ordering = ["raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "name"], condition=Q(resolved_at=None), name="flag_open_once"
            ),
            models.UniqueConstraint(
                fields=["stripe_id"],
                condition=Q(resolved_at=None, payment=None),
                name="unknown_money_flagged_once",
            ),
        ]
        indexes = [models.Index(fields=["resolved_at", "raised_at"], name="flag_by_age")]

    def __str__(self) -> str:
        return str(self.Name(self.name).label) if self.name in self.Name else self.name

    @property
    def what_to_do(self) -> str:
        """For the operator, in a sentence or two."""
        return str(WHAT_TO_DO.get(self.name) or gettext("Look at the payment in Stripe's dashboard."))

    @property
    def subject(self) -> str:
        """Names what the flag is about."""
        return (
            gettext("payment %(number)s") % {"number": self.payment_id}
            if self.payment_id
            else gettext("%(stripe_id)s at Stripe") % {"stripe_id": self.stripe_id}
        )

    @property
    def is_decided_elsewhere(self) -> bool:
        """Returns whether people wait for a decision, which alone resolves it."""
        return self.name == self.Name.NO_SHOW


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def open(self) -> "DisputeQuerySet":
        """A status that we have not heard of yet is one that goes on."""
        return self.exclude(status__in=Dispute.CLOSED)

    def blocking(self) -> "DisputeQuerySet":
        """Returns disputes that keep a refund from being sent: the bank holds the money until it has decided."""
        return self.filter(status__in=Dispute.BLOCKING)


class Dispute(models.Model):
    """A cardholder's complaint to the bank, as Stripe has it; an inquiry is one that has moved no money yet.

    `is_withdrawn`: the bank has taken the money from our balance, and has not given it back.
    """

    class Status(models.TextChoices):
        WARNING_NEEDS_RESPONSE = "warning_needs_response"
        WARNING_UNDER_REVIEW = "warning_under_review"
        WARNING_CLOSED = "warning_closed"
        NEEDS_RESPONSE = "needs_response"
        UNDER_REVIEW = "under_review"
        WON = "won"
        LOST = "lost"
        PREVENTED = "prevented"

    BLOCKING = frozenset({Status.NEEDS_RESPONSE, Status.UNDER_REVIEW})
    CLOSED = frozenset({Status.WON, Status.LOST, Status.PREVENTED, Status.WARNING_CLOSED})

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=255, unique=True)
    status = models.CharField(max_length=40, choices=Status.choices)
    reason = models.CharField(max_length=100, blank=True, default="")
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    is_withdrawn = models.BooleanField(default=False)
    evidence_due_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Dispute"]] = models.Manager.from_queryset(DisputeQuerySet)()

    class Meta:
        db_table = "disputes"
        ordering = ["opened_at", "pk"]

    def __str__(self) -> str:
        return f"Dispute over {format_money(self.amount, locale='en')} ({self.status})"

    @property
    def is_open(self) -> bool:
        return self.status not in self.CLOSED

    @property
    def is_blocking(self) -> bool:
        return self.status in self.BLOCKING

    @property
    def is_inquiry(self) -> bool:
        """The bank asks, and has moved no money; one that was closed stays an inquiry."""
        return self.status.startswith("warning_")

    @property
    def is_lost(self) -> bool:
        """The bank has decided, and keeps the money; one that was prevented has given the money back at once."""
        return self.status == self.Status.LOST or (self.status == self.Status.PREVENTED and self.is_withdrawn)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class FraudWarning(models.Model):
    """The card's issuer says that a payment is probably fraudulent; `actionable` while a refund may still avert a dispute."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="fraud_warnings")
    stripe_id = models.CharField(max_length=255, unique=True)
    fraud_type = models.CharField(max_length=100, blank=True, default="")
    actionable = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "fraud_warnings"
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"Early fraud warning: {self.fraud_type}"


class StripeEvent(models.Model):
    """One event of Stripe's, written as it came and acted upon later; `event_id` makes a repeat harmless.

    `delivered_at` is when a webhook last brought it, even if polling was first; `payment` is whose settlement it caused.
    """

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=100, blank=True, default="")
    account = models.CharField(max_length=64, blank=True, default="")
    livemode = models.BooleanField(default=False)
    body = models.JSONField()
    source = models.CharField(max_length=10, choices=[("webhook", "webhook"), ("poller", "poller")])
    received_at = models.DateTimeField(db_index=True)
    delivered_at = models.DateTimeField(null=True, blank=True, db_index=True)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="events", null=True, blank=True
    )
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "stripe_events"
        indexes = [models.Index(fields=["handled_at", "next_try_at"], name="event_to_handle")]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class EventCursor(models.Model):
    """The instant up to which Stripe's list of events has been read: one row, whose key is ONLY."""

    ONLY: Final = 1
    read_to = models.DateTimeField()

    def __str__(self) -> str:
        return f"read to {self.read_to:%Y-%m-%d %H:%M:%S} UTC"
