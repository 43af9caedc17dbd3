"""Marks that this process is stopping: it finishes the requests under way, and load balancers send it no more."""


class _Process:
    is_draining = False


def begin() -> None:
    """Safe in a signal handler: takes no lock, and can be called again."""
    _Process.is_draining = True


def is_draining() -> bool:
    return _Process.is_draining
