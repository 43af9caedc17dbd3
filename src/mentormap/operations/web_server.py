"""The web process: granian serving mentormap.wsgi with one worker process and a few threads."""

from typing import Final

from django.conf import settings
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

THREADS: Final = 8
"""Requests handled at once: they wait for the database or for Stripe most of the time."""


def main() -> None:
    """Serves until SIGTERM; a worker process that dies is started again."""
    Granian(
        "mentormap.wsgi:application",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=THREADS,
        runtime_blocking_threads=4,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


if __name__ == "__main__":
    main()
