"""Everybody at once: whoever is first wins, the others are told, and nothing happens twice."""

import json
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.conf import settings

from mentormap.bookings import cancellation, lifecycle
from mentormap.bookings.cancellation import JustPaid
from mentormap.bookings.checkout import book
from mentormap.bookings.lifecycle import MoveLost
from mentormap.bookings.models import Session
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.reschedule import CannotMove, MovedMeanwhile, reschedule
from mentormap.bookings.settlement.settle import send_refund, settle
from mentormap.bookings.slots.finder import TimeTaken
from mentormap.payments import gateway, inbox, refunds
from mentormap.payments.models import Refund, StripeEvent
from mentormap.payments.stripe_objects import StripeCheckout
from stripe_sandbox.webhooks import sign
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.consistency.invariants import (
    assert_agrees_with,
    assert_cells_are_those_of_live_sessions,
    assert_nobody_is_booked_twice,
    assert_sound,
)
from tests.consistency.world import drain, notices_sent, objects, run_jobs
from tests.make import TUESDAY_14
from tests.racing import all_at_once
from tests.sandbox_client import pay_by_debit

THURSDAY_14 = TUESDAY_14 + timedelta(days=2)
BOOKED = ["booked Maya", "booked Sam", "link Maya", "link Sam"]
CANCELLED = ["cancelled Maya", "cancelled Sam"]
ROUNDS = 6

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def holds(stripe: Stripe, now: datetime) -> list[Session]:
    """Hours that begin on Tuesday at 14:00 UTC, none paid."""
    return many_holds(starts_at=TUESDAY_14, now=now)


def many_holds(*, starts_at: datetime, now: datetime) -> list[Session]:
    """As many students, each with a mentor of their own: nobody may hold many times at once."""
    return [
        make.hold(student=make.person(f"Student{number}"), mentor=mentor, starts_at=starts_at, now=now)
        for number, mentor in enumerate(make.mentors(ROUNDS))
    ]


def test_all_who_want_overlapping_hours_get_one_hold(stripe: Stripe, now: datetime) -> None:
    mentor, students = make.mentor(), [make.person(f"Student{number}") for number in range(10)]
    halves = [TUESDAY_14, TUESDAY_14 + timedelta(minutes=30)] * 5
    wishes = [
        make.request(student=student, mentor=mentor, starts_at=starts_at)
        for student, starts_at in zip(students, halves, strict=True)
    ]
    answers = all_at_once([partial(book, wish, origin=make.ORIGIN, now=now) for wish in wishes])
    assert Counter(type(answer) for answer in answers) == {Session: 1, TimeTaken: 9}
    assert_sound()


def test_a_hundred_who_settle_at_once_confirm_once(stripe: Stripe, held: Session, now: datetime) -> None:
    stripe.pay(held.payment.checkout_id)
    bodies = [json.dumps(event, indent=2).encode() for event in objects(stripe, "event")]

    def webhook(number: int) -> None:
        body = bodies[number % len(bodies)]
        signature = sign(body, secret=settings.STRIPE_WEBHOOK_SECRETS[0], sent_at=int(now.timestamp()))
        inbox.receive(body, signature, now=now)
        drain(now)

    def success_page() -> None:
        settle(held.payment_id, now=now)

    def poller() -> None:
        inbox.poll(now=now)
        drain(now)

    webhooks = [partial(webhook, number) for number in range(34)]
    all_at_once([*webhooks, *[success_page] * 33, *[poller] * 33])
    assert make.states(held) == ("scheduled", "paid", "paid")
    assert (held.history.count(), notices_sent()) == (2, BOOKED)
    assert StripeEvent.objects.count() == len(bodies)
    assert StripeEvent.objects.filter(handled_at=None).count() == 0
    assert_sound()
    assert_agrees_with(stripe)


def test_cancelling_a_hold_while_its_payment_settles(
    stripe: Stripe, holds: list[Session], now: datetime
) -> None:
    """Either it was still a hold for both, and the canceller is asked again, or it is cancelled with all money back."""
    for hold in holds:
        stripe.pay(hold.payment.checkout_id)
        cancel = partial(cancellation.cancel, hold, actor=hold.student, now=now)
        answers = all_at_once([cancel, partial(settle, hold.payment_id, now=now)])
        kept = isinstance(answers[0], JustPaid)
        expected = ("scheduled", "paid", "paid") if kept else ("cancelled", "refunded", "paid")
        assert make.states(hold) == expected
        assert Refund.objects.filter(payment=hold.payment_id).count() == (0 if kept else 1)
    assert_sound()
    assert_agrees_with(stripe)


def test_letting_go_while_paying(stripe: Stripe, holds: list[Session], now: datetime) -> None:
    """Stripe decides who was first; a released hold was never charged, a charged one is booked."""
    for hold in holds:
        release = partial(cancellation.release, hold, actor=hold.student, now=now)
        pay = partial(stripe.pay, hold.payment.checkout_id)
        all_at_once([pay, release, partial(settle, hold.payment_id, now=now)])
        drain_all(now)
        assert make.states(hold) in {("scheduled", "paid", "paid"), ("cancelled", "pending", "expired")}
    assert_sound()
    assert_agrees_with(stripe)


def drain_all(now: datetime) -> None:
    inbox.poll(now=now)
    drain(now)


def test_the_start_of_the_session_while_paying(stripe: Stripe, clock: StandingClock) -> None:
    """The reconciler ends the checkout at the start; money that comes just then goes back in full."""
    holds = many_holds(starts_at=clock.now + timedelta(minutes=30), now=clock.now)
    now = clock.advance(minutes=31)
    payers = [partial(stripe.pay, hold.payment.checkout_id) for hold in holds]
    settlers = [partial(settle, hold.payment_id, now=now) for hold in holds]
    all_at_once([*payers, partial(reconcile.run, now), *settlers])
    run_jobs(clock.advance(minutes=5))
    ends = {make.states(hold) for hold in holds}
    assert ends <= {("cancelled", "refunded", "paid"), ("cancelled", "pending", "expired")}
    assert_sound()
    assert_agrees_with(stripe)


def test_all_who_cancel_at_once_cancel_once(stripe: Stripe, booked: Session, clock: StandingClock) -> None:
    """Late, so that the student's half and the mentor's whole differ: whoever is first decides."""
    late = clock.advance(hours=10)
    people = [booked.student, booked.mentor.user, make.ada()] * 3
    all_at_once([partial(cancellation.cancel, booked, actor=actor, now=late) for actor in people])
    run_jobs(clock.advance(minutes=5))
    cancelled = make.current(booked)
    moves = list(cancelled.history.filter(to_status="cancelled", to_payment_status="paid"))
    assert (len(moves), cancelled.sequence) == (1, 1)
    assert [refund.state for refund in Refund.objects.all()] == ["succeeded"]
    by_student = moves[0].actor_id == booked.student_id
    assert cancelled.payment.refunded_minor == (6_000 if by_student else 12_000)
    assert notices_sent() == sorted([*BOOKED, *CANCELLED])
    assert_sound()
    assert_agrees_with(stripe)


def test_workers_who_send_the_same_refund_send_it_once(
    stripe: Stripe, booked: Session, clock: StandingClock
) -> None:
    stripe.sandbox.add_fault("unavailable", method="POST", path="/v1/refunds", times=3)
    cancellation.cancel(booked, actor=booked.student, now=clock.now)
    later = clock.advance(minutes=5)
    seen_by_each = [refund for _ in range(8) for refund in refunds.due(later)]
    sent = all_at_once([partial(send_refund, refund, now=later) for refund in seen_by_each])
    assert (sorted(map(str, sent)), Refund.objects.get().tries) == (["False"] * 7 + ["True"], 2)
    assert len(objects(stripe, "refund")) == 1
    assert make.states(booked) == ("cancelled", "refunded", "paid")


def test_a_look_that_is_older_than_the_truth_changes_nothing(
    stripe: Stripe, held: Session, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first look, which sees a debit under way, and its effect, the money comes and another process books."""
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    fetch = gateway.fetch_checkout

    def overtaken(checkout_id: str) -> StripeCheckout:
        facts = fetch(checkout_id)
        monkeypatch.setattr(gateway, "fetch_checkout", fetch)
        stripe.sandbox.settle(checkout_id)
        settle(held.payment_id, now=clock.now)
        return facts

    monkeypatch.setattr(gateway, "fetch_checkout", overtaken)
    settle(held.payment_id, now=clock.now)
    assert make.states(held) == ("scheduled", "paid", "paid")
    assert held.history.count() == 3  # held, asked of the bank, paid


def test_moving_while_cancelling(stripe: Stripe, now: datetime) -> None:
    """A cancelled session stays so, wherever it was when it was cancelled, and its time is free."""
    sessions = many_booked(stripe, now)
    for session in sessions:
        move = partial(reschedule, session, actor=session.mentor.user, starts_at=THURSDAY_14, now=now)
        moved, cancelled = all_at_once(
            [move, partial(cancellation.cancel, session, actor=session.student, now=now)]
        )
        assert isinstance(cancelled, Session)
        assert make.states(session) == ("cancelled", "refunded", "paid")
        assert make.current(session).sequence == (1 if isinstance(moved, CannotMove) else 2)
    assert_sound()
    assert_agrees_with(stripe)


def test_all_who_move_to_the_same_hour_move_one_session(stripe: Stripe, now: datetime) -> None:
    """Ten sessions of one mentor, and one hour."""
    mentor = make.mentor()
    days = [TUESDAY_14 + timedelta(days=number) for number in range(3, 13)]
    sessions = [
        make.session(student=make.person(f"Student{number}"), mentor=mentor, starts_at=day)
        for number, day in enumerate(days)
    ]
    moves = [partial(reschedule, one, actor=one.student, starts_at=THURSDAY_14, now=now) for one in sessions]
    answers = all_at_once(moves)
    assert Counter(type(answer) for answer in answers) == {Session: 1, TimeTaken: 9}
    assert Session.objects.filter(scheduled_at=THURSDAY_14).count() == 1
    assert_cells_are_those_of_live_sessions()
    assert_nobody_is_booked_twice()


def test_of_all_moves_of_one_session_one_wins(stripe: Stripe, now: datetime) -> None:
    """To different hours: the others are told that it was moved. To the same: it is one move."""
    for session in many_booked(stripe, now):
        hours = [THURSDAY_14 + timedelta(hours=number // 2) for number in range(8)]
        people = [session.student, session.mentor.user] * 4
        moves = [
            partial(reschedule, session, actor=actor, starts_at=starts_at, now=now)
            for actor, starts_at in zip(people, hours, strict=True)
        ]
        answers = all_at_once(moves)
        assert Counter(type(answer) for answer in answers) == {Session: 2, MovedMeanwhile: 6}
        assert make.current(session).sequence == 1
    assert_sound()


def test_moving_while_somebody_books_the_hour(stripe: Stripe, now: datetime) -> None:
    """One of the two gets it; the other keeps what they had."""
    for session in many_booked(stripe, now):
        wish = make.request(
            student=make.person(f"Rival{session.pk}"), mentor=session.mentor, starts_at=THURSDAY_14
        )
        move = partial(reschedule, session, actor=session.student, starts_at=THURSDAY_14, now=now)
        answers = all_at_once([move, partial(book, wish, origin=make.ORIGIN, now=now)])
        assert sorted(type(answer).__name__ for answer in answers) == ["Session", "TimeTaken"]
        assert (make.current(session).sequence == 1) == isinstance(answers[0], Session)
    assert_sound()


def test_two_who_change_places_stay_where_they_are(stripe: Stripe, now: datetime) -> None:
    """Neither hour is free before the other is left: nobody waits for anybody."""
    for first, second in neighbours(now):
        answers = all_at_once(
            [
                partial(reschedule, first, actor=first.student, starts_at=second.scheduled_at, now=now),
                partial(reschedule, second, actor=second.student, starts_at=first.scheduled_at, now=now),
            ]
        )
        assert [type(answer) for answer in answers] == [TimeTaken, TimeTaken]
    assert_cells_are_those_of_live_sessions()


def test_moving_while_the_session_is_completed(stripe: Stripe, now: datetime) -> None:
    """By two machines whose clocks differ: what was moved a moment ago is not completed, and the other way round."""
    sessions = many_booked(stripe, now)
    moves = [partial(reschedule, one, actor=one.student, starts_at=THURSDAY_14, now=now) for one in sessions]
    complete = partial(reconcile.complete_ended, now=TUESDAY_14 + timedelta(hours=1))
    *moved, completed = all_at_once([*moves, complete])
    ends = Counter(
        (type(answer), make.current(one).status) for answer, one in zip(moved, sessions, strict=True)
    )
    assert set(ends) <= {(Session, "scheduled"), (CannotMove, "completed")}
    assert ends[CannotMove, "completed"] == completed
    assert_sound()


def many_booked(stripe: Stripe, now: datetime) -> list[Session]:
    """As many sessions on Tuesday at 14:00 UTC, each with people of its own."""
    holds = many_holds(starts_at=TUESDAY_14, now=now)
    for hold in holds:
        stripe.pay(hold.payment.checkout_id)
        settle(hold.payment_id, now=now)
    return [make.current(hold) for hold in holds]


def neighbours(now: datetime) -> list[tuple[Session, Session]]:
    """Two sessions of each mentor, one after the other."""
    return [
        (
            make.session(student=make.person(f"Early{mentor.pk}"), mentor=mentor, starts_at=THURSDAY_14),
            make.session(
                student=make.person(f"Late{mentor.pk}"),
                mentor=mentor,
                starts_at=THURSDAY_14 + timedelta(hours=1),
            ),
        )
        for mentor in make.mentors(ROUNDS)
    ]


def test_a_move_from_a_state_that_is_gone_is_lost(stripe: Stripe, booked: Session, now: datetime) -> None:
    """Whoever completes a session that was cancelled a moment ago is told, and writes nothing."""
    seen = make.current(booked)
    cancellation.cancel(booked, actor=booked.mentor.user, now=now)
    with pytest.raises(MoveLost):
        lifecycle.complete(seen, now=now)
    assert make.states(booked) == ("cancelled", "refunded", "paid")
    assert_sound()
