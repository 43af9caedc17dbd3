"""One web process: `python -m mentormap.operations.process.web_server [DESCRIPTOR]`, the number of an inherited listening socket."""

import logging
import os
import resource
import signal
import socket
import sys
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from mentormap.operations.process.ports import listen
from mentormap.operations.process.web_server.front import Front
from mentormap.operations.process.web_server.limits import CONNECTIONS
from mentormap.operations.process.web_server.server import Server

OTHER_FILES: Final = 256
"""Open files that are not connections: the database, logs, code."""


def main() -> None:
    """Serves until SIGTERM, then finishes the requests under way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentormap.settings.base")
    front: Front = import_string("mentormap.wsgi.front")
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # it warns about every request that has to wait
    descriptor = sys.argv[1] if len(sys.argv) > 1 else ""
    listener = socket.socket(fileno=int(descriptor)) if descriptor else listen(settings.HOST, settings.PORT)
    server = Server(front, listener, connections=room_for_connections())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    server.run()


def room_for_connections() -> int:
    """Returns CONNECTIONS, or fewer if the system does not let a process open two files for each."""
    wanted = 2 * CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return min(CONNECTIONS, max(64, (allowed - OTHER_FILES) // 2))


if __name__ == "__main__":
    main()
