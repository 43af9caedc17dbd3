"""The HTTP status of a page that shows a refusal."""

from collections.abc import Mapping
from typing import Final

from mentormap.bookings.errors import Kind

STATUSES: Final[Mapping[Kind, int]] = {
    Kind.INVALID: 422,
    Kind.FORBIDDEN: 403,
    Kind.CONFLICT: 409,
    Kind.LIMIT: 429,
    Kind.UNAVAILABLE: 503,
}
