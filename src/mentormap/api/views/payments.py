"""Booking by hosted checkout, and Stripe's webhook."""

from typing import Annotated, Final

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from ninja import Header, Router, Status

from mentormap.api.auth import ApiRequest, BearerToken
from mentormap.api.instants import read_instant
from mentormap.api.problems import ApiProblem
from mentormap.api.schemas import Booking, Checkout, Received, refusals
from mentormap.bookings import checkout
from mentormap.bookings.booking_request import BookingRequest, MentorNotBookable
from mentormap.lib import clock
from mentormap.lib.view_limits import takes_bytes
from mentormap.mentors.models import Mentor
from mentormap.payments import inbox
from mentormap.payments.inbox import BadSignature

router = Router(tags=["Payments"])
WEBHOOK_BYTES: Final = 1024 * 1024

IdempotencyKey = Annotated[
    str | None,
    Header(
        None,
        alias="Idempotency-Key",
        max_length=255,
        description="The same key with the same booking gets the same session for 24 hours, as it is by then; with another booking, "
        "a 422. To book again after the hold has ended, send a new key.",
    ),
]


@router.post(
    "/create-checkout-session",
    auth=BearerToken(),
    response={201: Checkout, **refusals(400, 401, 403, 409, 411, 413, 415, 422, 429, 503)},
    summary="Hold a time and open its checkout",
)
def create_checkout_session(
    request: ApiRequest,
    response: HttpResponse,
    booking: Booking,
    idempotency_key: IdempotencyKey,
) -> Status[Checkout]:
    """Send the student to `checkout_url`: the time is held until `expires_at`.

    Only the answer to a repeated `Idempotency-Key` can come without a `checkout_url`: the hold has ended, or it is paid or being paid.
    """
    mentor = _mentor(booking)
    zone = request.auth.user.time_zone or mentor.time_zone
    asked = BookingRequest(
        student=request.auth.user,
        mentor=mentor,
        title=booking.title,
        description=booking.description,
        starts_at=read_instant(booking.scheduled_at, field="scheduled_at", zone=zone),
        duration_minutes=booking.duration_minutes,
        key=idempotency_key or "",
        address=get_adapter().get_client_ip(request),
    )
    now = clock.now()
    session = checkout.book_or_wait(asked, origin=f"{request.scheme}://{request.get_host()}", now=now)
    response["Location"] = f"/api/sessions/{session.pk}"
    return Status(201, Checkout.of(session, now=now))


def _mentor(booking: Booking) -> Mentor:
    """Listed or not: a key that has made its hold is answered with it all the same."""
    found = Mentor.objects.select_related("user", "booking_rules").filter(pk=booking.mentor_id).first()
    if found is None:
        raise MentorNotBookable
    return found


@router.post(
    "/webhook",
    response={200: Received, **refusals(400, 411, 413)},
    summary="Stripe's webhook",
    openapi_extra={
        "parameters": [
            {"in": "header", "name": "Stripe-Signature", "required": True, "schema": {"type": "string"}}
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    },
)
@takes_bytes(WEBHOOK_BYTES)
def webhook(request: HttpRequest) -> Received:
    """Keeps a signed event of up to 1 MB and answers at once; what it means is looked up later."""
    try:
        inbox.receive(request.body, request.headers.get("Stripe-Signature", ""), now=clock.now())
    except BadSignature:
        raise ApiProblem(
            400,
            "bad-signature",
            "This is not an event that Stripe signed for this site within the last five minutes.",
        ) from None
    return Received()
