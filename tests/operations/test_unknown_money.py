"""Money at Stripe that no row here knows, as after a backup was restored: flagged for operators until it is given back."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client

from mentormap.accounts.models import User
from mentormap.bookings.notices import scheduled
from mentormap.bookings.reconciliation import stripe_audit
from mentormap.bookings.settlement.settle import settle
from mentormap.notifications.models import Notice
from mentormap.notifications.notice_kinds import Channel
from mentormap.operations.health import checks, doctor
from mentormap.operations.jobs import schedule
from mentormap.operations.process.worker import Away
from mentormap.payments import flags, gateway
from mentormap.payments.models import Flag, Payment
from tests import make
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("standing_edge")]


@pytest.fixture
def ada() -> User:
    return make.ada()


@pytest.fixture
def intent_id(stripe: Stripe, ada: User, now: datetime) -> str:
    """Sam's hour is paid and known here; another checkout of this account is paid, and no row is left of it."""
    known = make.hold(now=now).payment
    stripe.pay(known.checkout_id)
    settle(known.pk, now=now)
    request = {**Payment.objects.get().checkout_request, "client_reference_id": "lost"}
    lost = gateway.create_checkout(request, idempotency_key="lost")
    stripe.pay(lost.id)
    return gateway.fetch_checkout(lost.id).intent_id


def compare(now: datetime) -> None:
    """What the worker does each day, and then each quarter of a minute."""
    schedule.audit_and_prune(now)
    scheduled.run(now)


def first_page(client: Client, ada: User) -> str:
    client.force_login(ada)
    answer = client.get("/admin/")
    assert isinstance(answer, HttpResponse)
    return " ".join(answer.content.decode().replace("\u00a0", " ").replace("&#x27;", "'").split())


def books(now: datetime) -> list[bool]:
    """As the doctor has them."""
    return [finding.is_ok for finding in doctor.examine(now=now) if finding.name == "books"]


def operator_notices() -> list[tuple[str, int]]:
    return list(Notice.objects.filter(occasion="money_flagged").values_list("person__name", "reference"))


def test_it_is_flagged_once_with_what_to_do(intent_id: str, clock: StandingClock) -> None:
    compare(clock.now)
    flag = Flag.objects.get()
    assert (flag.payment_id, flag.stripe_id, flag.name) == (None, intent_id, "unknown-here")
    checkout, charge = flag.note.split("knows it. ")
    assert checkout.endswith(" of 120.00 USD was paid, and no payment of ours ")
    assert charge.endswith(" of 120.00 USD is on the balance, and no payment of ours knows it.")
    compare(clock.advance(days=1))
    assert Flag.objects.get() == flag
    assert operator_notices() == [("Ada", flag.pk)]


def test_the_first_page_shows_it(client: Client, ada: User, intent_id: str, now: datetime) -> None:
    assert "All is well" not in first_page(client, ada)
    assert "The books do not agree." not in first_page(client, ada)
    compare(now)
    shown, flag = first_page(client, ada), Flag.objects.get()
    assert "The books do not agree." in shown
    assert "lists have what these lack: 1 flagged below." in shown
    assert flag.note in shown
    assert flag.what_to_do in shown


def test_doctor_and_metrics_say_so(client: Client, intent_id: str, now: datetime) -> None:
    assert books(now) == [True]
    compare(now)
    assert books(now) == [True, False]
    assert checks.books()[-1].message == "Stripe's lists have what these lack: 1 flagged"
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=StringIO())
    assert ended.value.code == 1
    assert 'mentormap_flags_open{name="unknown-here"} 1.0' in client.get("/metrics").content.decode()


def test_operators_are_mailed_what_it_is(intent_id: str, ada: User, now: datetime) -> None:
    compare(now)
    Notice.objects.exclude(person=ada).delete()
    schedule.sending(Channel.EMAIL)(now)
    flag = Flag.objects.get()
    [sent] = mail.outbox
    assert (sent.subject, sent.to) == ("A payment waits for you: Not in our books", ["Ada <ada@example.com>"])
    assert f"{intent_id} at Stripe was flagged on Mon 23 Nov 2026" in str(sent.body)
    assert f"/admin/payments/flag/{flag.pk}/change/" in str(sent.body)


def test_it_goes_once_all_of_it_is_given_back(
    stripe: Stripe, client: Client, ada: User, intent_id: str, clock: StandingClock
) -> None:
    compare(clock.now)
    stripe.sandbox.refund(intent_id, amount=2_000)
    compare(clock.advance(hours=1))
    assert "is of no payment of ours." in Flag.objects.open().get().note
    stripe.sandbox.refund(intent_id, amount=10_000)
    compare(clock.advance(hours=1))
    assert not Flag.objects.open().exists()
    assert Flag.objects.get().resolved_at == clock.now
    assert books(clock.now) == [True]
    assert "The books do not agree." not in first_page(client, ada)


def test_it_goes_when_its_payment_is_known_again(intent_id: str, now: datetime) -> None:
    """As after a restore from a newer backup."""
    compare(now)
    assert Flag.objects.open().get().stripe_id == intent_id
    lost = next(
        facts
        for facts in gateway.paid_checkouts(created_from=now - timedelta(days=1))
        if facts.intent_id == intent_id
    )
    Payment.objects.update(checkout_id=lost.id, payment_intent_id=intent_id)
    charges = {
        facts.intent_id: facts.charge_id
        for facts in gateway.recent_charges(
            created_from=now - timedelta(days=1), delayed_from=now - timedelta(days=1)
        )
    }
    Payment.objects.update(charge_id=charges[intent_id])
    compare(now)
    assert intent_id not in Flag.objects.open().values_list("stripe_id", flat=True)


def test_it_does_not_go_because_it_was_long_ago(intent_id: str, clock: StandingClock) -> None:
    compare(clock.now)
    for _ in range(4):
        compare(clock.advance(days=2))
    assert Flag.objects.open().get().stripe_id == intent_id


def test_what_an_operator_has_resolved_is_not_flagged_again(
    intent_id: str, ada: User, clock: StandingClock
) -> None:
    compare(clock.now)
    assert flags.resolve(Flag.objects.get(), by=ada, resolution="Of our shop.", now=clock.now)
    compare(clock.advance(days=1))
    assert not Flag.objects.open().exists()
    assert books(clock.now) == [True]


def test_what_was_resolved_stays_so_as_the_lists_forget_it_bit_by_bit(
    stripe: Stripe, intent_id: str, ada: User, clock: StandingClock
) -> None:
    clock.advance(hours=1)
    stripe.sandbox.refund(intent_id, amount=2_000)
    compare(clock.now)
    assert flags.resolve(Flag.objects.get(), by=ada, resolution="Of our shop.", now=clock.now)
    clock.advance(minutes=-30)
    compare(clock.advance(days=3))
    assert list(stripe_audit.discrepancies(clock.now)) != []
    assert not Flag.objects.open().exists()


def test_news_of_what_was_resolved_is_flagged(
    stripe: Stripe, intent_id: str, ada: User, clock: StandingClock
) -> None:
    compare(clock.now)
    assert flags.resolve(Flag.objects.get(), by=ada, resolution="Of our shop.", now=clock.now)
    stripe.sandbox.refund(intent_id, amount=2_000)
    compare(clock.advance(hours=1))
    assert "is of no payment of ours." in Flag.objects.open().get().note


def test_reconcile_agrees_once_an_operator_has_resolved_it(intent_id: str, ada: User, now: datetime) -> None:
    compare(now)
    assert flags.resolve(Flag.objects.get(), by=ada, resolution="Of our shop.", now=now)
    for command in (["reconcile", "--dry-run"], ["reconcile"]):
        out = StringIO()
        call_command(*command, stdout=out)
        assert out.getvalue().count("An operator has dealt with it.") == 2
    assert not Flag.objects.open().exists()


def test_the_desk_lists_and_resolves_it(client: Client, ada: User, intent_id: str, now: datetime) -> None:
    compare(now)
    client.force_login(ada)
    flag = Flag.objects.get()
    for page in ("", f"{flag.pk}/change/", f"?q={intent_id}"):
        shown = client.get(f"/admin/payments/flag/{page}").content.decode()
        assert f"{intent_id} at Stripe" in shown
    chosen = {"_selected_action": str(flag.pk), "confirmed": "yes", "reason": "Of our shop."}
    client.post("/admin/payments/flag/", {"action": "resolve", **chosen})
    flag.refresh_from_db()
    assert (flag.resolved_by, flag.resolution) == (ada, "Of our shop.")


def test_reconcile_flags_it_too(intent_id: str) -> None:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("reconcile", "--dry-run", stdout=out)
    assert not Flag.objects.exists()
    with pytest.raises(SystemExit):
        call_command("reconcile", stdout=out)
    assert Flag.objects.get().stripe_id == intent_id
    assert "BOOKS DIFFER: Stripe's lists have what these lack: 1 flagged." in out.getvalue()


def test_a_comparison_that_fails_takes_nothing_back(
    intent_id: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise gateway.StripeUnavailable("Nobody there.")

    compare(now)
    monkeypatch.setattr(gateway, "recent_disputes", refuse)
    with pytest.raises(Away, match=r"^Nobody there\.$"):
        schedule.audit_and_prune(now)
    assert Flag.objects.open().count() == 1
