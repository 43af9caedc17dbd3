"""`mentormap reconcile` says what it did; with `--dry-run`, what it would do, and then it does nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import settle
from mentormap.lib import clock as our_clock
from mentormap.operations.jobs.reconcile import dry_run, run
from mentormap.payments import gateway, inbox, refunds
from mentormap.payments.models import Payment, Refund
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.make import TUESDAY_14
from tests.sandbox_client import InProcessHTTPClient

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NINE = "Mon 23 Nov 2026, 09:00 (UTC)"
AGAIN = "create it again with the same key, and end what comes"
AGREE = "Books agree: captured 120.00 USD = confirmed 120.00 + refunded 0.00 + flagged 0.00."


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods of the requests that reached Stripe."""
    methods: list[str] = []
    send = InProcessHTTPClient._send

    def note(self: InProcessHTTPClient, method: str, *rest: Any) -> Any:
        methods.append(method)
        return send(self, method, *rest)

    monkeypatch.setattr(InProcessHTTPClient, "_send", note)
    return methods


def hold(now: datetime, *, hours: int = 0) -> Session:
    """One of Sam's hours with a mentor of its own."""
    student = Session.objects.first()
    return make.hold(
        student=student.student if student else make.sam(),
        mentor=make.mentor(make.person(f"Mentor{hours}")),
        starts_at=TUESDAY_14 + timedelta(hours=hours),
        now=now,
    )


@pytest.fixture
def failing(stripe: Stripe, clock: StandingClock) -> datetime:
    """One of each: a refund not sent, a checkout nobody knows of, one that was paid unheard, one that ran out."""
    paid = hold(clock.now)
    stripe.pay(paid.payment.checkout_id)
    settle(paid.payment_id, now=clock.now)
    refunds.request(payment := Payment.objects.get(), payment.captured, reason="a test", now=clock.now)
    payment.save()
    cut_short, unheard, _ran_out = (
        hold(clock.now, hours=1),
        hold(clock.now, hours=2),
        hold(clock.now, hours=3),
    )
    Payment.objects.filter(pk=cut_short.payment_id).update(state="created", checkout_id=None)
    stripe.pay(unheard.payment.checkout_id)
    return clock.advance(minutes=40)


def rows() -> Iterator[tuple[str, list[Any]]]:
    for model in apps.get_models():
        yield model._meta.label, list(model._default_manager.order_by("pk").values())


def output_of(act: Any, now: datetime) -> tuple[list[str], bool]:
    lines: list[str] = []
    agree = act(lines.append, now=now)
    return lines, agree


def test_a_dry_run_names_everything_and_changes_nothing(
    stripe: Stripe, failing: datetime, asked: list[str]
) -> None:
    before = list(rows())
    lines, _ = output_of(dry_run, failing)
    _, cut_short, unheard, _ran_out = Payment.objects.order_by("pk")
    (refund,) = refunds.due(failing)
    ended = "the time to pay ended at Mon 23 Nov 2026, 09:35 (UTC), and nobody heard what became of it"
    assert lines[:-1] == [
        "Events of Stripe's that wait to be acted upon: 0.",
        "Outstanding: 4 payments and refunds:",
        f"  Payment {cut_short.pk}, 120.00 USD: its checkout was never recorded since {NINE}. Would {AGAIN}.",
        f"  Payment {unheard.pk}, 120.00 USD: {ended}. Would end its checkout at Stripe, then settle.",
        f"  Payment {unheard.pk + 1}, 120.00 USD: {ended}. Would end its checkout at Stripe, then settle.",
        f"  Refund {refund.pk}, 120.00 USD: requested at {NINE} and not sent yet. Would send it.",
        "Stripe's lists of the last 3 days differ from ours in 1 place:",
        f"  Checkout {unheard.checkout_id} was paid; payment {unheard.pk} is open here. Would settle payment {unheard.pk}.",
    ]
    assert list(rows()) == before
    assert set(asked) == {"GET"}


@pytest.mark.parametrize(("tries", "said"), [(1, "tried once"), (2, "tried 2 times")])
def test_a_refund_says_how_often_it_was_tried_and_why_that_failed(
    stripe: Stripe, failing: datetime, tries: int, said: str
) -> None:
    Refund.objects.update(tries=tries, last_error="Stripe was busy.")
    (line,) = [line for line in output_of(dry_run, failing)[0] if line.startswith("  Refund")]
    why = f"requested at {NINE}, {said}, the last with: Stripe was busy"
    assert line.endswith(f"{why}. Would look whether Stripe has it, else send it.")


def test_a_run_does_it_and_says_what_became_of_each(stripe: Stripe, failing: datetime) -> None:
    lines, agree = output_of(run, failing)
    states = Payment.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["paid", "expired", "paid", "expired"]
    outcomes = [line.rpartition(". ")[2] for line in lines if line.startswith("  ")]
    assert outcomes == [
        "It was created and is expired.",
        "It was open and is paid.",
        "It was open and is expired.",
        "It was requested and is succeeded.",
    ]
    assert lines[-2:] == ["Stripe's lists of the last 3 days differ from ours in 0 places.", lines[-1]]
    assert agree


def test_all_is_well(stripe: Stripe, now: datetime) -> None:
    session = hold(now)
    stripe.pay(session.payment.checkout_id)
    settle(session.payment_id, now=now)
    assert output_of(dry_run, now) == (
        [
            "Events of Stripe's that wait to be acted upon: 0.",
            "Outstanding: 0 payments and refunds.",
            "Stripe's lists of the last 3 days differ from ours in 0 places.",
            AGREE,
        ],
        True,
    )


def test_money_that_nobody_knows_is_not_agreement(stripe: Stripe, now: datetime) -> None:
    session = hold(now)
    stripe.pay(session.payment.checkout_id)
    settle(session.payment_id, now=now)
    Payment.objects.update(charge_id="ch_elsewhere")
    lines, agree = output_of(dry_run, now)
    assert not agree
    assert lines[-2].endswith("and no payment of ours knows it. This needs an operator.")


def test_stripe_out_of_reach_is_said(stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> Iterator[Any]:
        raise gateway.StripeUnavailable("Nobody\nthere.")

    monkeypatch.setattr(gateway, "paid_checkouts", refuse)
    monkeypatch.setattr(inbox, "poll", refuse)
    lines, agree = output_of(run, now)
    assert not agree
    assert lines[0] == "Stripe's events could not be read: Nobody there."
    assert "Stripe's lists could not be compared: Nobody there." in lines


def test_the_command_ends_with_one_when_the_books_differ(
    stripe: Stripe, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(our_clock, "now", lambda: now)
    out = StringIO()
    call_command("reconcile", "--dry-run", stdout=out)
    make.session(student=make.sam(), mentor=make.mentor(), starts_at=TUESDAY_14)
    Payment.objects.update(refunded_minor=500, owed_minor=500)
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", "--dry-run", stdout=out)
    assert ended.value.code == 1
    assert "BOOKS DIFFER: captured 120.00 USD is not" in out.getvalue()
