"""Every refusal is a problem document (RFC 9457): facts for programs, and a sentence for people that says how to fix it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True)
class InvalidField:
    """One input to correct: a field of the body, a parameter of the address, or a header."""

    field: str
    detail: str


class ApiProblem(Exception):
    """A refusal of an endpoint; `errors` name the fields to correct, `more` are members beside RFC 9457's own."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[InvalidField] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.more = list(errors), dict(headers or {}), more
        super().__init__(detail)

    def response(self) -> HttpResponse:
        document = {
            "type": f"{settings.PUBLIC_URL}/api/docs#{self.code}",
            "title": TITLES.get(self.code, HTTPStatus(self.status).phrase),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **({"errors": [asdict(error) for error in self.errors]} if self.errors else {}),
            **self.more,
        }
        response = JsonResponse(document, status=self.status, content_type=MEDIA_TYPE)
        for name, value in self.headers.items():
            response[name] = value
        return response


def field_problem(field: str, detail: str, *, code: str = "invalid-request", status: int = 422) -> ApiProblem:
    """One field is at fault: its sentence is the document's too."""
    return ApiProblem(status, code, detail, errors=[InvalidField(field, detail)])


def unauthorized(code: str, detail: str, *, errors: Sequence[InvalidField] = ()) -> ApiProblem:
    """401, with the challenge that RFC 9110 section 11.6.1 asks for."""
    challenge = 'Bearer realm="mentormap"'
    if code == "invalid-token":
        challenge += ', error="invalid_token"'
    return ApiProblem(401, code, detail, errors=errors, headers={"WWW-Authenticate": challenge})


def too_many(seconds: int, *, why: str = "Too many attempts to log in.") -> ApiProblem:
    return ApiProblem(
        429,
        "too-many-attempts",
        f"{why} Try again in {seconds} seconds.",
        headers={"Retry-After": str(seconds)},
    )


def too_busy(seconds: int) -> ApiProblem:
    return ApiProblem(
        503,
        "service-unavailable",
        f"The server has no room for this request. Send it again in {seconds} seconds.",
        headers={"Retry-After": str(seconds)},
    )


def of_status(status: int, *, headers: Mapping[str, str] | None = None) -> ApiProblem:
    """Builds the problem for a request that reached no endpoint: an unknown path, a wrong method, an incomplete request, a bug."""
    code = CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "-"))
    detail = DETAILS.get(status, f"{HTTPStatus(status).description or code}.")
    return ApiProblem(status, code, detail, headers=headers)


def as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """The same refusal as a problem document, its headers kept."""
    document = of_status(response.status_code).response()
    for name, value in response.items():
        if name.lower() not in {"content-type", "content-length"}:
            document[name] = value
    document.cookies = response.cookies
    return document


def is_problem(response: HttpResponseBase) -> bool:
    return response.get("Content-Type", "").startswith(MEDIA_TYPE)


DETAILS: Final = {
    400: "The request could not be understood. See /api/docs for what to send.",
    403: "This is not allowed.",
    404: "There is nothing at this address. See /api/docs for the addresses that there are.",
    405: "This address does not take this method. The Allow header names those that it takes.",
    408: "The request took too long to arrive. Send it again, all at once.",
    413: "The body is too large. Send less, such as a shorter text.",
    431: "The headers are too long. Send fewer or shorter ones.",
    500: "Something went wrong on our side. Nothing that you sent is at fault.",
    501: "This transfer encoding is not supported. Send the length of the body in the header Content-Length.",
    503: "The database cannot be reached right now. Send the same request again after the seconds in the Retry-After header, with the same Idempotency-Key if it had one.",
}

CODES: Final = {413: "body-too-large"}
"""Statuses with a code other than their phrase."""

TITLES: Final = {
    "account-inactive": "This account is closed",
    "already-paid": "The earlier booking has been paid",
    "ambiguous-time": "This time happens twice",
    "bad-duration": "No such duration",
    "bad-signature": "Not signed by Stripe",
    "body-too-large": "The body is too large",
    "calendar-refused": "This calendar cannot be added",
    "cannot-answer": "This review cannot be answered",
    "cannot-cancel": "This session can no longer be cancelled",
    "cannot-contest": "There is nothing to contest",
    "cannot-withdraw": "The report cannot be withdrawn",
    "cannot-decide": "There is nothing to decide",
    "cannot-move": "This session cannot be moved",
    "cannot-report": "No report can be made of this session",
    "cannot-review": "This session cannot be reviewed",
    "code_required": "A code is needed",
    "day-full": "This day is full",
    "email-not-verified": "The email address is not verified",
    "hold-let-go": "This time was let go",
    "holds-paused": "Too many holds with this mentor were not paid",
    "idempotency-key-reused": "This key was used for another booking",
    "internal-server-error": "Our mistake",
    "invalid-request": "Some fields need mending",
    "invalid-token": "This token is not valid",
    "just-paid": "Paid a moment ago",
    "length-required": "The length of the body is missing",
    "less-comes-back": "A deadline has passed",
    "malformed-json": "The body is not JSON",
    "method-not-allowed": "Wrong method",
    "mfa_required": "A second factor is needed",
    "moved-meanwhile": "This session was just moved",
    "no-token": "No token was sent",
    "nonexistent-time": "This time does not exist",
    "not-found": "Not found",
    "not-implemented": "Not supported",
    "not-paid": "Not paid yet",
    "off-grid": "Sessions do not start at this minute",
    "outside-hours": "Outside the mentor's hours",
    "own-mentor": "You cannot book yourself",
    "past-time": "This time is past",
    "payments-unavailable": "Payments are not available right now",
    "price-out-of-range": "This price cannot be charged",
    "refund-out-of-range": "More than can be given back",
    "refunded-meanwhile": "Given back meanwhile",
    "request-header-fields-too-large": "The headers are too long",
    "request-in-progress": "Still being answered",
    "request-timeout": "The request took too long to arrive",
    "service-unavailable": "Temporarily unavailable",
    "time-taken": "This time is taken",
    "title-missing": "The session needs a title",
    "title-too-long": "The title is too long",
    "too-late-to-move": "It is too late to move this session",
    "too-many-attempts": "Too many attempts",
    "too-many-holds": "Too many unpaid holds",
    "unknown-mentor": "No such mentor",
    "unsupported-media-type": "The body must be JSON",
    "week-full": "This week is full",
    "wrong-credentials": "Wrong email address or password",
}
"""The problem types that there are, by code."""
