"""Maps refusals to problem documents, and pydantic's findings to sentences that say how to fix them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from mentormap.api.instants import WHEN_PATTERN, WHEN_REMEDY, to_z
from mentormap.api.problems import ApiProblem, InvalidField, of_status
from mentormap.bookings.checkout import AlreadyPaid
from mentormap.bookings.errors import PaymentsUnavailable, RefusalKind, Refused
from mentormap.bookings.limits import HoldsPaused
from mentormap.bookings.slots.finder import SlotRefused
from mentormap.payments.gateway import StripeUnavailable

NO_NUL_PATTERN: Final = r"^[^\x00]*$"
STATUSES: Final[Mapping[RefusalKind, int]] = {
    RefusalKind.INVALID: 422,
    RefusalKind.FORBIDDEN: 403,
    RefusalKind.CONFLICT: 409,
    RefusalKind.LIMIT: 429,
    RefusalKind.UNAVAILABLE: 503,
}
RETRY_SECONDS: Final = 60
"""When to try again after payments were out of reach."""


def install(api: NinjaAPI) -> None:
    """Bugs are left to Django, which logs them; the middleware makes its answer a problem document too."""
    for kind, problem in PROBLEMS.items():
        api.add_exception_handler(kind, _handler(problem))


def _handler(problem: Callable[[Any], ApiProblem]) -> Callable[[HttpRequest, Any], HttpResponse]:
    def answer(_request: HttpRequest, error: Any) -> HttpResponse:
        return problem(error).response()

    return answer


def problem_of(refused: Refused) -> ApiProblem:
    """A rule's no, with its facts."""
    errors = [InvalidField(refused.field, refused.sentence)] if refused.field else []
    wait = refused.retry_after or (RETRY_SECONDS if refused.kind == RefusalKind.UNAVAILABLE else None)
    headers = {"Retry-After": str(wait)} if wait else {}
    return ApiProblem(
        STATUSES[refused.kind],
        refused.code,
        refused.sentence,
        errors=errors,
        headers=headers,
        **_facts(refused),
    )


def _facts(refused: Refused) -> dict[str, Any]:
    if isinstance(refused, SlotRefused) and refused.next_open:
        return {"next_open_slots": [to_z(start) for start in refused.next_open]}
    if isinstance(refused, AlreadyPaid):
        return {"session_id": refused.session_id}
    if isinstance(refused, HoldsPaused):
        return {"paused_until": to_z(refused.ends_at)}
    return {}


def _invalid(error: ValidationError) -> ApiProblem:
    errors = [InvalidField(_field(finding["loc"]), _remedy(finding)) for finding in error.errors]
    fields = ", ".join(error.field for error in errors)
    detail = f"Some fields need mending: {fields}."
    if len(errors) == 1:
        detail = f"{fields}: {errors[0].detail}"
    return ApiProblem(422, "invalid-request", detail, errors=errors)


def _field(loc: Sequence[Any]) -> str:
    """Pydantic's path starts with the source, and for a body with the name of the endpoint's argument."""
    source, *path = (str(part) for part in loc)
    return ".".join(path[1:]) or "body" if source == "body" else path[-1]


def _remedy(finding: Mapping[str, Any]) -> str:
    kind, facts = finding["type"], finding.get("ctx", {})
    if len(finding["loc"]) == 2 and finding["loc"][0] == "body":
        return "Send a JSON object, such as the examples at /api/docs."
    if kind == "value_error":
        return str(facts["error"])
    if kind == "string_pattern_mismatch":
        return PATTERN_REMEDIES[facts["pattern"]]
    return REMEDIES.get(kind, "This is not what this field takes: see its description at /api/docs.").format(
        **facts
    )


PATTERN_REMEDIES: Final = {
    WHEN_PATTERN: WHEN_REMEDY,
    NO_NUL_PATTERN: "Leave out the NUL character.",
}
REMEDIES: Final = {
    "missing": "Send this field; it is missing.",
    "string_type": "Write this as text, in quotes.",
    "string_unicode": "Write this as text of Unicode characters.",
    "string_too_short": "Write at least {min_length} characters.",
    "string_too_long": "Write at most {max_length} characters.",
    "int_type": "Write a whole number without quotes.",
    "int_parsing": "Write a whole number.",
    "int_parsing_size": "Write a smaller whole number.",
    "int_from_float": "Write a whole number.",
    "decimal_type": "Write a number.",
    "decimal_parsing": "Write a number, such as 80 or 79.50.",
    "finite_number": "Write a number, such as 80 or 79.50.",
    "decimal_max_digits": "Write a number of at most {max_digits} digits.",
    "decimal_max_places": "Write at most {decimal_places} decimals.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than_equal": "Write {le} or less.",
    "literal_error": "Write one of these: {expected}.",
    "enum": "Write one of these: {expected}.",
}


def _of_http_error(error: HttpError) -> ApiProblem:
    """Unwraps an error of bodies.py, which ninja wraps."""
    return error.__cause__ if isinstance(error.__cause__, ApiProblem) else of_status(error.status_code)


PROBLEMS: Final[Mapping[type[Exception], Callable[[Any], ApiProblem]]] = {
    ApiProblem: lambda problem: problem,
    Refused: problem_of,
    StripeUnavailable: lambda _: problem_of(PaymentsUnavailable()),
    ValidationError: _invalid,
    HttpError: _of_http_error,
    Http404: lambda _: of_status(404),
}
