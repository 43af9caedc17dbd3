"""Why a calendar cannot be read: a sentence for its owner, which never holds the calendar's address."""

from mentormap.lib.outbound.errors import OutboundError


class FeedError(OutboundError):
    """The calendar was fetched but cannot be read."""
