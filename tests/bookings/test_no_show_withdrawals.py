"""A no-show report that its reporter takes back, and what the history keeps of it."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings import no_shows, report_times
from mentormap.bookings.models import HistoryNote, NoShowReport, Session
from mentormap.bookings.no_shows import CannotContest, CannotDecide, CannotReport, CannotWithdraw
from mentormap.bookings.notices import scheduled
from mentormap.bookings.reconciliation import reconcile
from mentormap.bookings.settlement.settle import settle
from mentormap.payments.models import Flag
from tests import make
from tests.bookings.absences import (
    DAYS_3,
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


def withdraw(session: Session, actor: User, now: datetime) -> NoShowReport:
    return no_shows.withdraw(make.current(session), actor=actor, now=now)


def test_too_early_names_the_time_from_which_on_it_can_be_reported(session: Session, sam: User) -> None:
    with pytest.raises(CannotReport, match=r"from Mon 23 Nov 2026, 15:10 \(Europe/Berlin\) on"):
        report(session, sam, MONDAY_14 + timedelta(minutes=1))


def test_a_withdrawn_report_counts_for_nothing(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    report(session, sam, clock.now)
    withdrawn = withdraw(session, sam, clock.advance(minutes=5))
    assert notified("no_show_withdrawn") == ["Maya"]
    assert "withdrawn the report" in " ".join(mail("no_show_withdrawn", maya, clock.now).text.split())
    assert maybe_mail("no_show_reported", maya, clock.now) is None
    assert withdraw(session, sam, clock.advance(minutes=5)).withdrawn_at == withdrawn.withdrawn_at
    run_jobs(clock, hours=100)
    assert states(session) == ("completed", "paid", 0)
    assert NoShowReport.objects.get().decision == ""
    scheduled.run(FROM + timedelta(hours=2))
    assert notified("finished") == ["Sam"]
    make.assert_books_agree()


def test_the_history_says_who_reported_withdrew_and_contested_and_when(
    session: Session, sam: User, maya: User
) -> None:
    report(session, sam, FROM)
    withdraw(session, sam, FROM + timedelta(minutes=1))
    report(session, sam, FROM + timedelta(minutes=2))
    contest(session, maya, FROM + timedelta(minutes=3))
    rows = make.current(session).history.filter(at__gte=FROM)
    assert [(move.at - FROM, move.actor, HistoryNote(move.why).name) for move in rows] == [
        (timedelta(minutes=0), sam, "NO_SHOW_REPORTED"),
        (timedelta(minutes=1), sam, "NO_SHOW_WITHDRAWN"),
        (timedelta(minutes=2), sam, "NO_SHOW_REPORTED"),
        (timedelta(minutes=3), maya, "NO_SHOW_CONTESTED"),
    ]


@pytest.mark.parametrize("by", ["contesting", "reporting"])
def test_an_absent_mentor_who_reports_first_cannot_take_the_students_claim_away(
    session: Session, sam: User, maya: User, clock: StandingClock, by: str
) -> None:
    """Withdrawn after 72 hours, nothing could be reported any more."""
    contested = report(session, maya, clock.now)
    (contest if by == "contesting" else report)(session, sam, clock.advance(minutes=5))
    run_jobs(clock, hours=80)
    with pytest.raises(CannotWithdraw, match="operator decides"):
        withdraw(session, maya, clock.now)
    assert notified("no_show_withdrawn") == []
    assert Flag.objects.open().filter(name=Flag.Name.NO_SHOW).exists()
    no_shows.decide(contested, FOR_STUDENT, reason="Sam waited alone.", by=make.ada(), now=clock.now)
    assert states(session) == ("completed", "refunded", 12_000)
    make.assert_books_agree()


def test_what_was_withdrawn_is_not_decided(session: Session, sam: User, clock: StandingClock) -> None:
    withdrawn = report(session, sam, clock.now)
    withdraw(session, sam, clock.now)
    run_jobs(clock, hours=2)
    with pytest.raises(CannotDecide):
        no_shows.decide(withdrawn, FOR_STUDENT, reason="No.", by=make.ada(), now=clock.now)
    assert states(session) == ("completed", "paid", 0)


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_is_decided_is_no_longer_withdrawn(
    session: Session, sam: User, clock: StandingClock, *, by_hand: bool
) -> None:
    reported = report(session, sam, clock.now)
    run_jobs(clock, hours=2 if by_hand else 73)
    if by_hand:
        no_shows.decide(reported, FOR_STUDENT, reason="So it is.", by=make.ada(), now=clock.now)
    with pytest.raises(CannotWithdraw):
        withdraw(session, sam, clock.now)
    assert states(session) == ("completed", "refunded", 12_000)


def test_a_job_that_read_the_report_before_it_was_withdrawn_gives_nothing_back(
    session: Session, sam: User, clock: StandingClock
) -> None:
    report(session, sam, clock.now)
    reconcile.complete_ended(now=clock.advance(hours=73))
    (read,) = no_shows.due(clock.now)
    withdraw(session, sam, clock.now)
    no_shows.decide_uncontested(read, now=clock.now)
    assert states(session) == ("completed", "paid", 0)


def test_only_the_reporter_withdraws(session: Session, sam: User, maya: User) -> None:
    for early in (sam, maya):
        with pytest.raises(CannotWithdraw):
            withdraw(session, early, FROM)
    report(session, sam, FROM)
    with pytest.raises(CannotWithdraw):
        withdraw(session, maya, FROM)


def test_what_was_withdrawn_is_not_contested_but_either_may_report_anew(
    session: Session, sam: User, maya: User
) -> None:
    report(session, sam, FROM)
    withdraw(session, sam, FROM)
    with pytest.raises(CannotContest):
        contest(session, maya, FROM)
    again = report(session, maya, FROM, "Sam did not come.")
    assert (again.reporter, again.is_open, again.round) == (maya, True, 2)
    assert notified("no_show_reported") == ["Maya", "Sam"]
    withdraw(session, maya, FROM)
    report(session, sam, FROM)
    assert notified("no_show_reported") == ["Maya", "Maya", "Sam"]
    withdraw(session, sam, FROM)


def test_three_reports_that_were_withdrawn_are_the_most_for_their_reporter_alone(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    """An absent mentor could use up the student's reports."""
    for _ in range(3):
        report(session, maya, clock.now)
        withdraw(session, maya, clock.advance(minutes=1))
    with pytest.raises(CannotReport):
        report(session, maya, clock.now)
    assert report(session, sam, clock.now).is_open
    assert notified("no_show_reported") == ["Maya", "Sam", "Sam", "Sam"]


def test_three_withdrawn_reports_of_one_party_leave_the_others_report_possible(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    """Each hears what holds for them, before they try, and by mail."""
    for _ in range(3):
        assert not no_shows.obstacle(make.current(session), viewer=maya, now=clock.now)
        report(session, maya, clock.now)
        withdraw(session, maya, clock.advance(minutes=1))
    assert no_shows.obstacle(make.current(session), viewer=maya, now=clock.now)
    assert not no_shows.obstacle(make.current(session), viewer=sam, now=clock.now)
    report(session, sam, clock.now)
    withdraw(session, sam, clock.now)
    assert "you can report" not in mail("no_show_withdrawn", maya, clock.now).text
    report(session, sam, clock.now)
    run_jobs(clock, hours=73)
    assert states(session) == ("completed", "refunded", 12_000)
    make.assert_books_agree()


def test_a_withdrawal_gives_the_other_the_rest_of_their_time_to_report(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    """Maya did not come, reports Sam after an hour, and withdraws just before the 72 hours to contest are over."""
    left = report(session, maya, MONDAY_14 + timedelta(hours=1)).reported_at - MONDAY_14
    withdrawn_at = MONDAY_14 + timedelta(hours=72, minutes=59)
    run_jobs(clock, hours=70)
    withdraw(session, maya, withdrawn_at)
    until = withdrawn_at + DAYS_3 - left
    assert report_times.reportable_until(session, by=sam) == until
    assert "Sun 29 Nov 2026, 14:59" in " ".join(mail("no_show_withdrawn", sam, withdrawn_at).text.split())
    with pytest.raises(CannotReport):
        report(session, sam, until + timedelta(seconds=1))
    with pytest.raises(CannotReport):
        report(session, maya, withdrawn_at)
    assert report(session, sam, until).contestable_until == until + DAYS_3
    clock.now = until
    run_jobs(clock, hours=71)
    assert states(session) == ("completed", "paid", 0)
    run_jobs(clock, hours=1)
    assert states(session) == ("completed", "refunded", 12_000)
    make.assert_books_agree()


def test_the_rest_of_the_time_outlasts_a_second_report_that_is_withdrawn(
    session: Session, sam: User, maya: User
) -> None:
    hours = [timedelta(hours=number) for number in (1, 71, 71.5, 100)]
    for number, after in enumerate(hours):
        (withdraw if number % 2 else report)(session, maya, MONDAY_14 + after)
    assert report_times.reportable_until(session, by=sam) == MONDAY_14 + timedelta(hours=72 + 70 + 28.5)
    assert report_times.reportable_until(session, by=maya) == MONDAY_14 + DAYS_3


def test_who_had_no_time_left_gets_none_by_a_withdrawal(session: Session, sam: User, maya: User) -> None:
    report(session, maya, FROM)
    withdraw(session, maya, FROM + timedelta(hours=10))
    report(session, sam, MONDAY_14 + timedelta(hours=80))
    withdraw(session, sam, MONDAY_14 + timedelta(hours=90))
    with pytest.raises(CannotReport):
        report(session, maya, MONDAY_14 + timedelta(hours=90))


def test_a_job_that_read_an_earlier_report_does_not_decide_the_one_that_took_its_place(
    session: Session, sam: User, maya: User, clock: StandingClock
) -> None:
    """Nobody has had 72 hours to contest that one."""
    report(session, maya, MONDAY_14 + timedelta(hours=1))
    reconcile.complete_ended(now=clock.advance(hours=73))
    (read,) = no_shows.due(clock.now)
    withdraw(session, maya, clock.now)
    report(session, sam, clock.now)
    no_shows.decide_uncontested(read, now=clock.now)
    assert states(session) == ("completed", "paid", 0)
    assert NoShowReport.objects.get().is_open
