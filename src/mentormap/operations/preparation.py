"""Brings the data folder up to date before a start: tables, static files and, on a demo's first start, its data."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.operations.demo import loading


def prepare() -> None:
    """May be called at any time, and by several starts at once: each waits for the one before."""
    with _alone(settings.DATA_DIR):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        collect_static()
        if settings.DEMO and not User.objects.exists():
            loading.load(now=clock.now())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "preparation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def collect_static() -> bool:
    """Collects the static files if one has changed since the last time; says whether it did."""
    stamp, wanted = settings.DATA_DIR / "static-made-from", static_fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and settings.STATIC_ROOT.is_dir():
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(wanted, encoding="utf-8")
    return True


def static_fingerprint() -> str:
    """Changes with the name, the size or the time of any static file."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
