"""Addresses that no mail goes to, and how to let it go there again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from mentormap.notifications import suppressions
from mentormap.notifications.models import Suppression
from mentormap.operations.admin.base import Table, confirmed
from mentormap.operations.admin.site import site


@admin.register(Suppression, site=site)
class SuppressionTable(Table):
    list_display = ("email", "reason", "at", "detail")
    list_filter = ("reason", "at")
    search_fields = ("email", "detail")
    search_help_text = gettext_lazy("Email, or words of the mail server's answer")
    ordering = ("-at",)
    actions = ("lift",)
    fields = ("email", "reason", "at", "detail")

    @admin.action(description=gettext_lazy("Let mail go there again"))
    @confirmed(
        gettext_lazy(
            "Lift {count} {things}? Mail goes there again until the next bounce. "
            "Where your mail service keeps a list of its own, lift it there too."
        )
    )
    def lift(self, request: HttpRequest, rows: QuerySet[Suppression]) -> None:
        for row in rows:
            suppressions.lift(row.email)
            self.message_user(
                request, gettext("Mail goes to %(email)s again.") % {"email": row.email}, messages.SUCCESS
            )
