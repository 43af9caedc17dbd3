"""The base of all tables of the admin: read and searched freely, changed by confirmed actions only."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline

from mentormap.accounts.models import User
from mentormap.bookings.errors import Refused
from mentormap.lib.languages import Text

T = TypeVar("T", bound=Model)
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


class ReadOnly:
    """Operators see; there is nothing to add, change or delete by hand."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


class Table(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold's stubs and Django's differ
    """A list and a page a row; the page has a button for each of the list's actions."""

    list_per_page = 30
    show_full_result_count = False
    show_facets = ModelAdmin.show_facets.NEVER
    change_list_template = "operations/list.html"
    change_form_template = "operations/row.html"
    change_form_outer_before_template = "operations/actions.html"  # type: ignore[assignment]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A filter with a NUL is none, as PostgreSQL would not look for it. Raises IncorrectLookupParameters."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise IncorrectLookupParameters
        return super().get_changelist_instance(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        actions = [(name, action[2]) for name, action in self.get_actions(request).items() if action]
        context = {**(extra_context or {}), "row_actions": actions, "list_url": self._list_url()}
        return super().change_view(request, object_id, form_url, context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """unfold asks five times for each field that it shows: what costs queries goes beside them, and is asked once."""
        beside = self.beside(request, obj) if obj is not None else {}
        if obj is not None:
            offered = self.actions_of(obj)
            context["row_actions"] = [
                (name, words) for name, words in context["row_actions"] if name in offered
            ]
        page: HttpResponse = super().render_change_form(
            request, {**context, **beside}, add=add, change=change, form_url=form_url, obj=obj
        )
        return page

    def actions_of(self, row: Any) -> Collection[str]:  # noqa: ARG002
        """The actions that would change something in this row."""
        return tuple(str(action) for action in self.actions or ())

    def beside(self, request: HttpRequest, row: Any) -> dict[str, Any]:  # noqa: ARG002
        """Returns what a row's page shows beside its fields, for the template."""
        return {}

    def _list_url(self) -> str:
        meta = self.opts
        return reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_changelist")


class Rows(ReadOnly, TabularInline):  # type: ignore[misc] # unfold's stubs and Django's differ
    """Rows of another table on an object's page."""

    extra = 0
    can_delete = False
    show_change_link = False


def is_operator(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


def operator(request: HttpRequest) -> User:
    """The person who clicked, for the history."""
    if not isinstance(request.user, User):
        raise TypeError("The admin let a visitor in.")
    return request.user


def confirmed(question: Text, *, reason: Text = "") -> Callable[[Action], Action]:
    """Asks before the action runs. `question` may hold {count} and {things}; with a label for it, a reason is asked too."""

    def decorate(action: Action) -> Action:
        @wraps(action)
        def asked(table: Table, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            is_confirmed = request.POST.get("confirmed") == "yes"
            if is_confirmed and (not reason or given_reason(request)):
                _log(request, rows, getattr(asked, "short_description", action.__name__))
                return action(table, request, rows)
            meta, count = table.opts, rows.count()
            things = meta.verbose_name if count == 1 else meta.verbose_name_plural
            context = {
                **table.admin_site.each_context(request),
                "title": str(question).format(count=count, things=things),
                "opts": meta,
                "rows": rows,
                "action_name": action.__name__,
                "reason": reason,
                "lacks_reason": is_confirmed,
                "checkbox": helpers.ACTION_CHECKBOX_NAME,
                "list_url": request.get_full_path(),
            }
            return TemplateResponse(request, "operations/confirm.html", context)

        return asked

    return decorate


def _log(request: HttpRequest, rows: QuerySet[Any], what: str) -> None:
    """Logs, before it is done, who confirmed which action on which rows, and why."""
    if reason := given_reason(request):
        what = f"{what}: {reason}"
    LogEntry.objects.log_actions(operator(request).pk, rows, CHANGE, change_message=what)


def given_reason(request: HttpRequest) -> str:
    """Returns the operator's reason from the confirmation page; at most 200 characters."""
    return request.POST.get("reason", "").strip()[:200]


def act_on_each(
    table: Table, request: HttpRequest, rows: QuerySet[T], act: Callable[[T], object], *, done: str
) -> None:
    """Acts on one row after another; a refusal is shown and does not hold up the others. `done` may hold {row}."""
    for row in rows:
        try:
            act(row)
        except Refused as refusal:
            table.message_user(request, f"{row}: {refusal.sentence}", messages.ERROR)
        else:
            table.message_user(request, done.format(row=row), messages.SUCCESS)


def link(row: Model | None, text: str = "") -> str:
    """To another row's page; a dash for none."""
    if row is None:
        return "–"
    return format_html(
        '<a class="text-primary-600 dark:text-primary-300" href="{}">{}</a>', page_of(row), text or str(row)
    )


def page_of(row: Model) -> str:
    """The address of a row's own page."""
    meta = row._meta  # noqa: SLF001 - Django's documented Meta API
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
