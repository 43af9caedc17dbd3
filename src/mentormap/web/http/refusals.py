"""The HTTP status of a page that shows a refusal."""

from collections.abc import Mapping
from typing import Final

from mentormap.bookings.errors import RefusalKind

STATUSES: Final[Mapping[RefusalKind, int]] = {
    RefusalKind.INVALID: 422,
    RefusalKind.FORBIDDEN: 403,
    RefusalKind.CONFLICT: 409,
    RefusalKind.LIMIT: 429,
    RefusalKind.UNAVAILABLE: 503,
}
