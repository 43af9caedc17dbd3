"""Fixtures of the whole suite: a clock that stands still, Stripe's sandbox inside the process, Sam and Maya."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from pytest_django.fixtures import Settings

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import settle
from mentormap.lib import clock as edge
from mentormap.lib.disk import LastRefusal
from mentormap.mentors.models import Mentor
from mentormap.payments import gateway, inbox
from stripe_sandbox.app import Sandbox, create_app
from stripe_sandbox.clock import Clock
from stripe_sandbox.config import Config
from stripe_sandbox.webhooks import Endpoint
from tests import make, pseudo_locale
from tests.sandbox_client import in_process_client, pay

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class StandingClock:
    """Monday 23 November 2026, 9:00 UTC, until told otherwise."""

    def __init__(self) -> None:
        self.now = MONDAY

    def seconds(self) -> float:
        return self.now.timestamp()

    def advance(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@pytest.fixture(autouse=True)
def _no_full_disk_of_an_earlier_test() -> None:
    LastRefusal.at = float("-inf")


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def now(clock: StandingClock) -> datetime:
    """The instant at which a test begins."""
    return clock.now


@pytest.fixture
def half_minute() -> Iterator[None]:
    """Begins with the test, for the server too: no code of an authenticator app ends in between."""
    with time_machine.travel(MONDAY):
        yield


class Stripe:
    """The sandbox as a test sees it: pay, deliver what is due to the inbox, break the network."""

    def __init__(self, sandbox: Sandbox, clock: StandingClock) -> None:
        self.sandbox, self.clock = sandbox, clock

    def pay(self, checkout_id: str | None, card: str = "4242424242424242") -> None:
        """What a student does on the hosted page."""
        pay(self.sandbox, checkout_id or "", card=card)

    def deliver(self) -> int:
        """Webhooks that are due go to the inbox; returns how many tries were made."""
        return self.sandbox.deliver_due()


def open_sandbox(clock: StandingClock, *, data: str = ":memory:") -> Sandbox:
    """Stripe inside this process: its webhooks go straight into the inbox. `data`: a SQLite file."""

    def deliver(_url: str, headers: dict[str, str], body: bytes) -> int:
        try:
            inbox.receive(body, headers["Stripe-Signature"], now=clock.now)
        except inbox.BadSignature:
            return 400
        return 200

    config = Config(
        api_key=settings.STRIPE_SECRET_KEY,
        data=data,
        webhook=Endpoint("in-process", settings.STRIPE_WEBHOOK_SECRETS[0]),
        public_url=settings.CHECKOUT_ORIGIN,
    )
    return create_app(config, clock=Clock(real=clock.seconds), deliver=deliver)


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch, clock: StandingClock) -> Iterator[Stripe]:
    """Every request goes through the official SDK to the sandbox, without a socket, and is judged by Stripe's contract."""
    sandbox = open_sandbox(clock)
    made = in_process_client(sandbox)
    monkeypatch.setattr(gateway, "client", lambda: made)
    yield Stripe(sandbox, clock)
    sandbox.close()


@pytest.fixture
def greek(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The locale of all people, for whom each marked sentence is in Greek letters."""
    settings.LANGUAGES = [("en", "English"), (pseudo_locale.LANGUAGE, "Greek")]
    settings.LOCALE_PATHS = [pseudo_locale.write(tmp_path)]
    monkeypatch.setattr(User._meta.get_field("locale"), "_get_default", lambda: pseudo_locale.LANGUAGE)
    return pseudo_locale.LANGUAGE


@pytest.fixture
def sam(db: None) -> User:
    return make.sam()


@pytest.fixture
def maya(db: None) -> Mentor:
    return make.mentor()


@pytest.fixture
def held(stripe: Stripe, now: datetime) -> Session:
    """Sam's unpaid hour with Maya on Tuesday at 14:00 UTC."""
    return make.hold(now=now)


@pytest.fixture
def booked(stripe: Stripe, held: Session, now: datetime) -> Session:
    """The same, paid and settled."""
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=now)
    return make.current(held)


@pytest.fixture
def standing_edge(monkeypatch: pytest.MonkeyPatch, clock: StandingClock) -> None:
    """Pages read the clock of the tests."""
    monkeypatch.setattr(edge, "now", lambda: clock.now)
