"""Booked sessions, for their student and their mentor; anybody else's are 404."""

from typing import Annotated, Final, Literal

from django.http import HttpResponse
from ninja import Query, Router, Status

from mentormap.api.auth import ApiRequest, BearerToken
from mentormap.api.instants import read_instant
from mentormap.api.pages import Cursor, Limit, page_of
from mentormap.api.problems import ApiProblem
from mentormap.api.schemas import NewTime, NoShow, NoShowText, Notes, Session, refusals
from mentormap.bookings import cancellation, models, no_shows
from mentormap.bookings import reschedule as rescheduling
from mentormap.bookings.notices import invites
from mentormap.lib import clock

router = Router(tags=["Sessions"], auth=BearerToken())
NEWEST: Final = ("-created_at", "-id")

OfStatus = Annotated[
    Literal["scheduled", "completed", "cancelled"] | None,
    Query(None, description="Released holds are listed with `cancelled` alone."),
]


@router.get("/", response={200: list[Session], **refusals(401, 422)}, summary="List your sessions")
def list_sessions(
    request: ApiRequest, response: HttpResponse, status: OfStatus, limit: Limit, cursor: Cursor
) -> list[Session]:
    """Newest created first, where you are student or mentor."""
    visible = _visible(request)
    chosen = visible.filter(status=status) if status else visible.not_released()
    page = page_of(chosen, NEWEST, request=request, response=response, limit=limit, cursor=cursor)
    return [Session.of(session) for session in page]


@router.get("/latest", response={200: Session, **refusals(401, 404)}, summary="Read what you booked last")
def latest(request: ApiRequest) -> Session:
    """The session that you created last; released holds do not count."""
    booked = _visible(request).filter(student=request.auth.user).not_released()
    session = booked.order_by(*NEWEST).first()
    if session is None:
        raise ApiProblem(404, "not-found", "You have not booked a session yet.")
    return Session.of(session)


@router.get("/{int:session_id}", response={200: Session, **refusals(401, 404)}, summary="Read a session")
def read_session(request: ApiRequest, session_id: int) -> Session:
    return Session.of(_own_session(request, session_id))


@router.patch(
    "/{int:session_id}",
    response={200: Session, **refusals(400, 401, 404, 411, 413, 415, 422)},
    summary="Write the notes of a session",
)
def write_notes(request: ApiRequest, session_id: int, changes: Notes) -> Session:
    """Student and mentor share the notes."""
    session = _own_session(request, session_id)
    session.write_notes(changes.notes)
    return Session.of(session)


@router.put(
    "/{int:session_id}/reschedule",
    response={200: Session, **refusals(400, 401, 404, 409, 411, 413, 415, 422)},
    summary="Move a session to another time",
)
def reschedule(request: ApiRequest, session_id: int, new_time: NewTime) -> Session:
    """Moves a paid session that is still ahead to another open time; there is nothing to pay.

    Student and mentor may, until the hours before the present start that the policy at purchase says. The deadlines of the refund
    go on counting from the earliest start that the session ever had. To the time that it has already it comes back unchanged.
    """
    session = _own_session(request, session_id)
    zone = request.auth.user.time_zone or session.mentor.time_zone
    starts_at = read_instant(new_time.scheduled_at, field="scheduled_at", zone=zone)
    moved = rescheduling.reschedule(session, actor=request.auth.user, starts_at=starts_at, now=clock.now())
    return Session.of(moved)


@router.put(
    "/{int:session_id}/cancel",
    response={200: Session, **refusals(401, 404, 409, 503)},
    summary="Cancel a session",
)
def cancel(request: ApiRequest, session_id: int) -> Session:
    """Refunds by the policy that stood at purchase; a hold is released, a cancelled session comes back unchanged."""
    session = _own_session(request, session_id)
    return Session.of(cancellation.cancel(session, actor=request.auth.user, now=clock.now()))


@router.post(
    "/{int:session_id}/no-show",
    response={201: NoShow, **refusals(400, 401, 404, 409, 411, 413, 415, 422)},
    summary="Report that the other did not come",
)
def report_no_show(request: ApiRequest, session_id: int, what: NoShowText | None = None) -> Status[NoShow]:
    """From 10 minutes after the start of a paid session, and for 72 hours after it. Time for which the other's report stood, before
    it was withdrawn, does not count.

    The other is notified. If they say nothing for 72 hours, your report stands: the student's brings everything back, the mentor's
    leaves the session completed. If both report, the second contests the first, and an operator decides. The same again changes
    nothing. Each of the two can report three times, withdrawn reports included.
    """
    session = _own_session(request, session_id)
    text = what.text if what else ""
    report = no_shows.report(session, actor=request.auth.user, text=text, now=clock.now())
    return Status(201, NoShow.of(report))


@router.get(
    "/{int:session_id}/no-show",
    response={200: NoShow, **refusals(401, 404)},
    summary="Read a no-show report",
)
def read_no_show(request: ApiRequest, session_id: int) -> NoShow:
    report = no_shows.report_of(_own_session(request, session_id))
    if report is None:
        raise ApiProblem(404, "not-found", "Nobody has reported that somebody did not come to this session.")
    return NoShow.of(report)


@router.delete(
    "/{int:session_id}/no-show",
    response={200: NoShow, **refusals(401, 404, 409)},
    summary="Withdraw a no-show report",
)
def withdraw_no_show(request: ApiRequest, session_id: int) -> NoShow:
    """Withdraws your own report, until it is contested or decided. The other person is notified, and has as much time left to report
    as when you made the report. Repeating it changes nothing.

    Once it is contested, an operator decides.
    """
    session = _own_session(request, session_id)
    return NoShow.of(no_shows.withdraw(session, actor=request.auth.user, now=clock.now()))


@router.get(
    "/{int:session_id}/calendar.ics",
    response={200: None, **refusals(401, 404, 409)},
    summary="Download the calendar invite",
    openapi_extra={
        "responses": {200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
    },
)
def calendar(request: ApiRequest, session_id: int) -> HttpResponse:
    """An iCalendar file with a reminder 15 minutes before; a hold has none yet."""
    session = _own_session(request, session_id)
    if not session.was_paid:
        raise ApiProblem(
            409, "not-paid", "This session is not paid, so it has no calendar invite. Pay for it first."
        )
    return HttpResponse(
        invites.download(session, clock.now()),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="mentormap-session-{session.pk}.ics"'},
    )


def _visible(request: ApiRequest) -> models.SessionQuerySet:
    return models.Session.objects.visible_to(request.auth.user).with_people()


def _own_session(request: ApiRequest, session_id: int) -> models.Session:
    session = _visible(request).filter(pk=session_id).first()
    if session is None:
        raise ApiProblem(404, "not-found", "You have no session with this number.")
    return session
