"""Students, mentors, time, Stripe and the network do whatever they like; money and bookings agree all the while."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar, Final

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mentormap.accounts.models import User
from mentormap.bookings import cancellation, no_shows, operator_refunds
from mentormap.bookings.checkout import book
from mentormap.bookings.errors import Refused
from mentormap.bookings.models import (
    TIME_BEFORE_REPORT,
    TIME_TO_REPORT,
    NoShowReport,
    PaymentStatus,
    Session,
    SessionStatus,
)
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.reschedule import reschedule
from mentormap.bookings.settlement.settle import settle
from mentormap.lib.money import Money
from mentormap.payments import flags, inbox
from mentormap.payments.gateway import GatewayError
from mentormap.payments.models import Flag, Refund
from stripe_sandbox.errors import StripeError
from stripe_sandbox.faults import KINDS
from stripe_sandbox.webhooks import MODES
from tests import make
from tests.conftest import MONDAY, Stripe
from tests.consistency.invariants import assert_agrees_with, assert_decisions_are_kept, assert_sound
from tests.consistency.world import LATER, drain, objects, run_jobs
from tests.effort import AS_USUAL, examples
from tests.sandbox_client import InProcessHTTPClient, pay_by_debit

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

CARDS: Final = (
    "4242424242424242",
    "4000000000000002",
    "4000000000007726",
    "4000000000005126",
    "4000000000000259",
    "4000000000001976",
    "4000000000005423",
)
ACCOUNTS: Final = ("000123456789", "000111111116")
MEANS: Final = (*CARDS, *ACCOUNTS)
PATHS: Final = ("*", "/v1/checkout/sessions", "/v1/checkout/sessions/*", "/v1/refunds", "/v1/events")
PAUSES: Final = (
    timedelta(seconds=20),
    timedelta(minutes=6),
    timedelta(minutes=40),
    timedelta(hours=3),
    timedelta(hours=25),  # Stripe has forgotten the idempotency keys
)
DISPUTES: Final = ("under_review", "won", "lost", "warning_closed", "needs_response")
REFUNDS: Final = ("requires_action", "canceled", "failed", "succeeded")
numbers = st.integers(0, 11)
people = st.sampled_from(["student", "mentor"])
missing = st.tuples(
    numbers,
    st.sampled_from(["student", "mentor", "both"]),
    st.sampled_from([None, *NoShowReport.Decision]),
    st.sampled_from([timedelta(hours=2), TIME_TO_REPORT]),
)
Move = tuple[int, str, int]
Miss = tuple[int, str, NoShowReport.Decision | None, timedelta]


class Marketplace(RuleBasedStateMachine):
    """Sam and Olga book hours of Maya and Mira, move, cancel and miss them, and something goes wrong all the time."""

    stripe: ClassVar[Stripe]
    calls_within_transactions: ClassVar[list[str]] = []
    depth: ClassVar[int] = 0
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        type(self).depth = len(connection.savepoint_ids)
        self.stripe.sandbox.reset()
        self.clock = self.stripe.clock
        self.clock.now = MONDAY
        self.students = [make.sam(), make.olga()]
        self.mentors = [make.mentor(), make.mentor(make.person("Mira"))]
        self.ada = make.ada()
        inbox.poll(now=MONDAY)  # a worker has run since before the first booking

    def teardown(self) -> None:
        try:
            self.the_jobs_run_while_stripe_is_in_reach()
            self.count_what_was_done()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def session(self, number: int, **facts: object) -> Session:
        """Of those of which that is true, else of those that stand, if there are any."""
        sessions = Session.objects.with_people().order_by("-pk")
        meant = list(sessions.filter(**facts)) if facts else []
        found = meant or list(sessions.filter(status=SessionStatus.SCHEDULED)) or list(sessions)
        return found[number % len(found)]

    def is_any(self) -> bool:
        return Session.objects.exists()

    @initialize(
        number=numbers,
        first=st.sampled_from(MEANS),
        second=st.sampled_from(MEANS),
        returns=st.booleans(),
        moves=st.lists(st.tuples(numbers, people, st.integers(50, 150)), max_size=3),
        missed=st.lists(missing, max_size=2),
    )
    def begin(
        self, number: int, first: str, second: str, moves: list[Move], missed: list[Miss], *, returns: bool
    ) -> None:
        """Both have booked, so that things can go wrong from the first moment; or paid hours were moved and missed already."""
        if number % 2:
            for student, means in enumerate([first, second]):
                self.book(student=student, mentor=number, half_hours=46 + 6 * student + number, minutes=60)
                self.pay(number=0, means=means, returns=returns)
            return
        for student, mentor, hours in ((0, 0, 53), (1, 0, 55), (1, 1, 101)):
            self.book(student=student, mentor=mentor, half_hours=2 * hours, minutes=60)
            self.pay(number=0, means=CARDS[0], returns=True)
        for move in moves:
            self.reschedule(*move)
        for miss in missed:
            self.somebody_did_not_come(*miss)

    @rule(
        student=numbers, mentor=numbers, half_hours=st.integers(1, 70), minutes=st.sampled_from([30, 60, 120])
    )
    def book(self, student: int, mentor: int, half_hours: int, minutes: int) -> None:
        request = make.request(
            student=self.students[student % 2],
            mentor=self.mentors[mentor % 2],
            starts_at=MONDAY + timedelta(minutes=30 * half_hours),
            minutes=minutes,
        )
        with suppress(Refused):
            book(request, origin=make.ORIGIN, now=self.clock.now)

    @precondition(is_any)
    @rule(number=numbers, means=st.sampled_from(MEANS), returns=st.booleans())
    def pay(self, number: int, means: str, *, returns: bool) -> None:
        """Whatever we think of the hold, the page at Stripe decides; not everybody comes back from there."""
        if means in ACCOUNTS:
            pay_by_debit(self.stripe.sandbox, self.checkout_id(number), means)
        else:
            self.stripe.pay(self.checkout_id(number), means)
        if returns:
            self.come_back(number)

    def checkout_id(self, number: int) -> str:
        return self.session(number).payment.checkout_id or "cs_none"

    def come_back(self, number: int) -> None:
        with suppress(GatewayError):
            settle(self.session(number).payment_id, now=self.clock.now)

    @precondition(is_any)
    @rule(number=numbers, who=st.sampled_from(["student", "mentor", "operator"]))
    def cancel(self, number: int, who: str) -> None:
        session = self.session(number)
        with suppress(Refused):
            cancellation.cancel(session, actor=self.actor(who, session), now=self.clock.now)

    @precondition(is_any)
    @rule(number=numbers, who=people, half_hours=st.integers(-20, 150))
    def reschedule(self, number: int, who: str, half_hours: int) -> None:
        session = self.session(number)
        this_hour = self.clock.now.replace(minute=0, second=0)
        starts_at = this_hour + timedelta(minutes=30 * half_hours)
        with suppress(Refused):
            reschedule(session, actor=self.actor(who, session), starts_at=starts_at, now=self.clock.now)

    @precondition(is_any)
    @rule(miss=missing)
    def a_session_is_missed(self, miss: Miss) -> None:
        self.somebody_did_not_come(*miss)

    def somebody_did_not_come(
        self, number: int, who: str, decision: NoShowReport.Decision | None, pause: timedelta
    ) -> None:
        """Says one of them, or each of the other, once the session has begun; then time decides, or an operator, or nobody yet."""
        session = self.session(
            number, no_show=None, payment_status=PaymentStatus.PAID, status=SessionStatus.SCHEDULED
        )
        self.time_passes(max(session.scheduled_at + TIME_BEFORE_REPORT - self.clock.now, timedelta()))
        for one in ["student", "mentor"] if who == "both" else [who]:
            with suppress(Refused):
                no_shows.report(session, actor=self.actor(one, session), text="", now=self.clock.now)
        self.time_passes(pause)
        with suppress(GatewayError):
            run_jobs(self.clock.now)
        report = NoShowReport.objects.filter(session=session, decided_at=None).first()
        if report is not None and decision is not None:
            with suppress(Refused):
                no_shows.decide(report, decision, reason="So it is.", by=self.ada, now=self.clock.now)

    def actor(self, who: str, session: Session) -> User:
        return {"student": session.student, "mentor": session.mentor.user, "operator": self.ada}[who]

    @precondition(lambda self: bool(self.paid_intents()))
    @rule(number=numbers, amount=st.sampled_from([None, 1_000, 3_000]))
    def refund_in_the_dashboard(self, number: int, amount: int | None) -> None:
        with suppress(StripeError):
            self.stripe.sandbox.refund(self.intent(number), amount=amount)

    @precondition(lambda self: bool(self.paid_intents()))
    @rule(number=numbers, inquiry=st.booleans())
    def dispute(self, number: int, *, inquiry: bool) -> None:
        with suppress(StripeError):
            self.stripe.sandbox.dispute(self.intent(number), inquiry=inquiry)

    @precondition(lambda self: bool(objects(self.stripe, "dispute")))
    @rule(number=numbers, status=st.sampled_from(DISPUTES))
    def the_bank_decides(self, number: int, status: str) -> None:
        disputed = [dispute["payment_intent"] for dispute in objects(self.stripe, "dispute")]
        with suppress(StripeError):
            self.stripe.sandbox.move_dispute(disputed[number % len(disputed)], status=status)

    @precondition(lambda self: bool(self.paid_intents()))
    @rule(number=numbers)
    def the_issuer_warns(self, number: int) -> None:
        self.stripe.sandbox.warn(self.intent(number))

    @precondition(lambda self: bool(objects(self.stripe, "refund")))
    @rule(number=numbers, status=st.sampled_from(REFUNDS))
    def a_refund_goes_on(self, number: int, status: str) -> None:
        sent = [refund["id"] for refund in objects(self.stripe, "refund")]
        with suppress(StripeError):
            self.stripe.sandbox.move_refund(sent[number % len(sent)], status=status)

    @precondition(is_any)
    @rule(number=numbers, part=st.sampled_from([1, 2, 3]))
    def an_operator_gives_back(self, number: int, part: int) -> None:
        session = self.session(number)
        amount = Money(session.payment.captured_minor // part // 100 * 100, session.payment.currency)
        with suppress(Refused):
            operator_refunds.refund(session, amount, reason="Goodwill.", by=self.ada, now=self.clock.now)

    @precondition(lambda _: Refund.objects.failed().exists())
    @rule(number=numbers)
    def an_operator_tries_again(self, number: int) -> None:
        failed = list(Refund.objects.failed().order_by("pk"))
        with suppress(Refused):
            operator_refunds.retry(failed[number % len(failed)], by=self.ada, now=self.clock.now)

    @precondition(lambda _: Flag.objects.open().exists())
    @rule(number=numbers)
    def an_operator_resolves(self, number: int) -> None:
        """Except a contested no-show, whose flag only the decision resolves."""
        waiting = [flag for flag in Flag.objects.open().order_by("pk") if not flag.is_decided_elsewhere]
        for flag in waiting[number % max(1, len(waiting)) :][:1]:
            flags.resolve(flag, by=self.ada, resolution="Settled by invoice.", now=self.clock.now)

    def paid_intents(self) -> list[str]:
        intents = objects(self.stripe, "payment_intent")
        return [intent["id"] for intent in intents if intent["status"] == "succeeded"]

    def intent(self, number: int) -> str:
        intents = self.paid_intents()
        return intents[number % len(intents)]

    @rule(mode=st.sampled_from(MODES))
    def turn_webhooks(self, mode: str) -> None:
        self.stripe.sandbox.set_webhooks(mode)

    @rule(job=st.sampled_from(["webhooks", "events", "poller", "reconciler"]))
    def something_comes_or_runs(self, job: str) -> None:
        match job:
            case "webhooks":
                self.stripe.deliver()
            case "events":
                drain(self.clock.now)
            case "reconciler":
                reconcile.run(self.clock.now)
            case _:
                with suppress(GatewayError):
                    inbox.poll(now=self.clock.now)

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        self.clock.now += pause
        self.stripe.sandbox.catch_up()

    @rule(kind=st.sampled_from(KINDS), path=st.sampled_from(PATHS), times=st.integers(1, 4))
    def something_breaks(self, kind: str, path: str, times: int) -> None:
        self.stripe.sandbox.add_fault(kind, path=path, times=times)

    @rule()
    def all_is_mended(self) -> None:
        self.stripe.sandbox.clear_faults()

    @rule()
    def the_jobs_run_while_stripe_is_in_reach(self) -> None:
        self.stripe.sandbox.clear_faults()
        for pause in LATER:
            self.clock.advance(**pause)
            self.stripe.sandbox.catch_up()
            run_jobs(self.clock.now)
        assert_sound()
        assert_agrees_with(self.stripe)

    @invariant()
    def sound(self) -> None:
        assert_sound()
        assert_decisions_are_kept()
        assert self.calls_within_transactions == []

    def count_what_was_done(self) -> None:
        """So that people can see that all of it was tried."""
        for report in NoShowReport.objects.exclude(decided_at=None):
            by = "an operator" if report.decided_by else "time"
            self.done[f"decided for {report.decision} by {by}"] += 1
        for session in Session.objects.filter(history__to_start__isnull=False).distinct():
            self.done[f"moved, then {session.status}"] += 1


def test_money_and_bookings_agree_whatever_happens(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Also, no request to Stripe ever leaves from within a transaction."""
    request = InProcessHTTPClient.request

    def watched(self: InProcessHTTPClient, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        if len(connection.savepoint_ids) > Marketplace.depth:
            Marketplace.calls_within_transactions.append(f"{method} {url}")
        return request(self, method, url, *args, **kwargs)

    monkeypatch.setattr(InProcessHTTPClient, "request", watched)
    monkeypatch.setattr(Marketplace, "stripe", stripe, raising=False)
    monkeypatch.setattr(Marketplace, "calls_within_transactions", [])
    monkeypatch.setattr(Marketplace, "done", Counter())
    run_state_machine_as_test(
        Marketplace,
        settings=settings(
            max_examples=examples(36),
            stateful_step_count=25,
            deadline=None,
            derandomize=AS_USUAL,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("figures", f"what became of sessions: {dict(sorted(Marketplace.done.items()))}")
