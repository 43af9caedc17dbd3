from datetime import datetime
from typing import Any

import pytest

from mentormap.lib.money import Money
from mentormap.mentors.models import Expertise, Mentor
from mentormap.mentors.publishing import (
    NotReady,
    ProfilePart,
    RateOutOfRange,
    begin_draft,
    check_rate,
    describe,
    mentor_of,
    missing_parts,
    pause,
    publish,
)
from tests import make


@pytest.mark.django_db
def test_a_draft_is_begun_once(now: datetime) -> None:
    sam = make.sam()
    assert mentor_of(sam) is None
    first = begin_draft(sam, time_zone="Europe/Berlin", now=now)
    again = begin_draft(sam, time_zone="Asia/Tokyo", now=now)
    assert (again.pk, again.time_zone, again.state, again.created_at) == (
        first.pk,
        "Europe/Berlin",
        Mentor.State.DRAFT,
        now,
    )
    assert mentor_of(sam) == first


@pytest.mark.django_db
def test_an_empty_draft_lacks_everything(now: datetime) -> None:
    draft = begin_draft(make.sam(), time_zone="UTC", now=now)
    assert missing_parts(draft, has_hours=False) == list(ProfilePart)
    with pytest.raises(NotReady) as refusal:
        publish(draft, has_hours=False)
    assert refusal.value.missing == list(ProfilePart)
    assert Mentor.objects.get().state == Mentor.State.DRAFT


@pytest.mark.django_db
def test_a_mentor_without_hours_is_not_published() -> None:
    maya = make.mentor(state=Mentor.State.DRAFT)
    with pytest.raises(NotReady) as refusal:
        publish(maya, has_hours=False)
    assert refusal.value.missing == [ProfilePart.HOURS]


@pytest.mark.django_db
def test_a_complete_draft_is_published_paused_and_published_again() -> None:
    maya = make.mentor(state=Mentor.State.DRAFT)
    publish(maya, has_hours=True)
    assert list(Mentor.objects.all().listed()) == [maya]
    pause(maya)
    assert Mentor.objects.get().state == Mentor.State.PAUSED
    publish(maya, has_hours=True)
    assert Mentor.objects.get().state == Mentor.State.PUBLISHED


@pytest.mark.django_db
def test_a_draft_cannot_be_paused() -> None:
    maya = make.mentor(state=Mentor.State.DRAFT)
    pause(maya)
    assert Mentor.objects.get().state == Mentor.State.DRAFT


@pytest.mark.parametrize(
    "rate", [Money(1_00, "USD"), Money(60, "GBP"), Money(100, "JPY"), Money(49_999_999, "USD")]
)
def test_a_rate_at_the_edge_is_taken(rate: Money) -> None:
    check_rate(rate)


@pytest.mark.parametrize(
    ("rate", "minutes", "sentence"),
    [
        (
            Money(98, "USD"),
            30,
            "would cost 0.49 USD, and a card payment must be at least 0.50 USD. Name a higher rate.",
        ),
        (
            Money(0, "JPY"),
            30,
            "would cost 0 JPY, and a card payment must be at least 50 JPY. Name a higher rate.",
        ),
        (
            Money(50_000_000, "USD"),
            120,
            "would cost 1,000,000.00 USD, and a card payment must be at most 999,999.99 USD. Name a lower rate.",
        ),
    ],
)
def test_a_rate_that_no_card_could_pay_is_refused(rate: Money, minutes: int, sentence: str) -> None:
    with pytest.raises(RateOutOfRange) as refusal:
        check_rate(rate)
    assert refusal.value.minutes == minutes
    assert str(refusal.value).replace("\u00a0", " ") == f"A session of {minutes} minutes {sentence}"


def described(**fields: Any) -> dict[str, Any]:
    facts = {"headline": " Clear ", "about": " Long. ", "rate": Money(80_00, "EUR"), "currency": "EUR"}
    return facts | {"expertise": [], "added": []} | fields


@pytest.mark.django_db
def test_a_description_is_stored_trimmed() -> None:
    describe(make.mentor(), **described())
    stored = Mentor.objects.get()
    assert (stored.headline, stored.about) == ("Clear", "Long.")
    assert (stored.hourly_rate, stored.expertise.count()) == (Money(80_00, "EUR"), 0)


@pytest.mark.django_db
def test_a_draft_may_have_no_rate_yet() -> None:
    describe(make.mentor(state=Mentor.State.DRAFT), **described(rate=None, currency="GBP"))
    stored = Mentor.objects.get()
    assert (stored.hourly_rate, stored.currency) == (None, "GBP")


@pytest.mark.django_db
def test_a_rate_out_of_range_changes_nothing() -> None:
    with pytest.raises(RateOutOfRange):
        describe(make.mentor(), **described(rate=Money(1, "EUR")))
    assert Mentor.objects.get().hourly_rate == Money(120_00, "USD")


@pytest.mark.django_db
def test_expertise_that_exists_is_used_again_however_it_is_written() -> None:
    maya = make.mentor(expertise=("System design", "Go"))
    go = Expertise.objects.get(name="Go")
    describe(maya, **described(expertise=[go], added=["SYSTEM DESIGN", "Pricing"]))
    assert [expertise.name for expertise in maya.expertise.all()] == ["Go", "Pricing", "System design"]
    assert Expertise.objects.count() == 3


@pytest.mark.django_db
def test_names_that_would_share_a_slug_get_their_own() -> None:
    maya = make.mentor(expertise=())
    describe(maya, **described(added=["C", "C++", "C#", "日本語"]))
    assert [(skill.name, skill.slug) for skill in maya.expertise.all()] == [
        ("C", "c"),
        ("C#", "c-3"),
        ("C++", "c-2"),
        ("日本語", "topic"),
    ]
