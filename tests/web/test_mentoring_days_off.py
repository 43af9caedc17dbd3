"""Days that differ from the week: other hours, closed, vacations."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mentormap.availability.days_off import Override, add_vacation, override_day, overrides_of, vacations_of
from mentormap.availability.weekly import WallRange
from mentormap.mentors.models import Mentor
from tests import make
from tests.web.reading import browser, links, words
from tests.web.test_booking import errors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

PAGE = "/mentoring/days-off"
TODAY, TUESDAY, CHRISTMAS = date(2026, 11, 23), date(2026, 11, 24), date(2026, 12, 24)
OTHER_HOURS: dict[str, Any] = {
    "what": "override",
    "day": "2026-11-24",
    "starts": ["09:00", "14:00", ""],
    "ends": ["11:00", "15:30", ""],
}
CLOSED = {"what": "override", "day": "2026-11-24", "is_closed": "on"}
VACATION = {"what": "vacation", "first_day": "2026-12-24", "last_day": "2026-12-27", "note": "Lisbon"}


@pytest.fixture
def maya(db: None) -> Mentor:
    """In Berlin, every day from 8 to 20."""
    return make.mentor()


@pytest.fixture
def client(maya: Mentor) -> Client:
    return browser(maya.user)


def typing(client: Client, typed: dict[str, Any]) -> str:
    return words(client.post(f"{PAGE}?preview=yes", typed, headers={"HX-Request": "true"}))


def overrides(mentor: Mentor) -> list[Override]:
    return overrides_of(mentor, since=TODAY)


def test_a_day_gets_other_hours_is_closed_and_taken_back(client: Client, maya: Mentor) -> None:
    assert client.post(PAGE, OTHER_HOURS)["Location"] == PAGE
    ranges = [WallRange(time(9), time(11)), WallRange(time(14), time(15, 30))]
    assert overrides(maya) == [Override(TUESDAY, ranges)]
    assert "Tuesday 24 November 2026 09:00 to 11:00, 14:00 to 15:30" in words(client.get(PAGE))
    client.post(PAGE, CLOSED)
    assert overrides(maya) == [Override(TUESDAY, [])]
    assert "Tuesday 24 November 2026 closed" in words(client.get(PAGE))
    assert client.post(PAGE, {"restore": "2026-11-24"})["Location"] == PAGE
    assert overrides(maya) == []
    assert "That day has its weekly hours again." in client.get(PAGE).content.decode()


def test_a_day_is_changed_from_what_it_has(client: Client, maya: Mentor) -> None:
    override_day(maya, TUESDAY, [WallRange(time(9), time(11))])
    change = links(client.get(PAGE))["Change Tuesday 24 November 2026"]
    page = client.get(change).content.decode()
    assert 'value="2026-11-24"' in page
    assert 'name="starts" value="09:00"' in page


def test_hours_beside_closed_count_nothing(client: Client, maya: Mentor) -> None:
    client.post(PAGE, OTHER_HOURS | {"is_closed": "on", "starts": ["rubbish"], "ends": [""]})
    assert overrides(maya) == [Override(TUESDAY, [])]


def test_a_vacation_is_kept_and_removed(client: Client, maya: Mentor) -> None:
    client.post(PAGE, VACATION)
    (vacation,) = vacations_of(maya, since=TODAY)
    assert (vacation.first_day, vacation.last_day, vacation.note) == (CHRISTMAS, date(2026, 12, 27), "Lisbon")
    assert "Thursday 24 December 2026 to Sunday 27 December 2026 Lisbon" in words(client.get(PAGE))
    for _ in range(2):
        assert client.post(PAGE, {"remove": str(vacation.pk)})["Location"] == PAGE
    assert vacations_of(maya, since=TODAY) == []


def test_what_is_over_is_not_listed(client: Client, maya: Mentor) -> None:
    override_day(maya, TODAY - timedelta(days=1), [])
    add_vacation(maya, first=date(2026, 11, 1), last=date(2026, 11, 22), note="Long ago")
    page = words(client.get(PAGE))
    assert ("22 November" in page, "Long ago" in page) == (False, False)


def test_typed_days_are_previewed_and_not_saved(client: Client, maya: Mentor) -> None:
    assert "Tue 24 Nov 09:00–10:00, 14:00–14:30 5 slots Wed 25 Nov 08:00–19:00" in typing(client, OTHER_HOURS)
    assert "Tue 24 Nov nothing open Wed 25 Nov 08:00–19:00" in typing(client, CLOSED)
    assert overrides(maya) == []


def test_the_preview_begins_with_the_day_that_is_typed(client: Client) -> None:
    part = typing(client, VACATION)
    assert "in the two weeks from Thu 24 Dec" in part
    assert "Sun 27 Dec nothing open Mon 28 Dec 08:00–19:00 23 slots" in part


def test_booked_sessions_on_a_day_off_are_named(client: Client, maya: Mentor, now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=maya, starts_at=now + timedelta(hours=26))
    assert "1 booked session lies outside these hours. It stays booked." in typing(client, CLOSED)
    client.post(PAGE, CLOSED)
    page = client.get(PAGE)
    assert links(page)["System design review"] == f"/sessions/{session.pk}"
    assert "1 booked session lies outside your hours." in words(page)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (OTHER_HOURS | {"day": ""}, "Write a day from today on, within two years, like 2026-12-24."),
        (OTHER_HOURS | {"day": "24.12."}, "Write a day from today on, within two years, like 2026-12-24."),
        (
            OTHER_HOURS | {"day": "2026-11-22"},
            "Write a day from today on, within two years, like 2026-12-24.",
        ),
        (
            OTHER_HOURS | {"day": "9999-12-31"},
            "Write a day from today on, within two years, like 2026-12-24.",
        ),
        (OTHER_HOURS | {"starts": [""], "ends": [""]}, "Write the hours of that day, or close it."),
        (OTHER_HOURS | {"starts": ["09:00"], "ends": [""]}, "Write both times, such as 09:00 and 12:30."),
        (
            OTHER_HOURS | {"starts": ["09:00", "10:30"], "ends": ["11:00", "12:00"]},
            "09:00 to 11:00 and 10:30 to 12:00 overlap. Let one end before the other starts.",
        ),
        (VACATION | {"last_day": "2026-12-23"}, "Write the first day again, or a later one."),
        (VACATION | {"first_day": "x"}, "Write a day from today on, within two years, like 2026-12-24."),
        (VACATION | {"note": "x" * 101}, "Shorten the note to at most 100 characters."),
    ],
)
def test_days_that_cannot_be_kept_say_what_to_write(
    client: Client, maya: Mentor, sent: dict[str, Any], sentence: str
) -> None:
    response = client.post(PAGE, sent)
    assert (response.status_code, errors(response)) == (422, [sentence])
    assert (overrides(maya), vacations_of(maya, since=TODAY)) == ([], [])
    assert sentence in typing(client, sent)


def test_what_is_typed_stays_after_a_refusal(client: Client) -> None:
    page = client.post(PAGE, OTHER_HOURS | {"day": "2026-11-22"}).content.decode()
    assert [value in page for value in ('value="2026-11-22"', 'value="14:00"', 'value="15:30"')] == [True] * 3
    page = client.post(PAGE, VACATION | {"last_day": "2026-12-01"}).content.decode()
    assert 'name="note" value="Lisbon"' in page


@pytest.mark.parametrize(
    "sent",
    [{}, {"what": "else"}, {"restore": "x"}, {"remove": "x"}, {"remove": "9" * 30}, {"remove": "9" * 5000}],
)
def test_what_says_nothing_changes_nothing(client: Client, maya: Mentor, sent: dict[str, str]) -> None:
    override_day(maya, TUESDAY, [])
    assert client.post(PAGE, sent).status_code in {200, 302}
    assert overrides(maya) == [Override(TUESDAY, [])]


def test_nobody_takes_back_what_is_anothers(maya: Mentor) -> None:
    vacation = add_vacation(maya, first=TUESDAY, last=TUESDAY, note="")
    override_day(maya, TUESDAY, [])
    for stranger in (make.olga(), make.mentor(make.person("Noor")).user):
        client = browser(stranger)
        client.post(PAGE, {"restore": "2026-11-24"})
        client.post(PAGE, {"remove": str(vacation.pk)})
        assert "Tuesday 24 November" not in words(client.get(PAGE))
    assert (overrides(maya), vacations_of(maya, since=TODAY)) == ([Override(TUESDAY, [])], [vacation])


def test_many_days_off_and_sessions_outside_cost_as_many_queries_as_one(
    client: Client, maya: Mentor, now: datetime
) -> None:
    def filled(numbers: range) -> int:
        for number in numbers:
            override_day(maya, TUESDAY + timedelta(days=number), [])
            add_vacation(maya, first=CHRISTMAS + timedelta(days=number), last=date(2027, 6, 1), note="")
            student, day = make.person(f"Student{number}"), now + timedelta(days=number + 1, hours=3)
            make.session(student=student, mentor=maya, starts_at=day)
        with CaptureQueriesContext(connection) as queries:
            assert f"{len(numbers) + numbers.start} booked session" in words(client.get(PAGE))
        return len(queries)

    one, thirty = filled(range(1)), filled(range(1, 30))
    assert (one, one <= 12) == (thirty, True)
