"""How long one worker takes for 5,000 video links that fall due in the same minute, through an SMTP server on loopback.

    .venv-dev/bin/python bench/outbox.py [links]        (aim: 60 s for 5,000)

The database is SQLite in a folder of its own, or what DATABASE_URL names, which must be empty.
"""

import asyncio
import importlib
import multiprocessing
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
from aiosmtpd.smtp import SMTP
from django.core.management import call_command


class Counting:
    """Accepts everything, and writes down the Message-ID of each mail, one a line."""

    def __init__(self, received: Path) -> None:
        self.file = received.open("ab", buffering=0)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.file.write(envelope.content.split(b"Message-ID: ", 1)[1].split(b"\r\n", 1)[0] + b"\n")
        return "250 OK"


def serve(port: Any, received: Path) -> None:
    """A mail server in a process of its own, as in real life."""
    asyncio.run(_serve(port, received))


async def _serve(port: Any, received: Path) -> None:
    loop, counting = asyncio.get_running_loop(), Counting(received)
    server = await loop.create_server(lambda: SMTP(counting, loop=loop), "127.0.0.1", 0)
    port.put(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    folder = tempfile.mkdtemp(prefix="mentormap-bench-")
    context = multiprocessing.get_context("spawn")
    port, received = context.Queue(), Path(folder) / "received"
    received.touch()
    server = context.Process(target=serve, args=(port, received), daemon=True)
    server.start()
    try:
        prepare(folder, port.get(timeout=20))
        links = importlib.import_module("links")  # only now: it needs the settings
        print(f"{links.measure(count, received)} (aim: {60 * count / 5_000:.0f} s)")
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def prepare(folder: str, port: int) -> None:
    os.environ |= {
        "MENTORMAP_DATA_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "mentormap.settings.base",
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
    }
    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    main()
