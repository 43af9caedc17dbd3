"""Django's settings for the database in DATABASE_URL; libpq itself parses the address of a PostgreSQL server."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import dj_database_url

from mentormap.settings.environment import ConfigurationError
from mentormap.settings.private_files import close_to_others

POSTGRESQL_SCHEMES: Final = ("postgresql", "postgres", "pgsql")
_UNKNOWN_OPTION: Final = 'invalid URI query parameter: "'
_EXAMPLES: Final = "postgresql://user:password@host:5432/name, or sqlite:////path/to/file"


def database_settings(url: str, *, data_dir: Path, pool_size: int) -> dict[str, Any]:
    """Returns SQLite in the data folder if `url` is empty. Raises ConfigurationError for an address that cannot work."""
    scheme, separator, rest = url.partition("://")
    if not url:
        return _sqlite(str(data_dir / "mentormap.sqlite3"))
    if separator and scheme == "sqlite":
        return _sqlite(_path_of(url))
    if separator and scheme in POSTGRESQL_SCHEMES:
        return _postgresql(f"postgresql://{rest}", pool_size=pool_size)
    raise ConfigurationError([f"DATABASE_URL names no database. Write {_EXAMPLES}."])


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def _path_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        name = str(dj_database_url.parse(url)["NAME"])
    except ValueError:
        raise ConfigurationError(
            ["DATABASE_URL cannot be read. Write sqlite:////path/to/file for a file of SQLite."]
        ) from None
    if parts.query or parts.fragment:
        raise ConfigurationError(
            [
                f"DATABASE_URL ends with options, ?{parts.query or parts.fragment}, but SQLite takes none here. Remove them."
            ]
        )
    if not close_to_others(Path(name)):
        raise ConfigurationError(
            [f"DATABASE_URL names {name}, which others on this machine can read. To fix it: chmod 600 {name}"]
        )
    return name


def _postgresql(url: str, *, pool_size: int) -> dict[str, Any]:
    """Passes each option of the address to libpq unchanged, together with those that Django and the pool need."""
    given = _read_by_libpq(url)
    if problems := _problems(given):
        raise ConfigurationError(problems)
    return {
        "ENGINE": "mentormap.lib.postgresql",
        "NAME": given.pop("dbname", ""),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": given.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**given, "pool": {"min_size": 1, "max_size": pool_size, "timeout": 20}},
    }


def _read_by_libpq(url: str) -> dict[str, str]:
    """Parses the address as libpq does: several hosts, sockets, every option. libpq's error may quote the password, so only
    the name of an unknown option is shown."""
    from psycopg import ProgrammingError  # noqa: PLC0415 - 20 MB in each process, which SQLite does not need
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError as error:
        _, is_unknown, after = str(error).partition(_UNKNOWN_OPTION)
        problem = f"DATABASE_URL cannot be read. Write {_EXAMPLES}, with %40 for an @ in the password, %2F for a /, %25 for a %."
        if is_unknown:
            name = after.partition('"')[0]
            problem = f"DATABASE_URL has the option {name}, which PostgreSQL's client library does not know. Write one that its manual names (https://www.postgresql.org/docs/current/libpq-connect.html, Parameter Key Words), such as sslmode=require, or remove it."
        raise ConfigurationError([problem]) from None


def _problems(given: dict[str, str]) -> list[str]:
    problems = []
    if "@" in given.get("host", "").lstrip("@"):
        problems.append("DATABASE_URL has more than one @. Write %40 for an @ in the user or the password.")
    if not all(port.isdecimal() for port in given.get("port", "").split(",") if port):
        problems.append(
            "DATABASE_URL has a port that is not a number. Write postgresql://user:password@host:5432/name, with %2F for a / in the password."
        )
    if not given.get("dbname") and not given.get("service"):
        problems.append(
            "DATABASE_URL names a server, but no database on it. Write postgresql://user:password@host:5432/name."
        )
    if given.get("client_encoding", "UTF8").upper().replace("-", "") not in {"UTF8", "AUTO"}:
        problems.append("DATABASE_URL sets another client_encoding, but only UTF8 works. Remove that option.")
    return problems
