"""Logs: one line an event, and no secret in it."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from mentormap.lib import clock
from mentormap.notifications.channels import sms
from mentormap.operations.models import Heartbeat
from mentormap.operations.process import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the program's own handler writes, whatever pytest makes of logging."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:]
    logs.configure({"level": "INFO"})
    for handler in root.handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(stream)
    yield stream
    root.handlers[:] = before


def test_an_event_is_one_line_even_with_a_traceback(written: io.StringIO) -> None:
    try:
        int("first line\nsecond line")
    except ValueError:
        structlog.get_logger("mentormap.test").exception("job_failed", job="send what is due")
    (line,) = written.getvalue().splitlines()
    assert 'level=error event=job_failed logger=mentormap.test job="send what is due"' in line
    assert line.endswith("first line\\\\nsecond line'\"")


def test_libraries_write_the_same_lines(written: io.StringIO) -> None:
    logging.getLogger("somewhere.else").warning("it is %s", "late")
    (line,) = written.getvalue().splitlines()
    assert 'level=warning event="it is late" logger=somewhere.else' in line


def test_apprise_which_names_credentials_writes_nothing(
    written: io.StringIO, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.SMS_URL = "messagebird://TOPSECRETKEY/{to}"
    assert sms.provider_for("+4915123456789") is None
    assert (written.getvalue(), capfd.readouterr().err) == ("", "")


@pytest.mark.parametrize(
    "secret",
    [
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_live_51HqLyjWDarjtT1zdp7dc",
        "whsec_5f1c9ab77de0",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    ],
)
def test_secrets_are_blanked_wherever_they_stand(written: io.StringIO, secret: str) -> None:
    log = structlog.get_logger("mentormap.test")
    log.warning("refused", error=f"Invalid API key: {secret}!", header=f"Bearer {secret}")
    logging.getLogger("elsewhere").warning("in the event itself: %s", secret)
    assert secret not in written.getvalue()


def test_fields_that_are_called_a_secret_are_blanked(written: io.StringIO) -> None:
    structlog.get_logger("mentormap.test").info("login", password="hunter22", email="sam@example.com")
    line = written.getvalue()
    assert "password=… " in line
    assert "hunter22" not in line
    assert "email=sam@example.com" in line


def test_passwords_in_addresses_are_blanked(written: io.StringIO) -> None:
    structlog.get_logger("mentormap.test").info("mail", server="smtp+tls://me:hunter22@smtp.example.com:587")
    assert "smtp+tls://me:…@smtp.example.com:587" in written.getvalue()


@pytest.mark.django_db
def test_a_request_is_one_line_without_what_links_carry(written: io.StringIO, client: Client) -> None:
    client.get("/password/reset/1a-SECRETKEY", headers={"Cookie": "sessionid=SECRETCOOKIE"})
    client.get("/nowhere/SECRETPATH?token=SECRETQUERY")
    lines = written.getvalue().splitlines()
    assert len(lines) == 2
    assert "event=request" in lines[0]
    assert "route=unknown status=404" in lines[1]
    assert "SECRET" not in written.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/mentors", "/api/mentors/"])
def test_a_request_without_a_database_is_one_line_without_a_trace(written: io.StringIO, path: str) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("connection refused\nIs the server running?")

    with connection.execute_wrapper(fail):
        Client(raise_request_exception=False).get(path)
    Client().get("/nowhere")
    failed, next_one = written.getvalue().splitlines()
    assert "level=warning event=request" in failed
    assert "status=503" in failed
    assert 'unavailable="OperationalError: connection refused Is the server running?"' in failed
    assert "unavailable" not in next_one


@pytest.mark.django_db
def test_a_bug_is_written_with_its_trace(written: io.StringIO) -> None:
    def fail(*_: Any) -> None:
        raise ProgrammingError("no such column")

    with connection.execute_wrapper(fail):
        Client(raise_request_exception=False).get("/mentors")
    assert "Traceback" in written.getvalue()


def test_the_pool_says_nothing_of_its_own_tries(written: io.StringIO) -> None:
    logging.getLogger("psycopg.pool").warning("error connecting in 'pool-1': connection refused")
    assert written.getvalue() == ""


@pytest.mark.django_db
def test_watchers_leave_no_line(written: io.StringIO, client: Client) -> None:
    Heartbeat.objects.beat("here:1", now=clock.now())
    client.get("/health")
    client.get("/metrics")
    assert written.getvalue() == ""


def test_our_own_secrets_match_the_patterns(written: io.StringIO) -> None:
    structlog.get_logger("mentormap.test").info(
        "settings", stripe=settings.STRIPE_SECRET_KEY, hook=settings.STRIPE_WEBHOOK_SECRETS[0]
    )
    assert "stripe=sk_test_… hook=whsec_…" in written.getvalue()
