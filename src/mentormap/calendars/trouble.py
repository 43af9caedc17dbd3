"""Why a calendar cannot be read: a sentence for its owner, which never holds the calendar's address."""

from mentormap.lib.outbound.trouble import OutboundTrouble


class FeedTrouble(OutboundTrouble):
    """The calendar was fetched but cannot be read."""
