"""A payment's page: what stands, what waits for the operator, and everything that happened, in order of time."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy

from mentormap.bookings import operator_refunds
from mentormap.lib import clock
from mentormap.lib.money import Money, format_money
from mentormap.operations.admin.base import Table, link, operator
from mentormap.operations.admin.refund_page import refund_page
from mentormap.operations.admin.site import site
from mentormap.operations.admin.timeline import timeline
from mentormap.payments import refunds
from mentormap.payments.gateway import GatewayError
from mentormap.payments.models import Flag, Payment


class FlagFilter(admin.SimpleListFilter):
    title = "flag"
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("yes", "waits for an operator")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:  # noqa: ARG002
        return queryset.filter(pk__in=Flag.objects.open().values("payment")) if self.value() else queryset


@admin.register(Payment, site=site)
class PaymentTable(Table):
    change_form_outer_before_template = "operations/payment.html"
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
    search_help_text = gettext_lazy(
        "Number, Checkout Session, PaymentIntent, charge, reference or the student's email"
    )
    ordering = ("-created_at",)
    actions = ("ask_stripe",)
    readonly_fields = ("session_link", "student", "price", "captured_money", "refunded_money", "owed_money")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "session_link",
                    "student",
                    "price",
                    "captured_money",
                    "refunded_money",
                    "owed_money",
                )
            },
        ),
        (
            gettext_lazy("At Stripe"),
            {"fields": ("state", "source", "checkout_id", "payment_intent_id", "charge_id", "reference")},
        ),
        (
            gettext_lazy("Times, in UTC"),
            {"fields": ("created_at", "expires_at", "begun_at", "paid_at", "checked_at")},
        ),
        (
            gettext_lazy("For repairs"),
            {
                "classes": ("collapse",),
                "fields": (
                    "account",
                    "livemode",
                    "refund_on_arrival",
                    "idempotency_key",
                    "checkout_request",
                    "version",
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        found: QuerySet[Payment] = super().get_queryset(request)
        return found.select_related("session__student", "session__mentor__user").prefetch_related("flags")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.refund)
        return [path("<int:number>/refund/", page, name="payments_payment_refund"), *super().get_urls()]

    def refund(self, request: HttpRequest, number: int) -> HttpResponse:
        return refund_page(self, request, number)

    def actions_of(self, row: Payment) -> tuple[str, ...]:
        """Stripe knows nothing of what was paid elsewhere."""
        return () if row.source == Payment.Source.RECORDED else self.actions

    def beside(self, request: HttpRequest, row: Payment) -> dict[str, Any]:
        return {
            "timeline": timeline(row.session, zone=operator(request).time_zone, now=clock.now()),
            "flags": [flag for flag in row.flags.all() if flag.resolved_at is None],
            "links": self._links(row),
        }

    def _links(self, payment: Payment) -> list[tuple[str, str]]:
        """The page that gives money back, while there is any."""
        page = reverse(f"{self.admin_site.name}:payments_payment_refund", args=[payment.pk])
        return [(gettext("Give money back…"), page)] if refunds.left_to_give(payment) else []

    @admin.display(description=gettext_lazy("session"))
    def session_link(self, payment: Payment) -> str:
        return link(payment.session)

    @admin.display
    def student(self, payment: Payment) -> str:
        person = payment.session.student
        return link(person, f"{person} <{person.email}>")

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def price(self, payment: Payment) -> str:
        return _format(payment.amount)

    @admin.display(description=gettext_lazy("captured"), ordering="captured_minor")
    def captured_money(self, payment: Payment) -> str:
        return _format(payment.captured)

    @admin.display(description=gettext_lazy("refunded"), ordering="refunded_minor")
    def refunded_money(self, payment: Payment) -> str:
        return _format(payment.refunded)

    @admin.display(description=gettext_lazy("decided to give back"))
    def owed_money(self, payment: Payment) -> str:
        return _format(Money(payment.owed_minor, payment.currency))

    @admin.display(description=gettext_lazy("flags"))
    def open_flags(self, payment: Payment) -> str:
        return ", ".join(str(flag) for flag in payment.flags.all() if flag.resolved_at is None)

    @admin.action(description=gettext_lazy("Ask Stripe what became of it"))
    def ask_stripe(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        """Settlement, as an event would do it."""
        ask_stripe_about(self, request, rows)


def ask_stripe_about(table: Table, request: HttpRequest, payments: QuerySet[Payment]) -> None:
    """Settles each again and shows the result."""
    for payment in payments:
        try:
            operator_refunds.ask_stripe(payment, by=operator(request), now=clock.now())
        except GatewayError as error:
            table.message_user(request, f"{payment}: {error}", messages.ERROR)
        else:
            table.message_user(
                request, gettext("%(payment)s agrees with Stripe.") % {"payment": payment}, messages.SUCCESS
            )


def _format(money: Money) -> str:
    return format_money(money, locale="en")
