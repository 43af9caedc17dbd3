"""The operator's pages of money: the first page, flags, and giving money back."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mentormap.bookings.models import AuditEntry, Session
from mentormap.operations.models import Heartbeat
from mentormap.payments import flags, inbox
from mentormap.payments.gateway import StripeUnavailable
from mentormap.payments.models import Flag, Payment, Refund, StripeEvent
from tests import make
from tests.conftest import StandingClock
from tests.make import TUESDAY_14

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("standing_edge")]
LOST = "Stripe does not know this checkout: another key or account made it."


@pytest.fixture
def desk(client: Client) -> Client:
    """Ada at her desk."""
    client.force_login(make.ada())
    return client


@pytest.fixture
def flag(booked: Session, now: datetime) -> Flag:
    flags.raise_flag(booked.payment, Flag.Name.CHECKOUT_MISSING, LOST, now=now)
    return Flag.objects.get()


def text(answer: object) -> str:
    assert isinstance(answer, HttpResponse)
    plain = (
        answer.content.decode()
        .replace("\u00a0", " ")
        .replace("&#x27;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
    )
    return " ".join(plain.split())


def page(table: str, kind: str, *arguments: object) -> str:
    return reverse(f"admin:payments_{table}_{kind}", args=arguments)


def do(desk: Client, verb: str, flag: Flag, **fields: str) -> str:
    sent = {"action": verb, "_selected_action": str(flag.pk), **fields}
    return text(desk.post(page("flag", "changelist"), sent, follow=True))


def test_the_first_page_says_that_all_is_well(desk: Client, booked: Session, now: datetime) -> None:
    Heartbeat.objects.beat("here:1", now=now)
    inbox.poll(now=now)
    StripeEvent.objects.update(delivered_at=now, handled_at=now)
    shown = text(desk.get("/admin/"))
    assert "All is well. Nothing waits for you." in shown
    assert re.findall(r'<td data-label="[A-Z][a-z]+">([0-9.]+ USD)</td>', shown) == [
        "120.00 USD",
        "120.00 USD",
        "0.00 USD",
        "0.00 USD",
    ]
    assert "No flag is open." in shown
    assert "none has ever come" not in shown


def test_the_first_page_says_what_waits_and_for_how_long(
    desk: Client, flag: Flag, clock: StandingClock
) -> None:
    Heartbeat.objects.beat("here:1", now=clock.advance(hours=2))
    shown = text(desk.get("/admin/"))
    assert "Something waits for you." in shown
    assert '<span class="quiet">for 2 h</span>' in shown
    assert LOST in shown
    assert flag.what_to_do in shown
    assert f"Payment {flag.payment_id}, 120.00 USD (paid)" in shown


def test_the_first_page_says_when_books_differ_or_nothing_runs(desk: Client, booked: Session) -> None:
    assert "Something does not run." in text(desk.get("/admin/"))
    Payment.objects.update(refunded_minor=500, owed_minor=500)
    shown = text(desk.get("/admin/"))
    assert "The books do not agree." in shown
    assert '<span class="mark bad">no</span>' in shown


def test_the_first_page_says_when_webhooks_seem_dead(
    desk: Client, booked: Session, clock: StandingClock
) -> None:
    inbox.poll(now=clock.now)
    clock.advance(minutes=11)
    assert "None has ever come; since then only asking Stripe has brought" in text(desk.get("/admin/"))


def test_the_first_page_costs_few_queries(desk: Client, booked: Session, now: datetime) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get("/admin/")
        return len(queries)

    inbox.poll(now=now)
    before = count()
    for number, mentor in enumerate(make.mentors(29)):
        session = make.session(
            student=booked.student, mentor=mentor, starts_at=TUESDAY_14 + timedelta(days=number)
        )
        flags.raise_flag(session.payment, Flag.Name.DISPUTED, "Disputed.", now=now)
    assert count() == before <= 12


def test_a_flag_is_resolved_for_a_reason_by_somebody(desk: Client, flag: Flag, clock: StandingClock) -> None:
    assert "What was done?" in do(desk, "resolve", flag)
    assert "Write a reason first." in do(desk, "resolve", flag, confirmed="yes", reason=" ")
    later = clock.advance(minutes=5)
    shown = do(desk, "resolve", flag, confirmed="yes", reason="The old key is back.")
    assert f"Unknown to Stripe of payment {flag.payment_id} is resolved." in shown
    flag.refresh_from_db()
    assert flag.resolved_by is not None
    assert (flag.resolved_by.name, flag.resolved_at, flag.resolution) == (
        "Ada",
        later,
        "The old key is back.",
    )
    assert "Resolve</button>" not in text(desk.get(page("flag", "change", flag.pk)))


def test_open_flags_are_listed_and_resolved_ones_on_demand(desk: Client, flag: Flag, now: datetime) -> None:
    def listed(**query: str) -> int:
        return len(desk.get(page("flag", "changelist"), query).context["cl"].result_list)

    assert (listed(), listed(state="resolved"), listed(state="all")) == (1, 0, 1)
    Flag.objects.update(resolved_at=now)
    assert (listed(), listed(state="resolved"), listed(state="all")) == (0, 1, 1)


def test_asking_again_mends_what_is_well_at_stripe(desk: Client, flag: Flag) -> None:
    assert "120.00 USD (paid) agrees with Stripe." in do(desk, "settle_again", flag)
    flag.refresh_from_db()
    assert (flag.resolved_by, flag.resolved_at is None) == (None, False)
    assert AuditEntry.objects.get().what == "Asked Stripe what became of this payment."


def test_a_payment_shows_its_flags_and_its_timeline(desk: Client, flag: Flag) -> None:
    shown = text(desk.get(page("payment", "change", flag.payment_id)))
    assert flag.what_to_do in shown
    assert "2026-11-23 09:00:00 UTC</time><br>2026-11-23 09:00:00 Europe/London" in shown
    assert "Flagged: Unknown to Stripe" in shown


def test_a_payment_with_fifty_events_costs_few_queries(desk: Client, booked: Session, now: datetime) -> None:
    StripeEvent.objects.bulk_create(
        StripeEvent(
            event_id=f"evt_{number}", body={}, source="webhook", payment=booked.payment, received_at=now
        )
        for number in range(50)
    )
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(page("payment", "change", booked.payment_id)).status_code == 200
    assert len(queries) <= 12


def test_money_goes_back_after_saying_what_will_happen(desk: Client, booked: Session) -> None:
    address = page("payment", "refund", booked.payment_id)
    assert "At most 120.00 USD." in text(desk.get(address))
    sent = {"amount": "50", "reason": "The call broke off."}
    foretold = text(desk.post(address, sent))
    assert (
        "50.00 USD goes back to Sam <sam@example.com>, by the way it was paid, and Sam gets a mail."
        in foretold
    )
    assert (
        "“System Design Review” on Tue 24 Nov 2026, 14:00 (UTC) stays scheduled. 70.00 USD of the payment stays."
        in foretold
    )
    assert not Refund.objects.exists()
    done = text(desk.post(address, {**sent, "confirmed": "yes"}, follow=True))
    assert "50.00 USD is on its way back to Sam." in done
    assert "Ada: Gave back 50.00 USD: The call broke off." in done
    assert Refund.objects.get().state == "succeeded"


def test_giving_all_of_it_back_says_that_the_session_ends(desk: Client, booked: Session) -> None:
    address = page("payment", "refund", booked.payment_id)
    sent = {"amount": "120.00", "reason": "Goodwill."}
    foretold = text(desk.post(address, sent))
    assert (
        "That is all of it, so “System Design Review” on Tue 24 Nov 2026, 14:00 (UTC) is cancelled."
        in foretold
    )
    desk.post(address, {**sent, "confirmed": "yes"})
    booked.refresh_from_db()
    assert (booked.status, booked.payment_status) == ("cancelled", "refunded")
    assert "Nothing of this payment is left to give back." in text(desk.get(address))
    assert "Give money back" not in text(desk.get(page("payment", "change", booked.payment_id)))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("120.01", "At most 120.00 USD of this payment can still be given back."),
        ("0", "At most 120.00 USD of this payment can still be given back."),
        ("1.005", "1.005 is not an amount of USD: write a number with at most 2 decimals."),
        ("all", "Enter a number."),
    ],
)
def test_an_amount_that_cannot_be_is_refused(desk: Client, booked: Session, amount: str, said: str) -> None:
    sent = {"amount": amount, "reason": "Goodwill.", "confirmed": "yes"}
    assert said in text(desk.post(page("payment", "refund", booked.payment_id), sent))
    assert not Refund.objects.exists()


def test_a_reason_is_needed(desk: Client, booked: Session) -> None:
    desk.post(page("payment", "refund", booked.payment_id), {"amount": "10", "confirmed": "yes"})
    assert not Refund.objects.exists()


def test_others_do_not_refund(client: Client, booked: Session) -> None:
    client.force_login(booked.student)
    address = page("payment", "refund", booked.payment_id)
    assert client.get(address).status_code == 302
    assert client.post(address, {"amount": "10", "reason": "Mine.", "confirmed": "yes"}).status_code == 302
    assert not Refund.objects.exists()


def test_stripe_out_of_reach_is_said(desk: Client, flag: Flag, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(checkout_id: str) -> None:
        raise StripeUnavailable("Nobody there.")

    monkeypatch.setattr("mentormap.payments.gateway.fetch_checkout", refuse)
    assert "120.00 USD (paid): Nobody there." in do(desk, "settle_again", flag)
