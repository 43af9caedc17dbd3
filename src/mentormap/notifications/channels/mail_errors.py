"""Classifies answers of mail servers and mail services: try this message again, give it up, or stop all mail for now."""

from collections.abc import Mapping
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from typing import Any, Final

from anymail.exceptions import AnymailAPIError, AnymailError

from mentormap.notifications.errors import ChannelDownError, FinalError, RetryableError

CLOSING: Final = 421
"""RFC 5321 section 3.8: the server is about to close the connection."""
TOO_LARGE: Final = 552
_REFUSED: Final = frozenset({400, 409, 413, 415, 422})
"""HTTP: this message cannot be sent as it is. A wrong key (401, 403), a limit (429) and trouble of theirs concern every message."""
_REJECTED: Final = frozenset({"BadRequestException", "InvalidParameterValue"})
"""Amazon SES: the same. MessageRejected is about an unverified sender, which we can correct."""


def judged(error: Exception) -> RetryableError | FinalError:
    """Classifies any error of Django's mail API. Anymail's errors are OSErrors and ValueErrors too, so they are checked first."""
    if isinstance(error, AnymailAPIError):
        return _service(error)
    if isinstance(error, SMTPException):
        return _server(error)
    if isinstance(error, OSError):
        return ChannelDownError(f"The mail server cannot be reached: {error}")
    if isinstance(error, AnymailError | ValueError):  # an address or a header that no server would take
        return FinalError(str(error))
    return RetryableError(f"{type(error).__name__}: {error}")


def _server(error: SMTPException) -> RetryableError | FinalError:
    """A 5xx about the message is final (RFC 5321 section 4.2.1); one about us, such as a wrong password, can be corrected."""
    if isinstance(error, SMTPNotSupportedError):  # such as an address beyond ASCII
        return FinalError(str(error))
    codes = _codes(error)
    if not codes or CLOSING in codes:
        return ChannelDownError(str(error))
    is_final = min(codes) >= 500
    if isinstance(error, SMTPRecipientsRefused | SMTPDataError):
        return FinalError(str(error)) if is_final else RetryableError(str(error))
    if isinstance(error, SMTPSenderRefused) and TOO_LARGE in codes:
        return FinalError(str(error))
    return ChannelDownError(str(error))


def _codes(error: SMTPException) -> list[int]:
    if isinstance(error, SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, SMTPResponseException) else []


def _service(error: AnymailAPIError) -> RetryableError | FinalError:
    answer: Any = getattr(error, "response", None)
    if isinstance(answer, Mapping):
        return _ses(error, answer)
    is_refused = error.status_code in _REFUSED
    return FinalError(str(error)) if is_refused else ChannelDownError(str(error))


def _ses(error: AnymailAPIError, response: Mapping[str, Any]) -> RetryableError | FinalError:
    is_rejected = response.get("Error", {}).get("Code") in _REJECTED
    return FinalError(str(error)) if is_rejected else ChannelDownError(str(error))
