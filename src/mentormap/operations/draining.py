"""Says that this process was asked to end: it finishes the requests under way, and load balancers send it no more."""


class _Process:
    is_draining = False


def begin() -> None:
    """For a signal handler: takes no lock, and may be called again."""
    _Process.is_draining = True


def is_draining() -> bool:
    return _Process.is_draining
