"""DATABASE_URL: each option of the address reaches PostgreSQL's client library, and what cannot work is refused."""

from pathlib import Path
from typing import Any

import pytest

from mentormap.settings.database import database_settings
from mentormap.settings.environment import ConfigurationError


def read(url: str) -> dict[str, Any]:
    return database_settings(url, data_dir=Path("/data"), pool_size=3)


def test_each_option_of_the_address_reaches_the_connection() -> None:
    database = read(
        "postgresql://me:p%40s@db/mentors?sslmode=verify-full&sslrootcert=/ca.crt&connect_timeout=7"
        "&application_name=mentors&options=-c%20search_path%3Dmentors&hostaddr=192.0.2.1"
    )
    assert database == {
        "ENGINE": "mentormap.lib.postgresql",
        "NAME": "mentors",
        "USER": "me",
        "PASSWORD": "p@s",
        "HOST": "db",
        "PORT": "",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "sslmode": "verify-full",
            "sslrootcert": "/ca.crt",
            "connect_timeout": "7",
            "application_name": "mentors",
            "options": "-c search_path=mentors",
            "hostaddr": "192.0.2.1",
            "pool": {"min_size": 1, "max_size": 3, "timeout": 20},
        },
    }


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgres://db1:5432,db2:5433/mentors?target_session_attrs=read-write", "db1,db2", "5432,5433"),
        ("pgsql://[2001:db8::1]:5432/mentors", "2001:db8::1", "5432"),
        ("postgresql:///mentors?host=/run/postgresql", "/run/postgresql", ""),
    ],
)
def test_a_server_may_have_several_hosts_or_a_socket(url: str, host: str, port: str) -> None:
    database = read(url)
    assert (database["HOST"], database["PORT"], database["NAME"]) == (host, port, "mentors")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://db/mentors?sslmod=require", "DATABASE_URL has the option sslmod, which"),
        ("postgresql://db/mentors?currentSchema=a", "DATABASE_URL has the option currentSchema, which"),
        ("postgresql://me:p@ss@db/mentors", "DATABASE_URL has more than one @."),
        ("postgresql://me:p/ss@db/mentors", "DATABASE_URL has a port that is not a number."),
        ("postgresql://me:se%zzcret@db/mentors", "DATABASE_URL cannot be read."),
        ("postgresql://me@db", "DATABASE_URL names a server, but no database on it."),
        ("postgresql://db/mentors?client_encoding=LATIN1", "DATABASE_URL sets another client_encoding"),
        ("sqlite:////data/m.sqlite3?timeout=60", "DATABASE_URL ends with options, ?timeout=60,"),
        ("sqlite://[", "DATABASE_URL cannot be read."),
        ("mysql://db/mentors", "DATABASE_URL names no database."),
        ("mentors.sqlite3", "DATABASE_URL names no database."),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read(url)
    (problem,) = refusal.value.problems
    assert problem.startswith(sentence)
    assert "se%zzcret" not in problem


def test_without_an_address_the_data_are_in_the_data_folder() -> None:
    assert read("")["NAME"] == "/data/mentormap.sqlite3"
    assert read("sqlite:////elsewhere/m.sqlite3")["NAME"] == "/elsewhere/m.sqlite3"
