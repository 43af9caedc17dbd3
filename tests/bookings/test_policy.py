"""The cancellation policy: its boundaries to the second, its words, and whose it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from mentormap.bookings.models import Session
from mentormap.bookings.policy import CancellationPolicy, hours_in_words
from mentormap.lib.money import Money
from mentormap.mentors.models import Mentor
from tests import make
from tests.conftest import Stripe

START = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
USUAL = CancellationPolicy()


def back(policy: CancellationPolicy, paid: Money, before_start: timedelta) -> int:
    return policy.refund_for(paid, starts_at=START, now=START - before_start).minor


@pytest.mark.parametrize(
    ("paid", "half"),
    [
        (Money(12_000, "USD"), 6_000),
        (Money(5_001, "JPY"), 2_501),
        (Money(12_350, "KWD"), 6_180),
        (Money(1_234_500, "ISK"), 617_300),
    ],
)
def test_the_boundaries_are_exact_to_the_second(paid: Money, half: int) -> None:
    deadline = timedelta(hours=24)
    moments = [deadline + SECOND, deadline, deadline - SECOND, SECOND, timedelta(0), -SECOND]
    assert [back(USUAL, paid, before) for before in moments] == [paid.minor, paid.minor, half, half, 0, 0]


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_a_policy_without_hours_gives_all_back_until_the_last_second(currency: str) -> None:
    policy = CancellationPolicy(full_refund_hours=0, late_refund_percent=0)
    assert [back(policy, Money(5_000, currency), before) for before in (SECOND, timedelta(0))] == [5_000, 0]


@pytest.mark.parametrize(("percent", "late"), [(0, 0), (1, 120), (99, 11_880), (100, 12_000)])
def test_any_percentage_comes_back_late_and_none_from_the_start_on(percent: int, late: int) -> None:
    policy = CancellationPolicy(late_refund_percent=percent)
    moments = (timedelta(hours=24), timedelta(hours=24) - SECOND, SECOND, timedelta(0))
    given = [back(policy, Money(12_000, "USD"), before) for before in moments]
    assert given == [12_000, late, late, 0]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (USUAL, "Full refund until 24 hours before the start, then 50%, none after the start."),
        (
            replace(USUAL, full_refund_hours=1, late_refund_percent=0),
            "Full refund until 1 hour before the start, none after that.",
        ),
        (
            replace(USUAL, full_refund_hours=168, late_refund_percent=1),
            "Full refund until 7 days (168 hours) before the start, then 1%, none after the start.",
        ),
        (replace(USUAL, full_refund_hours=0), "Full refund until the start, none after."),
        (replace(USUAL, late_refund_percent=100), "Full refund until the start, none after."),
    ],
)
def test_every_policy_reads_well(policy: CancellationPolicy, sentence: str) -> None:
    assert policy.sentence() == sentence


def test_hours_are_told_as_exactly_as_they_count() -> None:
    words = {hours: hours_in_words(hours) for hours in (1, 2, 25, 48, 72, 336)}
    assert words == {
        1: "1 hour",
        2: "2 hours",
        25: "25 hours",
        48: "48 hours",
        72: "3 days (72 hours)",
        336: "14 days (336 hours)",
    }


@pytest.mark.parametrize(
    ("policy", "hours_before", "sentence"),
    [
        (USUAL, 25, "Full refund until 23 17:00, then 50%, none after the start."),
        (USUAL, 24, "Full refund until 23 17:00, then 50%, none after the start."),
        (USUAL, 23, "A cancellation brings 50% back until the start, nothing after."),
        (replace(USUAL, late_refund_percent=0), 25, "Full refund until 23 17:00, none after that."),
        (replace(USUAL, late_refund_percent=0), 23, "A cancellation brings nothing back any more."),
        (replace(USUAL, late_refund_percent=100), 23, "Full refund until the start, 24 17:00, none after."),
        (replace(USUAL, full_refund_hours=0), 25, "Full refund until the start, 24 17:00, none after."),
    ],
)
def test_for_one_start_the_deadline_is_an_instant(
    policy: CancellationPolicy, hours_before: int, sentence: str
) -> None:
    now = START - timedelta(hours=hours_before)
    said = policy.sentence_for(START, now=now, say=lambda instant: f"{instant:%d %H:%M}")
    assert said == sentence


@pytest.mark.django_db
@pytest.mark.parametrize(
    "beyond", [{"full_refund_hours": 337}, {"late_refund_percent": 101}, {"reschedule_hours": 337}]
)
def test_the_database_refuses_what_no_policy_can_be(beyond: dict[str, int]) -> None:
    maya = make.mentor()
    with pytest.raises(IntegrityError), transaction.atomic():
        Mentor.objects.filter(pk=maya.pk).update(**beyond)


@pytest.mark.django_db
def test_a_policy_that_changes_leaves_what_was_bought_alone(stripe: Stripe, now: datetime) -> None:
    maya = make.mentor(full_refund_hours=48, late_refund_percent=10, reschedule_hours=12)
    make.hold(student=make.sam(), mentor=maya, starts_at=START, now=now)
    Mentor.objects.update(full_refund_hours=0, late_refund_percent=0, reschedule_hours=0)
    make.hold(student=make.olga(), mentor=maya, starts_at=START - timedelta(hours=2), now=now)
    kept = [session.cancellation_policy for session in Session.objects.order_by("pk")]
    assert kept == [CancellationPolicy(48, 10, 12), CancellationPolicy(0, 0, 0)]
