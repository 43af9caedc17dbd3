"""A booking form that was filled in before logging in: kept in the login session, so that it is there again afterwards."""

from collections.abc import Mapping

from django.http import HttpRequest

KEPT = "booking_draft"
FIELDS = ("title", "description", "starts_at", "duration_minutes")


def keep_draft(request: HttpRequest, mentor_id: int, values: Mapping[str, str]) -> None:
    """One draft at a time: the last one."""
    fields = {name: values.get(name, "") for name in FIELDS}
    request.session[KEPT] = {"mentor_id": mentor_id, "fields": fields}


def draft_for(request: HttpRequest, mentor_id: int) -> dict[str, str]:
    """What was filled in for this mentor, if anything."""
    draft = request.session.get(KEPT) or {}
    return dict(draft["fields"]) if draft.get("mentor_id") == mentor_id else {}


def mentor_of_draft(request: HttpRequest) -> int | None:
    """The number of the mentor whose form waits to be sent, if one does."""
    draft = request.session.get(KEPT) or {}
    return draft.get("mentor_id")


def forget_draft(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)
