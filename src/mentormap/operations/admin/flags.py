"""Flags: what waits for an operator, for how long, and what to do about it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from mentormap.bookings.models import NoShowReport
from mentormap.lib import clock
from mentormap.operations.admin.base import Table, confirmed, given_reason, link, operator, page_of
from mentormap.operations.admin.payments import ask_stripe_about
from mentormap.operations.admin.site import site
from mentormap.operations.health.ages import in_words
from mentormap.payments import flags
from mentormap.payments.models import Flag, Payment


class OpenFilter(admin.SimpleListFilter):
    """Open ones unless asked for others."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("resolved", "resolved"), ("all", "all")]

    def choices(self, changelist: ChangeList) -> Any:
        for value, title in (("", "open"), *self.lookup_choices):
            yield {
                "selected": (self.value() or "") == value,
                "query_string": changelist.get_query_string(
                    {self.parameter_name: value} if value else {}, [self.parameter_name]
                ),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:  # noqa: ARG002
        if self.value() == "all":
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() != "resolved")


@admin.register(Flag, site=site)
class FlagTable(Table):
    list_display = ("name", "payment_link", "student", "waits", "found")
    list_filter = (OpenFilter, "name")
    list_select_related = ("payment__session__student", "resolved_by")
    search_fields = (
        "=payment__id",
        "=payment__payment_intent_id",
        "payment__session__student__email",
        "=stripe_id",
        "note",
    )
    search_help_text = gettext_lazy(
        "Payment's number, PaymentIntent, the student's email, or words of the note"
    )
    ordering = ("raised_at",)
    actions = ("resolve", "settle_again")
    readonly_fields = ("payment_link", "student", "what_to_do", "waits")
    fields = (
        "name",
        "payment_link",
        "student",
        "note",
        "what_to_do",
        "waits",
        "raised_at",
        "resolved_at",
        "resolved_by",
        "resolution",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        found: QuerySet[Flag] = super().get_queryset(request).select_related(*self.list_select_related)
        return found

    def actions_of(self, row: Flag) -> tuple[str, ...]:
        """None for what is resolved, or is resolved by a decision that is made on another page."""
        if row.resolved_at or row.is_decided_elsewhere:
            return ()
        return self.actions if row.payment_id else ("resolve",)

    def beside(self, request: HttpRequest, row: Flag) -> dict[str, Any]:  # noqa: ARG002
        """The way to the report that a contested no-show is about."""
        if row.name != Flag.Name.NO_SHOW:
            return {}
        report = NoShowReport.objects.filter(session__payment=row.payment_id).first()
        return {"links": [(gettext("Open the no-show report"), page_of(report))]} if report else {}

    @admin.display(description=gettext_lazy("payment"), ordering="payment_id")
    def payment_link(self, flag: Flag) -> str:
        if flag.payment is None:
            return flag.subject
        return link(flag.payment, f"Payment {flag.payment_id}, {flag.payment}")

    @admin.display
    def student(self, flag: Flag) -> str:
        if flag.payment is None:
            return ""
        person = flag.payment.session.student
        return f"{person} <{person.email}>"

    @admin.display(ordering="raised_at")
    def waits(self, flag: Flag) -> str:
        """How long it waits, or how long it took."""
        if flag.resolved_at:
            return gettext("resolved after %(in_words)s") % {
                "in_words": in_words(flag.resolved_at - flag.raised_at)
            }
        return f"for {in_words(clock.now() - flag.raised_at)}"

    @admin.display(description=gettext_lazy("finding"), ordering="note")
    def found(self, flag: Flag) -> SafeString:
        return format_html("<div><p>{}</p><p>{}</p></div>", flag.note, flag.what_to_do)

    @admin.display(description=gettext_lazy("what to do"))
    def what_to_do(self, flag: Flag) -> str:
        return flag.what_to_do

    @admin.action(description=gettext_lazy("Resolve"))
    @confirmed(
        "Resolve {count} {things}?",
        reason=gettext_lazy("What was done? It is kept with the flag, your name and the time."),
    )
    def resolve(self, request: HttpRequest, rows: QuerySet[Flag]) -> None:
        by, resolution, now = operator(request), given_reason(request), clock.now()
        for flag in rows:
            name = f"{flag} of {flag.subject}"
            if flag.is_decided_elsewhere:
                self.message_user(request, f"{name}: {flag.what_to_do}", messages.WARNING)
            elif flags.resolve(flag, by=by, resolution=resolution, now=now):
                self.message_user(
                    request, gettext("%(name)s is resolved.") % {"name": name}, messages.SUCCESS
                )
            else:
                self.message_user(
                    request, gettext("%(name)s was resolved before.") % {"name": name}, messages.WARNING
                )

    @admin.action(description=gettext_lazy("Ask Stripe again"))
    def settle_again(self, request: HttpRequest, rows: QuerySet[Flag]) -> None:
        """Settles the payments again: flags that no longer apply are cleared."""
        ask_stripe_about(self, request, Payment.objects.filter(flags__in=rows).distinct())
