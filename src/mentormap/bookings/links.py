"""Addresses of pages that mails, invites and Stripe need; floors below the faces know them as documented paths alone."""

from uuid import UUID

from django.conf import settings
from django.core import signing

from mentormap.bookings.models import Room, Session
from mentormap.meetings.jitsi import room_url

_BACK_SALT = "mentormap.checkout.back"


def session_path(session: Session) -> str:
    return f"/sessions/{session.pk}"


def session_url(session: Session) -> str:
    """For mails and invites: on PUBLIC_URL, whatever host a request came by."""
    return f"{settings.PUBLIC_URL}{session_path(session)}"


def feed_url(secret: str) -> str:
    """A person's own calendar; who has the address reads it."""
    return f"{settings.PUBLIC_URL}/feeds/{secret}.ics"


def success_url(origin: str) -> str:
    """Stripe fills in the checkout's id (https://docs.stripe.com/payments/checkout/custom-success-page)."""
    return f"{origin}/sessions/success?checkout={{CHECKOUT_SESSION_ID}}"


def back_url(origin: str, uid: UUID) -> str:
    """Where the payment page's way back leads: opens this one hold without a login, and nothing else."""
    return f"{origin}/checkout/back/{signing.Signer(salt=_BACK_SALT).sign(uid.hex)}"


def read_back_token(token: str) -> UUID | None:
    """The session's uid, or None for a token that we did not sign."""
    try:
        return UUID(signing.Signer(salt=_BACK_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def meeting_link(session: Session) -> str:
    """The session's video room; show and send it from 15 minutes before the start, not earlier.

    The mentor's own or the one that a service made, else a Jitsi room.
    """
    room: Room | None = getattr(session, "room", None)
    if room is not None and room.state == Room.State.MADE:
        return room.url
    return jitsi_url(session)


def jitsi_url(session: Session) -> str:
    """A room that needs nobody to make it."""
    return room_url(settings.JITSI_URL, settings.SECRET_KEY.encode(), str(session.uid))
