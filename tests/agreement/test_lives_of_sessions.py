"""What becomes of paid sessions: moved, cancelled, missed, decided, disputed, refunded, while Stripe fails; all agree all the while."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar, Final

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, no_shows
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import TIME_BEFORE_REPORT, TIME_TO_REPORT, NoShowReport, Session
from mentormap.bookings.reschedule import reschedule
from mentormap.bookings.settlement.settle import settle
from mentormap.payments import inbox
from stripe_sandbox.errors import StripeError
from tests import make
from tests.agreement.effort import AS_USUAL, examples
from tests.agreement.invariants import assert_agrees_with, assert_sound
from tests.agreement.world import LATER, run_duties
from tests.conftest import MONDAY, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

PAUSES: Final = (timedelta(minutes=6), timedelta(hours=25))
numbers = st.integers(0, 11)
people = st.sampled_from(["student", "mentor"])


class Lives(RuleBasedStateMachine):
    """Three hours that Sam and Olga have paid, two of them with Maya."""

    stripe: ClassVar[Stripe]
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.stripe.sandbox.reset()
        self.clock = self.stripe.clock
        self.clock.now = MONDAY
        self.ada = make.ada()
        inbox.poll(now=MONDAY)

    @initialize(moves=st.lists(st.tuples(numbers, people, st.integers(50, 150)), max_size=4))
    def begin(self, moves: list[tuple[int, str, int]]) -> None:
        """They are all far enough ahead to be moved."""
        maya, mira = make.mentor(), make.mentor(make.person("Mira"))
        sam, olga = make.sam(), make.olga()
        for hours, student, mentor in ((53, sam, maya), (55, olga, maya), (101, olga, mira)):
            starts_at = MONDAY + timedelta(hours=hours)
            held = make.hold(student=student, mentor=mentor, starts_at=starts_at, now=MONDAY)
            self.stripe.pay(held.payment.checkout_id)
            settle(held.payment_id, now=MONDAY)
        for number, who, half_hours in moves:
            self.move(number, who, half_hours)

    def teardown(self) -> None:
        try:
            self.the_duties_run_while_stripe_is_in_reach()
            self.note_what_was_done()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def session(self, number: int, **facts: Any) -> Session:
        """Of those of which that is true, if there are any."""
        sessions = Session.objects.with_people().order_by("pk")
        found = list(sessions.filter(**facts)) or list(sessions)
        return found[number % len(found)]

    def actor(self, who: str, session: Session) -> User:
        return session.student if who == "student" else session.mentor.user

    @rule(number=numbers, who=people, half_hours=st.integers(50, 150))
    def move(self, number: int, who: str, half_hours: int) -> None:
        session = self.session(number)
        this_hour = self.clock.now.replace(minute=0, second=0)
        starts_at = this_hour + timedelta(minutes=30 * half_hours)
        with suppress(Refused):
            reschedule(session, actor=self.actor(who, session), starts_at=starts_at, now=self.clock.now)

    @rule(number=numbers, who=people)
    def cancel(self, number: int, who: str) -> None:
        session = self.session(number)
        with suppress(Refused):
            cancellation.cancel(session, actor=self.actor(who, session), now=self.clock.now)

    @rule(
        number=numbers,
        who=st.sampled_from(["student", "mentor", "both"]),
        decision=st.sampled_from([None, *NoShowReport.Decision]),
        pause=st.sampled_from([timedelta(hours=2), TIME_TO_REPORT]),
    )
    def somebody_did_not_come(
        self, number: int, who: str, decision: NoShowReport.Decision | None, pause: timedelta
    ) -> None:
        """Says one of them, or each of the other, once the session has begun; then time decides, or an operator, or nobody yet."""
        session = self.session(number, no_show__decided_at=None)
        self.wait(max(session.scheduled_at + TIME_BEFORE_REPORT - self.clock.now, timedelta()))
        for one in ["student", "mentor"] if who == "both" else [who]:
            with suppress(Refused):
                no_shows.report(session, actor=self.actor(one, session), text="", now=self.clock.now)
        self.wait(pause)
        run_duties(self.clock.now)
        report = NoShowReport.objects.filter(session=session, decided_at=None).first()
        if report is not None and decision is not None:
            with suppress(Refused):
                no_shows.decide(report, decision, reason="So it is.", by=self.ada, now=self.clock.now)

    @rule(number=numbers, amount=st.sampled_from([None, 1_000]))
    def refund_in_the_dashboard(self, number: int, amount: int | None) -> None:
        with suppress(StripeError):
            self.stripe.sandbox.refund(self.session(number).payment.payment_intent_id, amount=amount)

    @rule(number=numbers, inquiry=st.booleans())
    def dispute(self, number: int, *, inquiry: bool) -> None:
        with suppress(StripeError):
            self.stripe.sandbox.dispute(self.session(number).payment.payment_intent_id, inquiry=inquiry)

    @rule(kind=st.sampled_from(["unavailable", "timeout_after", "rate_limit"]))
    def refunds_break(self, kind: str) -> None:
        self.stripe.sandbox.add_fault(kind, method="POST", path="/v1/refunds", times=3)

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        self.wait(pause)

    def wait(self, pause: timedelta) -> None:
        self.clock.now += pause
        self.stripe.sandbox.catch_up()

    @rule()
    def the_duties_run_while_stripe_is_in_reach(self) -> None:
        self.stripe.sandbox.clear_faults()
        for pause in LATER:
            self.clock.advance(**pause)
            self.stripe.sandbox.catch_up()
            run_duties(self.clock.now)
        assert_sound()
        assert_agrees_with(self.stripe)

    @invariant()
    def sound(self) -> None:
        assert_sound()
        assert_decisions_are_kept()

    def note_what_was_done(self) -> None:
        """So that people can see that all of it was tried."""
        for report in NoShowReport.objects.exclude(decided_at=None):
            by = "an operator" if report.decided_by else "time"
            self.done[f"decided for {report.decision} by {by}"] += 1
        for session in Session.objects.filter(history__to_start__isnull=False).distinct():
            self.done[f"moved, then {session.status}"] += 1


def assert_decisions_are_kept() -> None:
    """What was decided for the student has gone back, is on its way, or waits for an operator; what for the mentor, has not."""
    for report in NoShowReport.objects.exclude(decided_at=None).select_related("session__payment"):
        payment = report.session.payment
        if report.decision == NoShowReport.Decision.STUDENT:
            back = sum(
                refund.amount_minor for refund in payment.refunds.exclude(state__in=["failed", "canceled"])
            )
            assert back >= payment.captured_minor or payment.flags.open().exists()
        else:
            ours = payment.refunds.filter(is_foreign=False, created_at__gte=report.decided_at)
            assert not ours.exists()


def test_paid_sessions_end_well_whatever_happens(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(Lives, "stripe", stripe, raising=False)
    monkeypatch.setattr(Lives, "done", Counter())
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=examples(18),
            stateful_step_count=20,
            deadline=None,
            derandomize=AS_USUAL,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("figures", f"lives of sessions: {dict(sorted(Lives.done.items()))}")
