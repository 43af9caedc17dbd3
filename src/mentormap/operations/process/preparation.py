"""Brings the data folder up to date before a start: tables, static files and, on a demo's first start, its data."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.operations.demo import loading
from mentormap.operations.process import exclusive


def prepare() -> None:
    """Safe to run at any time, even by several starts at once on several machines: each waits for the one before."""
    with exclusive.in_folder(settings.DATA_DIR, "folder"), exclusive.in_database("preparation"):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        collect_static()
        if settings.DEMO and not User.objects.exists():
            loading.load(now=clock.now())


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
