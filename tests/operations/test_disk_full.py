"""A full disk: health says so, the doctor goes on to the end, and what is written beside the database is refused in words."""

import errno
import os
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import pytest
from django.db import connections
from django.test import Client

from mentormap import cli
from mentormap.lib import clock, disk
from mentormap.lib.disk import LastRefusal
from mentormap.notifications.channels import mailbox
from mentormap.operations.health import checks, doctor
from mentormap.operations.models import Heartbeat
from mentormap.operations.process import start
from mentormap.settings.environment import ConfigurationError, demo_secrets
from tests.outages import PASSING, failing


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LastRefusal, "at", float("-inf"))


def no_room(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def reasons(client: Client) -> list[str]:
    Heartbeat.objects.beat("host:1", now=clock.now())
    answer = client.get("/health").json()
    return [reason.partition(";")[0] for reason in answer.get("reasons", [])]


@pytest.mark.django_db
def test_health_says_that_little_is_left(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reasons(client) == []
    monkeypatch.setattr(disk, "free_bytes", lambda _: 5_000_000)
    (reason,) = reasons(client)
    assert reason.startswith("disk: 5 MB free in ")


@pytest.mark.django_db
@pytest.mark.parametrize("error", [PASSING[7], PASSING[-1]], ids=str)
def test_health_says_that_a_write_found_no_room(error: Exception) -> None:
    client = Client(raise_request_exception=False)
    with failing(error):
        assert client.get("/mentors").status_code == 503
    assert reasons(client) == ["disk: full: a write found no room within the last minute"]


@pytest.mark.django_db
def test_other_outages_are_no_full_disk() -> None:
    client = Client(raise_request_exception=False)
    with failing(PASSING[0]):
        client.get("/mentors")
    assert reasons(client) == []


@pytest.mark.django_db
def test_the_doctor_goes_on_when_a_query_finds_no_room(
    monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    def fail(_: datetime) -> NoReturn:
        raise PASSING[7]

    monkeypatch.setattr(doctor, "_examine_data", fail)
    monkeypatch.setattr(doctor, "_examine_stripe", lambda _: [])
    findings = doctor.examine(now=now)
    found = [finding.message for finding in findings if finding.name == "database" and not finding.is_ok]
    assert found == ["OperationalError: database or disk is full"]
    assert findings[-1] == checks.webhook_secret()


def test_a_command_on_a_full_disk_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "execute_from_command_line", no_room)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "The disk is full: [Errno 28] No space left on device\n"


def test_secrets_that_are_there_are_read_without_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = demo_secrets(tmp_path)
    monkeypatch.setattr(os, "open", no_room)
    assert demo_secrets(tmp_path) == made


def test_half_a_mail_takes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("django.conf.settings.MAILBOX_DIR", tmp_path)
    monkeypatch.setattr(Path, "replace", no_room)
    with pytest.raises(OSError, match="No space"):
        mailbox.keep(b"Subject: hello", now=now)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(connections["default"].vendor != "sqlite", reason="the file is SQLite's")
def test_a_database_that_may_not_be_written_is_named_at_the_start_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mentormap.sqlite3"
    for path in (file, wal := tmp_path / "mentormap.sqlite3-wal"):
        path.touch()
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(file))
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != wal)
    with pytest.raises(ConfigurationError) as refusal:
        start.refuse_unwritable()
    assert refusal.value.problems == [f"{wal} cannot be written by this process. To fix it: chmod u+rw {wal}"]
