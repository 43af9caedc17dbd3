"""What a mentor has earned: paid, given back and net, by currency and month."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.bookings.earnings import Earnings, MonthOfEarnings, months_of, sessions_of
from mentormap.bookings.models import Session
from mentormap.lib.money import Money
from mentormap.mentors.models import Mentor
from mentormap.payments import flags
from mentormap.payments.models import Flag, Payment, Refund
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def maya(db: None) -> Mentor:
    """In New York, for 120 USD an hour."""
    return make.mentor(make.person("Maya", time_zone="America/New_York"), zone="America/New_York")


def usd(major: int) -> Money:
    return Money(major * 100, "USD")


def earned(sessions: int, paid: int, refunded: int = 0, *, elsewhere: int = 0) -> Earnings:
    """In whole dollars."""
    return Earnings(sessions, usd(paid), usd(elsewhere), usd(refunded))


def book(sam: User, maya: Mentor, starts_at: datetime = NOON, **fields: Any) -> Session:
    return make.session(student=sam, mentor=maya, starts_at=starts_at, **fields)


def owe(session: Session, major: int, *, state: str = Refund.State.REQUESTED) -> None:
    """A refund of that many dollars, in that state at Stripe."""
    Refund.objects.create(
        payment=session.payment,
        amount_minor=major * 100,
        currency="USD",
        state=state,
        created_at=NOON,
        updated_at=NOON,
    )
    accepted = state in Refund.ACCEPTED
    Payment.objects.filter(pk=session.payment_id).update(
        owed_minor=major * 100, refunded_minor=major * 100 if accepted else 0
    )


def test_sessions_are_summed_by_month(sam: User, maya: Mentor) -> None:
    book(sam, maya, NOON)
    book(sam, maya, NOON + 2 * DAY, minutes=90)
    book(sam, maya, NOON + 30 * DAY, minutes=30)
    assert months_of(maya) == {
        "USD": [
            MonthOfEarnings(date(2026, 11, 1), "USD", earned(2, 300)),
            MonthOfEarnings(date(2026, 12, 1), "USD", earned(1, 60)),
        ]
    }


def test_a_month_is_that_of_the_start_by_the_mentors_clocks(sam: User, maya: Mentor) -> None:
    """4:30 UTC on the first of December is 23:30 on the last of November in New York."""
    book(sam, maya, datetime(2026, 12, 1, 4, 30, tzinfo=UTC))
    assert [month.month for month in months_of(maya)["USD"]] == [date(2026, 11, 1)]


def test_holds_never_count(sam: User, maya: Mentor) -> None:
    book(sam, maya, payment_status="pending")
    book(sam, maya, NOON + DAY, status="cancelled", payment_status="pending")
    assert months_of(maya) == {}
    assert list(sessions_of(maya)) == []


def test_a_full_refund_leaves_nothing_and_is_no_session(sam: User, maya: Mentor) -> None:
    book(sam, maya, status="cancelled", payment_status="refunded")
    assert months_of(maya)["USD"][0].earned == earned(0, 120, 120)
    assert not months_of(maya)["USD"][0].earned.net


@pytest.mark.parametrize(
    ("state", "refunded"),
    [("requested", 60), ("pending", 60), ("succeeded", 60), ("failed", 0), ("canceled", 0)],
)
def test_a_refund_counts_from_the_moment_that_it_is_owed(
    state: str, refunded: int, sam: User, maya: Mentor
) -> None:
    owe(book(sam, maya, status="cancelled"), 60, state=state)
    assert months_of(maya)["USD"][0].earned == earned(0, 120, refunded)
    assert [one.earned for one in sessions_of(maya)] == [earned(0, 120, refunded)]


def test_several_refunds_of_one_payment_are_summed(sam: User, maya: Mentor) -> None:
    session = book(sam, maya)
    owe(session, 20)
    owe(session, 30)
    Payment.objects.update(refunded_minor=1_000)
    assert months_of(maya)["USD"][0].earned == earned(1, 120, 60)


@pytest.mark.parametrize(("lost", "refunded"), [(0, 20), (100, 120), (120, 120)])
def test_what_a_bank_took_back_counts_as_refunded_and_never_more_than_was_paid(
    lost: int, refunded: int, sam: User, maya: Mentor
) -> None:
    owe(book(sam, maya), 20, state=Refund.State.SUCCEEDED)
    Payment.objects.update(lost_minor=lost * 100)
    assert months_of(maya)["USD"][0].earned == earned(1, 120, refunded)
    assert [one.earned for one in sessions_of(maya)] == [earned(1, 120, refunded)]


def test_what_was_paid_elsewhere_counts_and_is_named(sam: User, maya: Mentor) -> None:
    book(sam, maya, source="recorded")
    book(sam, maya, NOON + DAY)
    assert months_of(maya)["USD"][0].earned == earned(2, 240, elsewhere=120)


def test_a_payment_that_is_not_what_was_asked_counts_for_nobody(sam: User, maya: Mentor) -> None:
    wrong = book(sam, maya, status="cancelled")
    flags.raise_flag(wrong.payment, Flag.Name.PAYMENT_MISMATCH, "amount", now=NOON)
    disputed = book(sam, maya, NOON + DAY)
    flags.raise_flag(disputed.payment, Flag.Name.DISPUTED, "by the bank", now=NOON)
    assert months_of(maya)["USD"][0].earned == earned(1, 120)


def test_currencies_are_apart_and_the_commonest_is_first(sam: User, maya: Mentor) -> None:
    book(sam, maya)
    Mentor.objects.update(currency="EUR")
    for day in (1, 2):
        book(sam, Mentor.objects.get(pk=maya.pk), NOON + day * DAY)
    assert {currency: months[0].earned.paid for currency, months in months_of(maya).items()} == {
        "EUR": Money(24_000, "EUR"),
        "USD": usd(120),
    }
    assert list(months_of(maya)) == ["EUR", "USD"]


def test_others_earn_for_themselves(sam: User, maya: Mentor) -> None:
    noor = make.mentor(make.person("Noor"))
    book(sam, noor)
    assert (months_of(maya), list(sessions_of(maya))) == ({}, [])


def test_sessions_come_in_order_with_the_mentors_time(sam: User, maya: Mentor) -> None:
    book(sam, maya, NOON + DAY, title="second")
    book(sam, maya, NOON, title="first")
    listed = list(sessions_of(maya))
    assert [one.session.title for one in listed] == ["first", "second"]
    assert f"{listed[0].starts_at:%Y-%m-%d %H:%M}" == "2026-11-10 07:00"


def test_the_months_are_the_sum_of_the_sessions(sam: User, maya: Mentor) -> None:
    for number in range(8):
        session = book(sam, maya, NOON + 9 * number * DAY, source="recorded" if number % 3 else "stripe")
        if number % 2:
            owe(session, 10 * number)
    months = Earnings.total((month.earned for month in months_of(maya)["USD"]), "USD")
    assert months == Earnings.total((one.earned for one in sessions_of(maya)), "USD")


@pytest.mark.parametrize("count", [1, 30])
def test_any_number_of_sessions_needs_one_query(
    count: int, sam: User, maya: Mentor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        owe(book(sam, maya, NOON + number * DAY), 5)
    with django_assert_num_queries(1):
        months_of(maya)
    with django_assert_num_queries(1):
        assert [one.session.student.name for one in sessions_of(maya)] == ["Sam"] * count
