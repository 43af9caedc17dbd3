"""A session as a calendar knows it: the file to download, and the invites that mails carry."""

from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext, ngettext

from mentormap.accounts.models import User
from mentormap.bookings.links import session_url
from mentormap.bookings.models import Session, SessionStatus
from mentormap.calendars import invite
from mentormap.calendars.meeting import Attendee, Meeting
from mentormap.lib.money import NO_BREAK_SPACE, format_money


def meeting_of(session: Session, *, reader: User | None = None) -> Meeting:
    """Plain values; the UID is the session's for life, wherever the site moves (a UUID alone: RFC 7986 section 5.3), and the
    place is its page, where the video link appears.

    The reader alone is invited: student and mentor do not learn each other's address.
    """
    return Meeting(
        uid=str(session.uid),
        sequence=session.sequence,
        title=session.title,
        description=_description(session),
        starts_at=session.scheduled_at,
        ends_at=session.ends_at,
        url=session_url(session),
        organizer=_sender(),
        attendees=(Attendee(name=reader.name, email=reader.email),) if reader else (),
        created_at=session.created_at,
        changed_at=_changed_at(session),
        cancelled=session.status == SessionStatus.CANCELLED,
    )


def download(session: Session, now: datetime) -> bytes:
    """The file behind "Download Calendar Invite": METHOD:PUBLISH, with a reminder 15 minutes before."""
    return invite.download(meeting_of(session), now)


def request(session: Session, reader: User, now: datetime) -> bytes:
    """METHOD:REQUEST, for the mail that tells of a booking. Raises CancelledMeeting."""
    return invite.request(meeting_of(session, reader=reader), now)


def cancel(session: Session, reader: User, now: datetime) -> bytes:
    """METHOD:CANCEL, for the mail that tells of a cancellation."""
    return invite.cancel(meeting_of(session, reader=reader), now)


def _description(session: Session) -> str:
    minutes = session.duration_minutes
    price = format_money(session.money, locale="en").replace(NO_BREAK_SPACE, " ")
    link = session_url(session)
    facts = [
        gettext("Mentor: %(name)s") % {"name": session.mentor.name},
        gettext("Student: %(name)s") % {"name": session.student.name},
        ngettext("Duration: %(minutes)s minute", "Duration: %(minutes)s minutes", minutes)
        % {"minutes": minutes},
        gettext("Price: %(price)s") % {"price": price},
        gettext("The video link appears 15 minutes before the start on %(link)s") % {"link": link},
    ]
    return "\n\n".join(part for part in (session.description, "\n".join(facts)) if part)


def _sender() -> Attendee:
    """The organizer must be who the mail comes from, or Gmail shows no buttons."""
    name, email = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return Attendee(name=name, email=email)


def _changed_at(session: Session) -> datetime:
    return max((row.at for row in session.history.all()), default=session.created_at)
