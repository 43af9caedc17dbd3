"""No-shows: who may report what until when, who decides, and that money goes back once."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings import no_shows, operator_refunds
from mentormap.bookings.models import AuditEntry, NoShowReport, Session
from mentormap.bookings.no_shows import CannotContest, CannotDecide, CannotReport
from mentormap.bookings.notices import scheduled
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.reconciliation.ledger import ledgers
from mentormap.bookings.settlement.settle import settle
from mentormap.lib.money import Money
from mentormap.notifications.models import Notice
from mentormap.payments.models import Flag, Refund
from tests import make
from tests.bookings.absences import (
    DAYS_3,
    FOR_MENTOR,
    FOR_STUDENT,
    FROM,
    MONDAY_14,
    contest,
    notified,
    report,
    run_jobs,
    states,
)
from tests.bookings.mailing import mail, maybe_mail
from tests.conftest import StandingClock, Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.long]
MOMENT = timedelta.resolution


@pytest.fixture
def maya(db: None) -> User:
    return make.person("Maya")


@pytest.fixture
def session(stripe: Stripe, sam: User, maya: User, clock: StandingClock) -> Session:
    """Sam's paid hour with Maya on Monday at 14:00 UTC, which began ten minutes ago."""
    held = make.hold(student=sam, mentor=make.mentor(maya), starts_at=MONDAY_14, now=clock.now)
    stripe.pay(held.payment.checkout_id)
    settle(held.payment_id, now=clock.now)
    clock.now = FROM
    return make.current(held)


def test_what_the_student_reports_goes_back_after_72_hours(
    session: Session, sam: User, clock: StandingClock
) -> None:
    report(session, sam, clock.now)
    assert notified("no_show_reported") == ["Maya"]
    run_jobs(clock, hours=71, minutes=59)
    assert states(session) == ("completed", "paid", 0)
    make.assert_books_agree()
    run_jobs(clock, minutes=1)
    assert states(session) == ("completed", "refunded", 12_000)
    decided = NoShowReport.objects.get()
    assert (decided.decision, decided.decided_by, decided.decided_at) == ("student", None, clock.now)
    assert notified("no_show_decided") == ["Maya", "Sam"]
    make.assert_books_agree()


def test_what_the_mentor_reports_stays_completed(session: Session, maya: User, clock: StandingClock) -> None:
    report(session, maya, clock.now)
    assert notified("no_show_reported") == ["Sam"]
    run_jobs(clock, hours=72)
    assert states(session) == ("completed", "paid", 0)
    assert NoShowReport.objects.get().decision == "mentor"
    assert Refund.objects.count() == 0
    make.assert_books_agree()


def test_it_is_decided_once(session: Session, sam: User, clock: StandingClock) -> None:
    report(session, sam, clock.now)
    run_jobs(clock, hours=73)
    decided = NoShowReport.objects.get()
    no_shows.decide_uncontested(decided, now=clock.now)
    run_jobs(clock, hours=1)
    assert [refund.amount_minor for refund in Refund.objects.all()] == [12_000]


def test_what_is_contested_goes_to_the_operator(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    report(session, sam, clock.now)
    contest(session, maya, clock.advance(hours=71))
    assert notified("no_show_contested") == ["Sam"]
    flag = Flag.objects.open().get()
    assert (flag.name, flag.note) == ("no-show", "Sam reports that Maya did not come, and Maya contests it.")
    run_jobs(clock, hours=100)
    assert states(session) == ("completed", "paid", 0)
    line = ledgers()["USD"]
    assert (line.confirmed, line.refunded, line.flagged) == (0, 0, 12_000)
    make.assert_books_agree()


def test_who_reports_the_other_contests_what_the_other_reported(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    first = report(session, sam, clock.now)
    second = report(session, maya, clock.now, "Sam did not come.")
    assert second.pk == first.pk
    assert (second.reporter, second.contest_text, second.contested_at) == (
        sam,
        "Sam did not come.",
        clock.now,
    )
    assert Flag.objects.open().count() == 1


def test_the_same_again_changes_nothing(session: Session, sam: User, maya: User, now: datetime) -> None:
    first = report(session, sam, FROM)
    assert report(session, sam, MONDAY_14 + DAYS_3, "Again.").text == first.text
    contested = contest(session, maya, FROM)
    assert contest(session, maya, MONDAY_14 + DAYS_3).contested_at == contested.contested_at
    assert Notice.objects.filter(occasion__startswith="no_show").count() == 2


@pytest.mark.parametrize("decision", [FOR_STUDENT, FOR_MENTOR])
def test_an_operator_decides_for_either_side(
    session: Session, sam: User, maya: User, clock: StandingClock, decision: NoShowReport.Decision
) -> None:
    ada = make.ada()
    contested = report(session, sam, clock.now)
    contest(session, maya, clock.now)
    run_jobs(clock, hours=2)
    no_shows.decide(contested, decision, reason="The room's log shows one person.", by=ada, now=clock.now)
    back = 12_000 if decision == FOR_STUDENT else 0
    assert states(session) == ("completed", "refunded" if back else "paid", back)
    assert Flag.objects.open().count() == 0
    flag = Flag.objects.get()
    assert (flag.resolved_by, flag.resolution) == (
        ada,
        f"Decided for the {decision.value}: The room's log shows one person.",
    )
    assert AuditEntry.objects.get().by == ada
    with pytest.raises(CannotDecide):
        no_shows.decide(contested, FOR_STUDENT, reason="Again.", by=ada, now=clock.now)
    run_jobs(clock, hours=100)
    assert states(session)[2] == back
    make.assert_books_agree()


def test_nothing_is_decided_while_the_session_lasts(session: Session, sam: User, maya: User) -> None:
    contested = report(session, sam, FROM)
    contest(session, maya, FROM)
    with pytest.raises(CannotDecide):
        no_shows.decide(contested, FOR_STUDENT, reason="No.", by=make.ada(), now=FROM)


def test_it_can_be_reported_from_ten_minutes_after_the_start_and_for_72_hours(
    session: Session, sam: User
) -> None:
    for too_soon_or_late in (FROM - MOMENT, MONDAY_14 + DAYS_3 + MOMENT):
        with pytest.raises(CannotReport):
            report(session, sam, too_soon_or_late)
    report(session, sam, MONDAY_14 + DAYS_3)


def test_it_can_be_contested_for_72_hours(session: Session, sam: User, maya: User) -> None:
    reported_at = MONDAY_14 + DAYS_3
    report(session, sam, reported_at)
    with pytest.raises(CannotContest):
        contest(session, maya, reported_at + DAYS_3)
    assert contest(session, maya, reported_at + DAYS_3 - MOMENT).contested_at


def test_only_the_other_contests(session: Session, sam: User, maya: User, now: datetime) -> None:
    with pytest.raises(CannotContest):
        contest(session, maya, FROM)
    report(session, sam, FROM)
    with pytest.raises(CannotContest):
        contest(session, sam, FROM)


@pytest.mark.parametrize(
    ("status", "payment_status"),
    [("scheduled", "pending"), ("cancelled", "pending"), ("cancelled", "paid"), ("completed", "refunded")],
)
def test_nothing_depends_on_what_did_not_take_place_or_went_back(
    sam: User, maya: User, status: str, payment_status: str
) -> None:
    ended = make.session(
        student=sam,
        mentor=make.mentor(maya),
        starts_at=MONDAY_14,
        status=status,
        payment_status=payment_status,
    )
    with pytest.raises(CannotReport):
        report(ended, sam, FROM)


def test_what_went_back_before_goes_back_no_second_time(
    stripe: Stripe, session: Session, sam: User, clock: StandingClock
) -> None:
    report(session, sam, clock.now)
    stripe.sandbox.refund(session.payment.payment_intent_id, amount=5_000)
    settle(session.payment_id, now=clock.now)
    run_jobs(clock, hours=72)
    assert states(session) == ("completed", "refunded", 12_000)
    assert sorted(Refund.objects.values_list("amount_minor", flat=True)) == [5_000, 7_000]
    make.assert_books_agree()


def test_a_session_that_was_refunded_meanwhile_is_decided_without_a_refund(
    stripe: Stripe, session: Session, sam: User, clock: StandingClock
) -> None:
    """Refunded in the dashboard while it lasts, it counts as cancelled."""
    report(session, sam, clock.now)
    stripe.sandbox.refund(session.payment.payment_intent_id)
    settle(session.payment_id, now=clock.now)
    run_jobs(clock, hours=72)
    assert states(session) == ("cancelled", "refunded", 12_000)
    assert NoShowReport.objects.get().decision == "student"
    assert Refund.objects.count() == 1


def test_while_stripe_is_out_of_reach_the_refund_stays_requested(
    stripe: Stripe, session: Session, sam: User, clock: StandingClock
) -> None:
    report(session, sam, clock.now)
    run_jobs(clock, hours=71)
    stripe.sandbox.add_fault("unavailable", method="POST", path="/v1/refunds", times=3)
    run_jobs(clock, hours=1)
    assert (states(session), Refund.objects.get().state) == (("completed", "paid", 0), "requested")
    make.assert_books_agree()
    run_jobs(clock, minutes=5)
    assert states(session) == ("completed", "refunded", 12_000)


def test_what_was_paid_elsewhere_is_recorded_as_refunded(sam: User, maya: User) -> None:
    recorded = make.session(student=sam, mentor=make.mentor(maya), starts_at=MONDAY_14, source="recorded")
    report(recorded, sam, FROM)
    reconcile.run(FROM + DAYS_3)
    assert states(recorded) == ("completed", "refunded", 12_000)


def test_the_mails_say_what_each_has_to_know(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    report(session, sam, clock.now)
    asked = " ".join(mail("no_show_reported", maya, clock.now).text.split())
    assert "I waited for half an hour." in asked
    assert "If that is wrong, contest it by Thu 26 Nov 2026, 15:10 (Europe/Berlin)" in asked
    assert "Otherwise everything goes back to Sam." in asked
    contest(session, maya, clock.now)
    assert maybe_mail("no_show_reported", maya, clock.now) is None
    assert "I was there all the time." in mail("no_show_contested", sam, clock.now).text
    run_jobs(clock, hours=2)
    no_shows.decide(
        NoShowReport.objects.get(),
        FOR_STUDENT,
        reason="The log shows Sam alone.",
        by=make.ada(),
        now=clock.now,
    )
    assert maybe_mail("no_show_contested", sam, clock.now) is None
    won, lost = (" ".join(mail("no_show_decided", who, clock.now).text.split()) for who in (sam, maya))
    assert "An operator of MentorMap has decided." in won
    assert "Maya is recorded as absent, and 120.00 USD goes back to you." in won
    assert "The session is recorded as missed by you: everything that Sam paid goes back." in lost
    assert "The log shows Sam alone." in lost


def test_what_had_gone_back_before_is_not_said_to_go_back_again(
    session: Session, sam: User, clock: StandingClock
) -> None:
    operator_refunds.refund(session, Money(2_000, "USD"), reason="", by=make.ada(), now=clock.now)
    report(session, sam, clock.now)
    run_jobs(clock, hours=72)
    assert "and 100.00 USD goes back to you." in " ".join(
        mail("no_show_decided", sam, clock.now).text.split()
    )


def test_nobody_is_asked_how_a_missed_session_was(session: Session, sam: User, clock: StandingClock) -> None:
    report(session, sam, clock.now)
    run_jobs(clock, hours=2)
    scheduled.run(clock.now)
    assert notified("finished") == []
