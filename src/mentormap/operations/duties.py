"""Which duties a worker has, and how often: here the rooms below are handed what they may not import."""

from mentormap.operations.worker import Duty


def all_duties() -> list[Duty]:
    """Fresh ones for one worker."""
    return []
