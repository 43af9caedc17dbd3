"""The two ways in which a delivery fails."""


class RetryableError(Exception):
    """The channel cannot take it now; the same message may go through later."""


class FinalError(Exception):
    """The channel refused it for good: no later try can succeed."""
