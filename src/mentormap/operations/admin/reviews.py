"""Reviews: what students said, and hiding one for a reason."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from mentormap.lib import clock
from mentormap.mentors import reviews
from mentormap.mentors.models import Review
from mentormap.operations.admin.base import Table, act_on_each, confirmed, given_reason, link
from mentormap.operations.admin.site import site


@admin.register(Review, site=site)
class ReviewTable(Table):
    list_display = ("id", "mentor", "student", "stars", "text", "created_at", "answered_at", "hidden_at")
    list_filter = ("stars", ("hidden_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("mentor__user", "student")
    search_fields = ("=session_id", "mentor__user__name", "student__name", "student__email", "text")
    search_help_text = gettext_lazy("Session's number, name, email or words")
    ordering = ("-created_at",)
    actions = ("hide", "unhide")
    readonly_fields = ("of_mentor", "by_student")
    fields = (
        "session_id",
        "of_mentor",
        "by_student",
        "stars",
        "text",
        "created_at",
        "edited_at",
        "answer",
        "answered_at",
        "hidden_at",
        "hidden_reason",
    )

    def actions_of(self, row: Review) -> tuple[str, ...]:
        return ("unhide",) if row.hidden_at else ("hide",)

    @admin.display(description=gettext_lazy("mentor"))
    def of_mentor(self, review: Review) -> str:
        return link(review.mentor)

    @admin.display(description=gettext_lazy("student"))
    def by_student(self, review: Review) -> str:
        return link(review.student)

    @admin.action(description=gettext_lazy("Hide"))
    @confirmed(
        gettext_lazy(
            "Hide {count} {things}? Nobody finds it on the mentor's page, and it no longer counts in the rating."
        ),
        reason=gettext_lazy("Why? Student and mentor read this."),
    )
    def hide(self, request: HttpRequest, rows: QuerySet[Review]) -> None:
        now, reason = clock.now(), given_reason(request)
        act_on_each(
            self,
            request,
            rows,
            lambda review: reviews.hide(review, reason=reason, now=now),
            done=gettext("{row} is hidden."),
        )

    @admin.action(description=gettext_lazy("Show again"))
    @confirmed(gettext_lazy("Show {count} {things} again? It counts in the rating again."))
    def unhide(self, request: HttpRequest, rows: QuerySet[Review]) -> None:
        act_on_each(self, request, rows, reviews.unhide, done=gettext("{row} is shown again."))
