"""Why a calendar cannot be read: a sentence for its owner, which never holds the calendar's address."""

from mentormap.lib.outbound.trouble import OutboundTrouble


class FeedTrouble(OutboundTrouble):
    """Its address was reached, but what is there cannot be read."""
