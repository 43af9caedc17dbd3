"""Payments, refunds and Stripe's events, as the books have them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from mentormap.bookings.settlement import settle
from mentormap.lib import clock
from mentormap.lib.money import Money, format_money
from mentormap.operations.admin.reading import Rows, Table, confirmed
from mentormap.operations.admin.site import site
from mentormap.payments import refunds
from mentormap.payments.gateway import StripeTrouble
from mentormap.payments.models import Flag, Payment, Refund, StripeEvent


class FlagFilter(admin.SimpleListFilter):
    title = "flag"
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("yes", "waits for an operator")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:  # noqa: ARG002
        return queryset.filter(pk__in=Flag.objects.open().values("payment")) if self.value() else queryset


class FlagRows(Rows):
    model = Flag
    fields = ("name", "note", "what_to_do", "raised_at", "resolved_at", "resolved_by", "resolution")
    readonly_fields = fields


class RefundRows(Rows):
    model = Refund
    fields = ("id", "amount", "state", "is_foreign", "reason", "stripe_id", "failure_reason", "updated_at")
    readonly_fields = fields


@admin.register(Payment, site=site)
class PaymentTable(Table):
    list_display = (
        "id",
        "price",
        "state",
        "captured_money",
        "refunded_money",
        "open_flags",
        "source",
        "created_at",
        "checked_at",
    )
    list_filter = (FlagFilter, "state", "source", "currency", "livemode")
    search_fields = (
        "=id",
        "=checkout_id",
        "=payment_intent_id",
        "=charge_id",
        "=reference",
        "session__student__email",
    )
    search_help_text = "Number, Checkout Session, PaymentIntent, charge, reference or the student's email"
    ordering = ("-created_at",)
    inlines = (FlagRows, RefundRows)
    actions = ("ask_stripe",)
    exclude = ("checkout_url",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).prefetch_related("flags")

    @admin.display(description="amount", ordering="amount_minor")
    def price(self, payment: Payment) -> str:
        return _shown(payment.amount)

    @admin.display(description="captured", ordering="captured_minor")
    def captured_money(self, payment: Payment) -> str:
        return _shown(payment.captured)

    @admin.display(description="refunded", ordering="refunded_minor")
    def refunded_money(self, payment: Payment) -> str:
        return _shown(payment.refunded)

    @admin.display(description="flags")
    def open_flags(self, payment: Payment) -> str:
        return ", ".join(str(flag) for flag in payment.flags.all() if flag.resolved_at is None)

    @admin.action(description="Ask Stripe what became of it")
    def ask_stripe(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        """Settlement, as an event would do it."""
        for payment in rows:
            try:
                settle(payment.pk, now=clock.now())
            except StripeTrouble as trouble:
                self.message_user(request, f"{payment}: {trouble}", messages.ERROR)
            else:
                self.message_user(request, f"{payment} agrees with Stripe.", messages.SUCCESS)


@admin.register(Refund, site=site)
class RefundTable(Table):
    list_display = (
        "id",
        "price",
        "state",
        "payment",
        "reason",
        "attempt",
        "tries",
        "next_try_at",
        "updated_at",
    )
    list_filter = ("state", "is_foreign", "currency")
    list_select_related = ("payment",)
    search_fields = ("=id", "=stripe_id", "=payment__payment_intent_id", "payment__session__student__email")
    search_help_text = "Number, Stripe's id, PaymentIntent or the student's email"
    ordering = ("-created_at",)
    actions = ("try_again",)

    @admin.display(description="amount", ordering="amount_minor")
    def price(self, refund: Refund) -> str:
        return _shown(refund.amount)

    @admin.action(description="Try the refund again")
    @confirmed("Ask Stripe again for {count} failed {things}?")
    def try_again(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        """The worker sends it within seconds."""
        for refund in rows:
            if refunds.retry(refund, now=clock.now()):
                self.message_user(request, f"{refund} is requested anew.", messages.SUCCESS)
            else:
                self.message_user(
                    request, f"{refund} has not failed, so it stays as it is.", messages.WARNING
                )


@admin.register(StripeEvent, site=site)
class StripeEventTable(Table):
    list_display = (
        "event_id",
        "type",
        "source",
        "received_at",
        "handled_at",
        "outcome",
        "tries",
        "last_error",
    )
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "source", "type")
    search_fields = ("=event_id", "=type")
    search_help_text = "Stripe's event id or type"
    ordering = ("-received_at",)


def _shown(money: Money) -> str:
    return format_money(money, locale="en")
