"""What the cancel page says comes back is what cancelling records, whoever cancels, whenever, whatever was bought."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mentormap.accounts.models import User
from mentormap.bookings import cancellation
from mentormap.bookings.cancellation import LessComesBack
from mentormap.bookings.policy import CancellationPolicy
from mentormap.lib.money import Money
from mentormap.payments.models import Payment
from tests import make

START = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
RATES = st.one_of(
    st.builds(Money, st.integers(100, 9_999_999), st.sampled_from(["USD", "JPY"])),
    st.builds(lambda tens: Money(10 * tens, "KWD"), st.integers(10, 999_999)),
    st.builds(lambda whole: Money(100 * whole, "ISK"), st.integers(10, 99_999)),
)
POLICIES = st.builds(CancellationPolicy, st.integers(0, 336), st.integers(0, 100), st.just(24))
SECONDS = st.one_of(st.integers(1, 400 * 3600), st.sampled_from([0, 1, -1]))


@pytest.fixture
def people(db: None) -> list[User]:
    return [make.sam(), make.person("Maya"), make.ada()]


@pytest.mark.long
def test_the_preview_is_what_is_recorded(people: list[User]) -> None:
    sam, maya, _ = people
    mentor = make.mentor(maya)

    @settings(max_examples=60, deadline=None)
    @given(
        rate=RATES,
        policy=POLICIES,
        around_deadline=st.booleans(),
        seconds=SECONDS,
        actor=st.sampled_from(people),
        share_back=st.integers(0, 100),
    )
    def holds(
        *,
        rate: Money,
        policy: CancellationPolicy,
        around_deadline: bool,
        seconds: int,
        actor: User,
        share_back: int,
    ) -> None:
        before = timedelta(hours=policy.full_refund_hours if around_deadline else 0, seconds=seconds)
        now = START - max(before, timedelta(seconds=1))
        mentor.hourly_rate_minor, mentor.currency = rate.minor, rate.currency
        with transaction.atomic():
            session = make.session(
                student=sam, mentor=mentor, starts_at=START, policy=policy.to_json(), source="recorded"
            )
            earlier = rate.minor * share_back // 100
            Payment.objects.filter(pk=session.payment_id).update(owed_minor=earlier, refunded_minor=earlier)
            session.payment.refresh_from_db()
            preview = cancellation.refund_preview(session, actor=actor, now=now)
            ended = cancellation.cancel(session, actor=actor, now=now, promised=preview)
            recorded = sum(refund.amount_minor for refund in ended.payment.refunds.all())
            assert recorded == preview.minor
            assert ended.payment.refunded_minor == earlier + preview.minor
            assert earlier + preview.minor <= rate.minor
            if actor != sam:
                assert earlier + preview.minor == rate.minor
            transaction.set_rollback(True)

    holds()


def test_what_was_given_back_before_is_not_given_back_again(people: list[User]) -> None:
    sam, maya, _ = people
    session = make.session(student=sam, mentor=make.mentor(maya), starts_at=START, source="recorded")
    Payment.objects.update(owed_minor=7_000, refunded_minor=7_000)
    session.payment.refresh_from_db()
    early = START - timedelta(days=2)
    assert cancellation.refund_preview(session, actor=sam, now=early).minor == 5_000


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_what_was_promised_is_asked_about_again_once_it_is_less(people: list[User], currency: str) -> None:
    sam, maya, _ = people
    mentor = make.mentor(maya, rate=Money(5_000, currency))
    session = make.session(student=sam, mentor=mentor, starts_at=START, source="recorded")
    deadline = START - timedelta(hours=24)
    promised = cancellation.refund_preview(session, actor=sam, now=deadline)
    with pytest.raises(LessComesBack) as refusal:
        cancellation.cancel(session, actor=sam, now=deadline + timedelta(seconds=1), promised=promised)
    assert (promised.minor, refusal.value.refund.minor) == (5_000, 2_500)
    session.refresh_from_db()
    assert session.status == "scheduled"
    assert (
        cancellation.cancel(session, actor=sam, now=deadline, promised=promised).payment.refunded_minor
        == 5_000
    )
