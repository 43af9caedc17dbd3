"""The operator's pages: everything can be looked up, nothing edited; what changes, changes by the same functions as elsewhere."""

from mentormap.operations.admin import (
    flags,
    log,
    mails,
    money,
    no_shows,
    payments,
    people,
    reviews,
    sessions,
    suppressions,
)
from mentormap.operations.admin.site import site

__all__ = [
    "flags",
    "log",
    "mails",
    "money",
    "no_shows",
    "payments",
    "people",
    "reviews",
    "sessions",
    "site",
    "suppressions",
]
