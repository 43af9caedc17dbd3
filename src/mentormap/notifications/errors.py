"""The ways in which a delivery fails."""


class RetryableError(Exception):
    """The channel cannot take it now; the same message may go through later."""


class ChannelDownError(RetryableError):
    """The channel as a whole does not work: whatever else would be sent now fails in the same way."""


class OutOfReachError(Exception):
    """The person can no longer be reached on the channel, which is nobody's failure."""


class FinalError(Exception):
    """The channel refused it for good: no later try can succeed."""
