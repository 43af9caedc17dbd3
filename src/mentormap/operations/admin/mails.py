"""Deliveries: sent and waiting ones, why they wait, and sending again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from mentormap.lib import clock
from mentormap.notifications import outbox
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import NoticeKind, Subject
from mentormap.operations.admin.base import Table, confirmed
from mentormap.operations.admin.site import site


@admin.register(Delivery, site=site)
class DeliveryTable(Table):
    list_display = (
        "id",
        "occasion",
        "person",
        "channel",
        "state",
        "due_at",
        "sent_at",
        "tries",
        "last_error",
    )
    list_filter = ("state", "notice__occasion", "channel")
    list_select_related = ("notice__person",)
    search_fields = ("=id", "notice__person__email", "notice__person__name", "=notice__reference")
    search_help_text = gettext_lazy("Number, name or email of the person, number of the session")
    ordering = ("-due_at",)
    actions = ("send_again",)
    readonly_fields = ("occasion", "person", "session")
    fields = (
        *readonly_fields,
        "channel",
        "state",
        "due_at",
        "sent_at",
        "tries",
        "lease_until",
        "last_error",
    )

    def actions_of(self, row: Delivery) -> tuple[str, ...]:
        return () if row.state == Delivery.State.WAITING else self.actions

    @admin.display(ordering="notice__occasion")
    def occasion(self, delivery: Delivery) -> str:
        return NoticeKind(delivery.notice.occasion).label

    @admin.display(ordering="notice__person__name")
    def person(self, delivery: Delivery) -> str:
        person = delivery.notice.person
        return f"{person} <{person.email}>" if person else "somebody without an account"

    @admin.display(description=gettext_lazy("session's number"))
    def session(self, delivery: Delivery) -> int | None:
        return delivery.notice.number_of(Subject.SESSION)

    @admin.action(description=gettext_lazy("Send again"))
    @confirmed(gettext_lazy("Send {count} {things} again, as things are now?"))
    def send_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        """The worker sends within seconds; what is no longer so is dropped."""
        for delivery in rows:
            if outbox.resend(delivery, now=clock.now()):
                self.message_user(
                    request, gettext("%(delivery)s is due again.") % {"delivery": delivery}, messages.SUCCESS
                )
            else:
                self.message_user(
                    request,
                    gettext("%(delivery)s still waits for its time.") % {"delivery": delivery},
                    messages.WARNING,
                )
