"""Sessions and holds: their cells, their history and their mails, and how to cancel one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext, gettext_lazy

from mentormap.availability import reservations
from mentormap.bookings.cancellation import cancel
from mentormap.bookings.models import Room, Session, SessionHistory, SessionStatus
from mentormap.lib import clock
from mentormap.lib.money import format_money
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import ABOUT_SESSIONS
from mentormap.operations.admin.base import Rows, Table, act_on_each, confirmed, link, operator
from mentormap.operations.admin.site import site


@dataclass(frozen=True)
class Surroundings:
    """Rows of other tables on a session's page; cells are UTC."""

    cells: list[datetime]
    deliveries: list[Delivery]


class HoldFilter(admin.SimpleListFilter):
    """Holds are sessions whose payment is pending; a released hold is what is left of one that was never paid."""

    title = "hold"
    parameter_name = "hold"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("held", "held now"), ("released", "released"), ("no", "no hold")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:  # noqa: ARG002
        if self.value() == "held":
            return queryset & Session.objects.holds()
        if self.value() == "released":
            return queryset & Session.objects.released()
        if self.value() == "no":
            return queryset.exclude(payment_status="pending")
        return queryset


class HistoryRows(Rows):
    model = SessionHistory
    fields = ("at", "actor", "from_status", "from_payment_status", "to_status", "to_payment_status", "why")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SessionHistory]:
        found: QuerySet[SessionHistory] = super().get_queryset(request).select_related("actor")
        return found


class RoomRows(Rows):
    """Where another service makes the room; its address is for the two alone."""

    model = Room
    fields = ("provider", "state", "planned_for", "tries", "next_try_at", "last_error")
    readonly_fields = fields


@admin.register(Session, site=site)
class SessionTable(Table):
    list_display = (
        "id",
        "title",
        "student",
        "mentor",
        "scheduled_at",
        "minutes",
        "status",
        "payment_status",
        "amount",
        "created_at",
    )
    list_display_links = ("id", "title")
    list_filter = (HoldFilter, "status", "payment_status", "currency")
    list_select_related = ("student", "mentor__user")
    search_fields = (
        "=id",
        "title",
        "student__email",
        "student__name",
        "mentor__user__email",
        "mentor__user__name",
        "=stripe_payment_id",
        "=payment__checkout_id",
    )
    search_help_text = gettext_lazy(
        "Number, title, name or email of either party, PaymentIntent or Checkout Session"
    )
    date_hierarchy = "scheduled_at"
    ordering = ("-created_at",)
    inlines = (HistoryRows, RoomRows)
    actions = ("cancel_with_refund",)
    readonly_fields = ("student_link", "mentor_link", "cells", "amount", "payment_link", "mails")
    fieldsets = (
        (None, {"fields": ("title", "description", "student_link", "mentor_link", "notes")}),
        (
            gettext_lazy("Time, in UTC"),
            {"fields": ("scheduled_at", "ends_at", "duration_minutes", "cells", "hold_expires_at")},
        ),
        ("State", {"fields": ("status", "payment_status", "was_paid", "sequence", "uid", "created_at")}),
        ("Money", {"fields": ("amount", "policy", "payment_link", "stripe_payment_id")}),
        ("Mails", {"fields": ("mails",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        found: QuerySet[Session] = (
            super().get_queryset(request).select_related(*self.list_select_related, "payment")
        )
        return found

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Session | None:
        """Reads once what the page needs beside its row: unfold asks five times for act_on_each field that it shows."""
        found: Session | None = super().get_object(request, object_id, from_field)
        if found is not None:
            sent = Delivery.objects.filter(notice__reference=found.pk, notice__occasion__in=ABOUT_SESSIONS)
            around = Surroundings(
                list(reservations.cells_of(found.pk)),
                list(sent.select_related("notice__person").order_by("due_at", "pk")),
            )
            found.surroundings = around  # type: ignore[attr-defined] # for this page alone
        return found

    def actions_of(self, row: Session) -> tuple[str, ...]:
        return self.actions if row.status == SessionStatus.SCHEDULED else ()

    @admin.display(ordering="duration_minutes")
    def minutes(self, session: Session) -> int:
        return session.duration_minutes

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def amount(self, session: Session) -> str:
        return format_money(session.money, locale="en")

    @admin.display(description=gettext_lazy("student"))
    def student_link(self, session: Session) -> str:
        return link(session.student, f"{session.student} <{session.student.email}>")

    @admin.display(description=gettext_lazy("mentor"))
    def mentor_link(self, session: Session) -> str:
        return link(session.mentor)

    @admin.display(description=gettext_lazy("payment"))
    def payment_link(self, session: Session) -> str:
        return link(session.payment)

    @admin.display(description=gettext_lazy("reserved cells"))
    def cells(self, session: Session) -> str:
        """The quarters of an hour that this session keeps from others."""
        cells = _surroundings(session).cells
        if not cells:
            return "none"
        return f"{len(cells)}: " + ", ".join(f"{cell:%Y-%m-%d %H:%M}" for cell in cells)

    @admin.display(description=gettext_lazy("deliveries"))
    def mails(self, session: Session) -> str:
        lines = [
            (link(delivery), delivery.state, f"{delivery.due_at:%Y-%m-%d %H:%M} UTC")
            for delivery in _surroundings(session).deliveries
        ]
        return format_html_join("", "<p>{}: {}, due {}</p>", lines) or "none"

    @admin.action(description=gettext_lazy("Cancel with refund"))
    @confirmed(gettext_lazy("Cancel {count} {things}, give back what was paid, and tell both parties?"))
    def cancel_with_refund(self, request: HttpRequest, rows: QuerySet[Session]) -> None:
        act_on_each(
            self,
            request,
            rows,
            lambda session: cancel(session, actor=operator(request), now=clock.now()),
            done=gettext("{row} is cancelled."),
        )


def _surroundings(session: Session) -> Surroundings:
    found: Surroundings = session.surroundings  # type: ignore[attr-defined] # set by get_object
    return found
