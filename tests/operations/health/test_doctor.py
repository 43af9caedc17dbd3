"""The doctor: every check says what is well, what is not, and the remedy."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from pytest_django.fixtures import Settings

from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement import settle
from mentormap.lib import zone_data
from mentormap.meetings import providers
from mentormap.meetings.rooms import RoomError
from mentormap.operations.demo import loading
from mentormap.operations.health import checks, doctor
from mentormap.operations.models import Heartbeat
from mentormap.operations.process.data_folder import keep
from mentormap.payments import gateway, inbox
from mentormap.payments.models import Payment
from mentormap.settings.mail import mail_settings
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def beating(now: datetime) -> None:
    Heartbeat.objects.beat("here:1", now=now)


def results(now: datetime) -> dict[str, bool]:
    return {finding.name: finding.is_ok for finding in doctor.examine(now=now)}


def failing(now: datetime) -> list[str]:
    return [name for name, is_ok in results(now).items() if not is_ok]


def run_jobs(now: datetime) -> None:
    inbox.poll(now=now)
    inbox.drain(apply=settle.apply_event, now=now)
    reconcile.run(now)


def test_all_is_well_after_the_first_start(stripe: Stripe, beating: None, now: datetime) -> None:
    loading.load(now=now)
    assert results(now) == dict.fromkeys(
        [
            "disk",
            "database",
            "migrations",
            "worker",
            "demo logins",
            "two-step login",
            "books",
            "flags",
            "refunds",
            "mails",
            "last webhook",
            "last asked",
            "inbox",
            "time zones",
            "mail",
            "public URL",
            "webhook secret",
            "Stripe",
            "clock",
        ],
        True,
    )


def test_all_is_still_well_eight_days_later(stripe: Stripe, clock: StandingClock) -> None:
    loading.load(now=clock.now)
    sam, maya = make.sam(), make.mentor(make.person("Marta"))
    for day in (1, 2, 12):
        starts_at = (clock.now + timedelta(days=day)).replace(hour=10)
        held = make.hold(student=sam, mentor=maya, starts_at=starts_at, now=clock.now)
        if day != 2:
            stripe.pay(held.payment.checkout_id)
        run_jobs(clock.now)
    later = clock.advance(days=8)
    run_jobs(later)
    Heartbeat.objects.beat("here:1", now=later)
    assert failing(later) == []
    (books,) = [finding.message for finding in checks.books()]
    assert books == "captured 240.00 USD = confirmed 240.00 + refunded 0.00 + flagged 0.00"


def test_books_that_do_not_agree_are_told_by_currency(stripe: Stripe, beating: None, now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=make.mentor(), starts_at=now + timedelta(days=1))
    assert failing(now) == []
    Payment.objects.filter(pk=session.payment_id).update(refunded_minor=500)
    assert failing(now) == ["books"]


def test_time_zones_are_named_and_looked_at_when_they_are_old(now: datetime) -> None:
    data = zone_data.in_use()
    finding = checks.time_zones(now=now)
    assert (finding.message, finding.waits) == (f"{data.version}, from {data.source}", False)
    assert checks.time_zones(now=now + timedelta(days=600)).waits


def test_a_worker_that_never_ran(stripe: Stripe, now: datetime) -> None:
    assert failing(now) == ["worker"]


def test_a_clock_that_is_off(stripe: Stripe, beating: None, now: datetime) -> None:
    (clock,) = [
        finding for finding in doctor.examine(now=now + timedelta(seconds=61)) if finding.name == "clock"
    ]
    assert (clock.is_ok, clock.message) == (False, "61 s from Stripe's")


def test_a_key_that_stripe_does_not_know(
    stripe: Stripe, beating: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe.sandbox._api, "_api_key", "sk_test_another")
    (finding,) = [finding for finding in doctor.examine(now=now) if finding.name == "Stripe"]
    assert not finding.is_ok
    assert "Invalid API Key" in finding.message


def test_stripe_out_of_reach(
    stripe: Stripe, beating: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> datetime:
        raise gateway.StripeUnavailable("Nobody there.\n\n(Connection refused)")

    monkeypatch.setattr(gateway, "read_clock", refuse)
    (finding,) = [finding for finding in doctor.examine(now=now) if finding.name == "Stripe"]
    assert finding.message == "Nobody there. (Connection refused)"
    assert finding.remedy.startswith("The demo's payments run with `mentormap run`: start it.")


@pytest.mark.parametrize(
    ("ports", "remedy"),
    [
        (
            {"PORT": 4002, "SANDBOX_PORT": 14111},
            "`mentormap run` has its sandbox on port 14111: leave SANDBOX_PORT unset, and it is found.",
        ),
        (
            {"PORT": 4002, "SANDBOX_PORT": 12111},
            "`mentormap run` starts it again when it dies: look at its console.",
        ),
        (
            {"PORT": 4002},
            "`mentormap run` uses Stripe itself here: give this command its STRIPE_SECRET_KEY too.",
        ),
    ],
)
def test_a_sandbox_that_is_not_where_we_look(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
    ports: dict[str, int],
    remedy: str,
) -> None:
    def refuse() -> datetime:
        raise gateway.StripeUnavailable("Connection refused")

    monkeypatch.setattr(gateway, "read_clock", refuse)
    settings.DATA_DIR, settings.SANDBOX_PORT = tmp_path, 12111
    with keep(tmp_path, ports):
        (finding,) = [finding for finding in doctor.examine(now=now) if finding.name == "Stripe"]
    assert finding.remedy == remedy


def test_without_a_database_the_rest_is_still_examined(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", refuse)
    assert results(now) == {
        "disk": True,
        "database": False,
        "time zones": True,
        "mail": True,
        "public URL": True,
        "webhook secret": True,
        "Stripe": True,
        "clock": True,
    }


def test_a_production_that_is_not_ready(
    stripe: Stripe, beating: None, now: datetime, settings: Settings
) -> None:
    make.person("Dora", is_demo=True)
    settings.DEMO = False
    settings.PUBLIC_URL = "http://mentors.example.com"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_good", "secret"]
    assert failing(now) == ["demo logins", "public URL", "webhook secret"]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Bound, so that nobody else takes it, and not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_mail_server_that_is_not_there(settings: Settings, closed_port: int) -> None:
    settings.MAIL_LEAVES = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    finding = checks.mail()
    assert (finding.is_ok, finding.message) == (False, "127.0.0.1 refuses: ConnectionRefusedError")


@pytest.mark.parametrize(
    ("service", "secret", "bounces"),
    [
        ("postmark", "", "do not come: set EMAIL_WEBHOOK_SECRET"),
        ("postmark", "u:p", "come by webhook from Postmark"),
        ("unisender-go", "", "Unisender Go reports none that can be told from forged ones"),
        ("resend", "whsec_é", "Resend has no such secret: ValueError"),
        ("sendgrid", "not a key", "SendGrid has no such secret: ValueError"),
    ],
)
def test_a_mail_service_is_named_with_a_way_to_try_it(
    settings: Settings, service: str, secret: str, bounces: str
) -> None:
    url = f"{service}://Key?api_url=https://mail.example/"
    given = {"provider": "", "key": "", "webhook_secret": secret, "public_url": "https://m.example"}
    for name, value in mail_settings(url=url, **given).items():
        setattr(settings, name, value)
    tries = "`mentormap sendtestemail you@example.com` tries it"
    assert checks.mail().message == f"by {settings.MAIL_SERVICE_NAME}; {tries}"
    (finding,) = checks.bounces()
    assert (finding.message, finding.is_ok) == (bounces, "no such secret" not in bounces)


def test_the_command_prints_a_line_a_finding_and_ends_with_one(stripe: Stripe) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out)
    lines = out.getvalue().splitlines()
    assert ended.value.code == 1
    assert f"OK    {'database':<15} {connection.vendor} answers" in lines
    assert (
        f"FAIL  {'worker':<15} no worker has ever run. Start `mentormap worker`, or look at its log." in lines
    )


@dataclass
class Service:
    """A maker of rooms that takes our credentials, or does not."""

    error: RoomError | None = None

    def check(self) -> None:
        if self.error:
            raise self.error


@pytest.mark.parametrize(
    ("url", "is_ok", "message"),
    [
        ("mailbox://{to}", True, "shown in the mailbox (demo)"),
        (
            "twilio://AC0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef@+15551234567/{to}",
            True,
            "goes through Twilio",
        ),
        ("twillio://SID:TOKEN@+15551234567/{to}", False, "SMS_URL names no provider that apprise knows"),
        ("mailto://sam:secret@example.com/{to}", False, "SMS_URL names no provider that apprise knows"),
    ],
)
def test_a_provider_of_sms_is_known(
    stripe: Stripe,
    settings: Settings,
    url: str,
    is_ok: bool,
    message: str,
    now: datetime,
) -> None:
    settings.NOTICE_CHANNELS, settings.SMS_URL = ["email", "sms"], url
    found = [finding for finding in doctor.examine(now=now) if finding.name == "SMS"]
    assert [(finding.is_ok, finding.message) for finding in found] == [(is_ok, message)]


def test_a_mailbox_of_sms_is_for_the_demo(stripe: Stripe, settings: Settings, now: datetime) -> None:
    settings.NOTICE_CHANNELS, settings.SMS_URL, settings.DEMO = ["email", "sms"], "mailbox://{to}", False
    assert [finding.is_ok for finding in doctor.examine(now=now) if finding.name == "SMS"] == [False]


def test_room_services_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    services = {"zoom": Service(), "google_meet": Service(RoomError("POST https://oauth2.example: 401"))}
    monkeypatch.setattr(providers, "configured", lambda: services)
    assert [(finding.name, finding.is_ok) for finding in checks.rooms()] == [
        ("zoom", True),
        ("google_meet", False),
    ]
