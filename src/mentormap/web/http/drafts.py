"""A booking form that was filled in before logging in: kept in the login session, so that it is there again afterwards."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest

from mentormap.web.forms.booking import WRITTEN

KEPT: Final = "booking_draft"
FIELDS: Final = ("title", "description", "starts_at", "duration_minutes")
LIFE: Final = timedelta(days=2)
"""How long a visitor's draft is kept; people who log in keep theirs as long as their login."""


def keep_draft(request: HttpRequest, mentor_id: int, cleaned: Mapping[str, Any]) -> None:
    """Keeps one draft, the latest. `cleaned` comes from a valid form, so its length is limited."""
    fields = {name: _as_form_value(cleaned[name]) for name in FIELDS}
    request.session[KEPT] = {"mentor_id": mentor_id, "fields": fields}
    if not request.user.is_authenticated:
        request.session.set_expiry(int(LIFE.total_seconds()))


def keep_with_login(request: HttpRequest) -> None:
    """Restores the usual length of the login after a visitor with a draft has logged in."""
    if KEPT in request.session:
        request.session.set_expiry(None)


def draft_for(request: HttpRequest, mentor_id: int) -> dict[str, str]:
    """Returns the stored input for this mentor, if any."""
    draft = request.session.get(KEPT) or {}
    return dict(draft["fields"]) if draft.get("mentor_id") == mentor_id else {}


def mentor_of_draft(request: HttpRequest) -> int | None:
    """The number of the mentor whose form waits to be sent, if one does."""
    draft = request.session.get(KEPT) or {}
    return draft.get("mentor_id")


def forget_draft(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def _as_form_value(value: object) -> str:
    """Returns the draft as the form accepts it."""
    return value.strftime(WRITTEN) if isinstance(value, datetime) else str(value)
