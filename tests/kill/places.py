"""States of the world that are kept and copied: our database, by file or by template, the sandbox's file, and the mails sent."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from django.core.mail.backends.filebased import EmailBackend
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from mentormap.payments import gateway
from tests.conftest import StandingClock, Stripe, open_sandbox
from tests.sandbox_client import in_process_client


@dataclass(frozen=True)
class Place:
    """`database`: a SQLite file's path, or a PostgreSQL database's name."""

    database: str
    sandbox: Path

    @property
    def mails(self) -> Path:
        """A folder of what went out: it stays when the process that sent it is killed."""
        return self.sandbox.with_suffix(".mails")


def engine() -> str:
    return connections["default"].vendor


def create(folder: Path) -> Place:
    """An empty world with all tables."""
    place = _named(folder, "new")
    if engine() == "postgresql":
        connections["default"].settings_dict["OPTIONS"].pop("pool", None)  # its threads do not survive a fork
        _on_server(f"CREATE DATABASE {place.database} TEMPLATE template0")
    with inhabited(place, StandingClock()):
        call_command("migrate", verbosity=0)
    return place


def copy(source: Place, name: str) -> Place:
    """Nobody may be connected to the source."""
    place = _named(source.sandbox.parent, name)
    shutil.copyfile(source.sandbox, place.sandbox)
    if engine() == "postgresql":
        _on_server(f"CREATE DATABASE {place.database} TEMPLATE {source.database}")
    else:
        shutil.copyfile(source.database, place.database)
    return place


def remove(place: Place) -> None:
    shutil.rmtree(place.mails, ignore_errors=True)
    for path in place.sandbox.parent.glob(f"{place.sandbox.stem}.*"):
        path.unlink()
    if engine() == "postgresql":
        _on_server(f"DROP DATABASE {place.database} WITH (FORCE)")


def _named(folder: Path, name: str) -> Place:
    database = f"kill_{name}" if engine() == "postgresql" else str(folder / f"{name}.sqlite3")
    return Place(database, folder / f"{name}.sandbox")


def _on_server(statement: str) -> None:
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def inhabited(place: Place, clock: StandingClock) -> Iterator[Stripe]:
    """This process with that database and that sandbox; at the end all is closed, so that a fork inherits nothing."""
    connections["default"].settings_dict["NAME"] = place.database
    sandbox = open_sandbox(clock, data=str(place.sandbox))
    client = in_process_client(sandbox)
    post = {"EMAIL_BACKEND": f"{EmailBackend.__module__}.EmailBackend", "EMAIL_FILE_PATH": str(place.mails)}
    try:
        with patch.object(gateway, "client", lambda: client), override_settings(**post):
            yield Stripe(sandbox, clock)
    finally:
        sandbox.close()
        connections.close_all()
