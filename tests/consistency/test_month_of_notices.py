"""What people are sent in a month, against what the sessions' history, the readers' choices and the outages say is due.

Everything is sent once on each channel that its reader wants it on, at the instant when it is due or the next worker comes back,
and nothing that is stale by then. What is due is reckoned from the written rules alone: no notice, delivery or preference is read.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from random import Random
from typing import Final

import pytest
from pytest_django.fixtures import Settings

from mentormap.accounts import phones
from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.lib import clock as edge
from mentormap.notifications.models import PushSubscription
from tests import make
from tests.consistency.month import DAY, HOUR, MINUTE, Key, Month

pytestmark = pytest.mark.django_db(transaction=True)
ALL_DAY = ((time(0), time(0)),)
FOR_EVER = datetime.max.replace(tzinfo=UTC)
LINK_LEAD, REMINDER_LEAD, ASKED_FOR = 15 * MINUTE, DAY, 3 * DAY
CHANNELS: Final = {
    "booked": {"email", "push", "in_app"},
    "rescheduled": {"email", "sms", "push", "in_app"},
    "cancelled": {"email", "sms", "push", "in_app"},
    "link": {"email", "sms", "push", "in_app"},
    "reminder": {"email", "sms", "push", "in_app"},
    "finished": {"email", "push", "in_app"},
}
REACHED: Final = {"sms": {"Sam"}, "push": {"Sam", "Maya"}}
"""By mail and on this site everybody is."""
CANCELLING: Final = ("scheduled", "cancelled")


@dataclass(frozen=True)
class Version:
    """How a session stood from one change to the next; its last lasts until its end."""

    revision: int
    since: datetime
    until: datetime
    starts_at: datetime
    is_cancelled: bool


@dataclass(frozen=True)
class Due:
    """To be said from `at` on; from `until` on it would be stale."""

    occasion: str
    session: int
    revision: int
    person: User
    at: datetime
    until: datetime


@pytest.fixture
def month(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> Month:
    """Sam can be reached by SMS and push, Maya by push, the others by mail and on this site alone."""
    settings.NOTICE_CHANNELS = ["email", "sms", "push", "in_app"]
    sam, olga, maya, noor = make.sam(), make.olga(), make.person("Maya"), make.person("Noor")
    phones.verify(sam, code=phones.new_code(sam, number="+4915123456789", now=now), now=now)
    for person in (sam, maya):
        endpoint = f"https://fcm.googleapis.com/fcm/send/{person.pk}"
        PushSubscription.objects.create(user=person, endpoint=endpoint, created_at=now)
    every_hour = [make.mentor(person, zone="UTC", hours=ALL_DAY) for person in (maya, noor)]
    made = Month(Random(request.param), now, now + 30 * DAY, [sam, olga], every_hour)
    monkeypatch.setattr(edge, "now", lambda: made.now)
    made.run()
    return made


@pytest.mark.parametrize("month", [1], indirect=True)
def test_what_is_due_is_sent_once_in_time_and_never_stale(month: Month) -> None:
    due = {key: one for one in _all_due() for key in _keys(one)}
    expected = {key: at for key, one in due.items() if (at := _sent_at(key, one, month)) is not None}
    first: dict[Key, datetime] = {}
    for key, at in month.sent:
        first.setdefault(key, at)
    assert first == expected
    counted = Counter(key for key, _ in month.sent)
    assert {key: count for key, count in counted.items() if count > 1 + month.deaths[key]} == {}
    assert [key for key, at in month.sent if at >= due[key].until] == []
    _assert_much_happened(month, due, expected)


def _assert_much_happened(month: Month, due: dict[Key, Due], expected: dict[Key, datetime]) -> None:
    """Else the month proves little."""
    assert {(key.occasion, key.channel) for key in expected} == {
        (occasion, channel) for occasion, channels in CHANNELS.items() for channel in channels
    }
    unwanted = [key for key, one in due.items() if not _is_wanted(key, month.back_at(one.at), month)]
    late = [key for key, at in expected.items() if at > due[key].at]
    assert {key.revision == "0" for key in late if key.occasion == "reminder"} == {True, False}
    outdated = [key for key, one in due.items() if month.back_at(one.at) >= one.until > one.at]
    much = [len(found) for found in (unwanted, late, outdated, month.deaths)]
    assert min(much) >= 5, much


def _all_due() -> Iterator[Due]:
    for session in Session.objects.with_people():
        versions = _versions(session)
        for version in versions:
            yield from _due_of(version, session)
        first, last = versions[0], versions[-1]
        for person in session.participants():
            is_receipt = person == session.student  # which comes even after the session
            stands_until = last.since if last.is_cancelled else FOR_EVER if is_receipt else last.until
            yield Due("booked", session.pk, 0, person, first.since, stands_until)
        if not last.is_cancelled:
            yield Due("finished", session.pk, 0, session.student, last.until, last.until + ASKED_FOR)


def _due_of(version: Version, session: Session) -> Iterator[Due]:
    """Of one version to both: that it is so, and what its start brings with it."""
    link_at, reminder_at = version.starts_at - LINK_LEAD, version.starts_at - REMINDER_LEAD
    number, since, until = version.revision, version.since, version.until
    for person in session.participants():
        if version.is_cancelled:
            yield Due("cancelled", session.pk, number, person, since, FOR_EVER)
            continue
        if number > 0:
            yield Due("rescheduled", session.pk, number, person, since, until)
        yield Due("link", session.pk, number, person, max(since, link_at), until)
        if since < reminder_at:
            yield Due("reminder", session.pk, number, person, reminder_at, min(until, link_at))


def _versions(session: Session) -> list[Version]:
    """From its history: booked, each move, cancelled."""
    booked, *later = session.history.order_by("at", "pk")
    changes = [row for row in later if row.to_start or (row.from_status, row.to_status) == CANCELLING]
    at_first = next((row.from_start for row in changes if row.from_start), session.scheduled_at)
    versions: list[Version] = []
    for number, row in enumerate([booked, *changes]):
        starts_at = row.to_start or (versions[-1].starts_at if versions else at_first)
        until = changes[number].at if number < len(changes) else starts_at + HOUR
        versions.append(Version(number, row.at, until, starts_at, row in changes and not row.to_start))
    return versions


def _keys(one: Due) -> Iterator[Key]:
    for channel in CHANNELS[one.occasion]:
        if channel not in REACHED or one.person.name in REACHED[channel]:
            yield Key(one.occasion, one.session, str(one.revision), one.person.pk, channel)


def _sent_at(key: Key, one: Due, month: Month) -> datetime | None:
    """As soon as it is due and a worker runs; None for what is stale by then, or not wanted."""
    at = month.back_at(one.at)
    return at if at < min(one.until, month.ends_at) and _is_wanted(key, at, month) else None


def _is_wanted(key: Key, at: datetime, month: Month) -> bool:
    """What its reader chose last by then; all is on until somebody turns it off."""
    choices = [
        choice.is_wanted
        for choice in month.choices
        if (choice.person, choice.occasion, choice.channel) == (key.person, key.occasion, key.channel)
        and choice.at <= at
    ]
    return choices[-1] if choices else True
