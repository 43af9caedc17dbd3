"""Refunds and Stripe's events, as the books have them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from mentormap.bookings import operator_refunds
from mentormap.bookings.errors import Refused
from mentormap.lib import clock
from mentormap.lib.money import Money, format_money
from mentormap.operations.admin.base import Table, confirmed, operator
from mentormap.operations.admin.site import site
from mentormap.payments.models import Refund, StripeEvent


class FailedFilter(admin.SimpleListFilter):
    """Failed, and somebody still waits for the money."""

    title = "failed"
    parameter_name = "failed"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("yes", "failed and not settled otherwise")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Refund]) -> QuerySet[Refund]:  # noqa: ARG002
        return queryset & Refund.objects.failed() if self.value() else queryset


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
    list_filter = (FailedFilter, "state", "is_foreign", "currency")
    list_select_related = ("payment",)
    search_fields = ("=id", "=stripe_id", "=payment__payment_intent_id", "payment__session__student__email")
    search_help_text = gettext_lazy("Number, Stripe's id, PaymentIntent or the student's email")
    ordering = ("-created_at",)
    actions = ("try_again",)

    def actions_of(self, row: Refund) -> tuple[str, ...]:
        return self.actions if row.has_failed else ()

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def price(self, refund: Refund) -> str:
        return _format(refund.amount)

    @admin.action(description=gettext_lazy("Try the refund again"))
    @confirmed(gettext_lazy("Ask Stripe again for {count} failed {things}?"))
    def try_again(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        """Sent at once; if Stripe is out of reach, a job sends it."""
        for refund in rows:
            try:
                is_again = operator_refunds.retry(refund, by=operator(request), now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{refund}: {refusal.sentence}", messages.ERROR)
                continue
            facts = {"refund": refund}
            if is_again:
                self.message_user(
                    request, gettext("%(refund)s is requested again.") % facts, messages.SUCCESS
                )
            else:
                words = gettext("%(refund)s has not failed, so it stays as it is.") % facts
                self.message_user(request, words, messages.WARNING)


@admin.register(StripeEvent, site=site)
class StripeEventTable(Table):
    list_display = (
        "event_id",
        "type",
        "source",
        "of_payment",
        "received_at",
        "handled_at",
        "outcome",
        "last_error",
    )
    list_filter = (("handled_at", admin.EmptyFieldListFilter), "source", "type")
    search_fields = ("=event_id", "=type")
    search_help_text = gettext_lazy("Stripe's event id or type")
    ordering = ("-received_at",)

    @admin.display(description=gettext_lazy("payment"), ordering="payment_id")
    def of_payment(self, event: StripeEvent) -> int | None:
        return event.payment_id


def _format(money: Money) -> str:
    return format_money(money, locale="en")
