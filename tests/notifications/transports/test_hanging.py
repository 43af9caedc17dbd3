"""A mail server that accepts a connection and then says nothing: it delays neither pages nor the other channels."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from mentormap.accounts.models import Phone
from mentormap.lib import clock
from mentormap.notifications import outbox
from mentormap.notifications.errors import ChannelDownError
from mentormap.notifications.models import Delivery, Notice, Outage
from mentormap.notifications.notice_kinds import Channel
from mentormap.operations.jobs import schedule
from mentormap.operations.process.worker import Job
from tests import make
from tests.notifications.sending import send_mail
from tests.notifications.test_email import MESSAGE
from tests.notifications.transports.conftest import SetUp

pytestmark = [pytest.mark.mail, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The system accepts for it, and nobody ever reads."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    "url",
    [
        "smtp://127.0.0.1:{port}",
        "smtps://127.0.0.1:{port}",
        "sendgrid://Key?api_url=http://127.0.0.1:{port}/",
        "mailgun://Key?api_url=http://127.0.0.1:{port}/",
    ],
)
def test_it_is_left_after_the_time_limit(
    silent_port: int, set_up: SetUp, settings: Settings, url: str
) -> None:
    set_up(url.format(port=silent_port))
    settings.EMAIL_TIMEOUT = 0.3
    if settings.ANYMAIL:
        settings.ANYMAIL = {**settings.ANYMAIL, "REQUESTS_TIMEOUT": 0.3}
    started = time.monotonic()

    with pytest.raises(ChannelDownError, match="timed out"):
        send_mail(MESSAGE)
    assert time.monotonic() - started < 30


def test_amazon_is_left_after_the_time_limit(
    silent_port: int, set_up: SetUp, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent_port}")
    set_up("ses://AKIA1:secret@?region=eu-west-1")
    config = settings.ANYMAIL["AMAZON_SES_CLIENT_PARAMS"]["config"]
    monkeypatch.setitem(config, "read_timeout", 0.3)
    started = time.monotonic()

    with pytest.raises(ChannelDownError, match="Read timeout"):
        send_mail(MESSAGE)
    assert time.monotonic() - started < 30


def test_pages_and_other_channels_go_on_meanwhile(
    silent_port: int, set_up: SetUp, settings: Settings
) -> None:
    """The job that sends mail hangs for seconds; a page that asks for a mail, and a notice by another channel, do not."""
    set_up(f"smtp://127.0.0.1:{silent_port}")
    settings.EMAIL_TIMEOUT = 4
    cache.clear()
    sam = make.sam()
    client = Client()
    client.post("/password/reset", {"email": sam.email})
    mail = Job("send mail", timedelta(0), schedule.sending(Channel.EMAIL))
    hanging = threading.Thread(target=_once, args=[mail])
    hanging.start()
    _wait_until_it_hangs(mail, hanging)

    assert client.post("/password/reset", {"email": sam.email}).status_code == 302
    assert client.get("/mentors").status_code == 200
    assert by_sms(clock.now()) == ["1 by sms"]
    assert mail.busy_since is not None, "it hung all the while"
    hanging.join()
    assert Outage.objects.get().channel == Channel.EMAIL


def _once(job: Job) -> None:
    try:
        job.step()
    finally:
        connection.close()


def _wait_until_it_hangs(job: Job, thread: threading.Thread) -> None:
    while thread.is_alive() and not Delivery.objects.filter(tries=1).exists():
        time.sleep(0.01)
    assert job.busy_since is not None


def by_sms(now: datetime) -> list[str]:
    """What the job of another channel sends."""
    olga = make.olga()
    Phone.objects.create(user=olga, number="+15550100200", verified_at=now)
    notice = Notice.objects.create(occasion="link", reference=1, person=olga, created_at=now)
    Delivery.objects.create(notice=notice, channel=Channel.SMS, due_at=now)
    sent: list[str] = []

    def render(delivery: Delivery, _now: datetime) -> str:
        return f"{delivery.notice.reference} by {delivery.channel}"

    outbox.send_due(channel=Channel.SMS, now=now, render=render, send=sent.append)
    return sent
