"""The picker on a mentor's page: its days as a screen reader reads them, months, zones, and what was typed."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from mentormap.accounts.models import User
from mentormap.availability.models import BookingRules, WeeklyHours
from mentormap.mentors.models import Mentor
from mentormap.web.http.context import ZONE_COOKIE
from tests import make
from tests.conftest import StandingClock
from tests.web.reading import browser, words
from tests.web.test_mentor import checked, chosen_day, page, times

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]
TYPED = {"title": "Queues", "description": "Why do they grow?", "duration_minutes": "90"}


@pytest.fixture
def maya(db: None) -> Mentor:
    """Open every day from 9:00 to 12:00 in Berlin, 8:00 to 11:00 UTC."""
    return make.mentor(hours=((time(9), time(12)),))


def day_names(response: Any) -> list[str]:
    """The days that can be pressed, as a screen reader reads them."""
    return re.findall(r'<button class="day"[^>]*aria-label="([^"]*)"', response.content.decode())


def turns(response: Any) -> dict[str, str]:
    """What the two buttons beside the month's name say, and which day they ask for; none where they are disabled."""
    found = re.findall(
        r'<button class="month__turn"[^>]*value="([^"]*)"([^>]*)>.*?hidden">(.*?)</span>',
        response.content.decode(),
        re.DOTALL,
    )
    return {words: "" if "aria-disabled" in rest else value for value, rest, words in found}


def test_each_day_reads_as_a_full_date_with_its_number_of_times(sam: User, maya: Mentor) -> None:
    names = day_names(page(browser(sam), maya))
    assert names == [
        "Monday 23 November 2026, 2 open times",
        *(
            f"{weekday} {day} November 2026, 5 open times"
            for weekday, day in zip(
                ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Monday"),
                range(24, 31),
                strict=True,
            )
        ),
    ]


def test_a_day_with_one_time_and_days_without_any(sam: User, maya: Mentor, clock: StandingClock) -> None:
    clock.advance(minutes=30)
    response = page(browser(sam), maya)
    assert day_names(response)[0] == "Monday 23 November 2026, 1 open time"
    assert "Sunday 22 November 2026, no open times" in words(response)


def test_today_and_the_chosen_day_are_marked(sam: User, maya: Mentor) -> None:
    text = page(browser(sam), maya, "?day=2026-11-26").content.decode()
    assert re.findall(r'id="day-([^"]*)"[^>]*aria-pressed="true"', text) == ["2026-11-26"]
    assert re.findall(r'id="day-([^"]*)"[^>]*aria-current="date"', text) == ["2026-11-23"]


def test_weeks_begin_as_the_viewers_calendar_does(sam: User, maya: Mentor) -> None:
    heads = r'<th scope="col" abbr="([^"]*)">'
    english = page(browser(sam), maya).content.decode()
    assert re.findall(heads, english)[::6] == ["Monday", "Sunday"]
    assert english.count("<td></td>") == 6 + 6
    User.objects.filter(pk=sam.pk).update(locale="en-US")
    american = page(browser(User.objects.get(pk=sam.pk)), maya).content.decode()
    assert re.findall(heads, american)[::6] == ["Sunday", "Saturday"]
    assert american.count("<td></td>") == 5


def test_months_are_turned_within_notice_and_horizon(sam: User, maya: Mentor) -> None:
    client = browser(sam)
    assert turns(page(client, maya)) == {
        "Earlier: nothing to book": "",
        "Later: December 2026": "2026-12-01",
    }
    assert turns(page(client, maya, "?day=2027-01-01")) == {
        "Earlier: December 2026": "2026-12-01",
        "Later: nothing to book": "",
    }


def test_an_empty_month_leads_to_the_next_open_day(sam: User, maya: Mentor) -> None:
    WeeklyHours.objects.exclude(weekday=4).delete()
    BookingRules.objects.update(minimum_notice_minutes=7 * 24 * 60)
    response = page(browser(sam), maya, "?day=2026-11-30")
    assert (
        "Maya has no open time in November 2026 for 60 minutes. Next open day: Friday 4 December 2026"
    ) in words(response)
    assert re.findall(r'name="day" value="([^"]*)"[^>]*>Friday', response.content.decode()) == ["2026-12-04"]


def test_a_part_for_htmx_says_what_it_shows(sam: User, maya: Mentor) -> None:
    shown = page(browser(sam), maya, "?day=2026-12-24&duration_minutes=90", **{"HX-Request": "true"})
    assert words(shown).startswith(
        "4 open times on Thursday 24 December 2026, for 90 minutes; 2 with room for less."
    )
    WeeklyHours.objects.all().delete()
    empty = page(browser(sam), maya, "?day=2026-12-24&duration_minutes=90", **{"HX-Request": "true"})
    assert words(empty).startswith("No open times in December 2026, for 90 minutes.")


@pytest.mark.parametrize(
    ("zone", "day", "clocks"),
    [
        ("Pacific/Apia", "2026-12-01", ["21:00", "21:30", "22:00", "22:30", "23:00"]),
        ("Pacific/Apia", "2026-11-30", ["21:00", "21:30", "22:00", "22:30", "23:00"]),
        ("Pacific/Honolulu", "2026-11-30", ["00:00", "22:00", "22:30", "23:00", "23:30"]),
    ],
)
def test_a_day_across_the_date_line_is_the_viewers(
    zone: str, day: str, clocks: list[str], sam: User, maya: Mentor
) -> None:
    """9:00 in Berlin is 21:00 in Apia, and 22:00 of the day before in Honolulu."""
    User.objects.filter(pk=sam.pk).update(time_zone=zone)
    response = page(browser(User.objects.get(pk=sam.pk)), maya, f"?day={day}")
    assert (times(response), chosen_day(response)) == (clocks, [day])


def test_a_time_that_clocks_show_twice_names_its_offset(sam: User, clock: StandingClock) -> None:
    clock.now = datetime(2026, 10, 24, 9, tzinfo=UTC)
    maya = make.mentor(hours=((time(2), time(4)),))
    response = page(browser(sam), maya, "?day=2026-10-25&duration_minutes=60")
    assert times(response) == ["02:00, GMT+2", "02:30, GMT+2", "02:00, GMT+1", "02:30, GMT+1", "03:00"]


def test_the_zone_is_asked_for_in_the_form(sam: User, maya: Mentor) -> None:
    response = browser(sam).post(f"/mentors/{maya.pk}", TYPED | {"zone": "choose", "shown": "2026-12-24"})
    assert checked(response, "duration_minutes") == ["90"]
    assert '<option value="Europe/Berlin" selected>' in response.content.decode()
    assert 'value="Queues"' in response.content.decode()
    assert chosen_day(response) == ["2026-12-24"]
    part = page(browser(sam), maya, "?zone=choose", **{"HX-Request": "true"})
    assert '<option value="Europe/Berlin" selected>' in part.content.decode()


def test_switching_the_zone_keeps_what_was_typed(sam: User, maya: Mentor) -> None:
    client = browser(sam)
    start = "2026-12-24T08:30:00Z"
    sent = TYPED | {"zone": "set", "time_zone": "Asia/Kathmandu", "starts_at": start, "shown": "2026-12-24"}
    response = client.post(f"/mentors/{maya.pk}", sent)
    assert "In your time zone, Asia/Kathmandu (GMT+5:45)." in words(response)
    assert times(response) == ["13:45", "14:15", "14:45", "15:15"]
    assert (checked(response, "starts_at"), checked(response, "duration_minutes")) == ([start], ["90"])
    assert 'value="Queues"' in response.content.decode()
    assert ">\nWhy do they grow?</textarea>" in response.content.decode()


def test_the_zone_is_remembered(visitor: Client, sam: User, maya: Mentor) -> None:
    sent = {"zone": "set", "time_zone": "Asia/Kathmandu"}
    assert visitor.post(f"/mentors/{maya.pk}", sent).cookies[ZONE_COOKIE].value == "Asia/Kathmandu"
    assert "In your time zone, Asia/Kathmandu (GMT+5:45)." in words(page(visitor, maya))
    browser(sam).post(f"/mentors/{maya.pk}", sent)
    sam.refresh_from_db()
    assert sam.time_zone == "Asia/Kathmandu"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus"])
def test_what_is_no_zone_changes_nothing_and_asks_again(zone: str, sam: User, maya: Mentor) -> None:
    response = browser(sam).post(f"/mentors/{maya.pk}", {"zone": "set", "time_zone": zone})
    assert "<option" in response.content.decode()
    assert ZONE_COOKIE not in response.cookies
    sam.refresh_from_db()
    assert sam.time_zone == "Europe/Berlin"


def test_a_get_switches_no_zone(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, "?zone=set&time_zone=Asia/Kathmandu")
    assert ZONE_COOKIE not in response.cookies
    sam.refresh_from_db()
    assert sam.time_zone == "Europe/Berlin"


def test_a_days_times_are_looked_at_without_a_script(visitor: Client, maya: Mentor) -> None:
    response = visitor.post(f"/mentors/{maya.pk}", TYPED | {"day": "2026-12-24", "shown": "2026-11-23"})
    assert (response.status_code, chosen_day(response)) == (200, ["2026-12-24"])
    assert 'value="Queues"' in response.content.decode()


def short(response: Any) -> list[str]:
    """The times that are shown and cannot be picked, as they are read aloud."""
    found = re.findall(r'<p class="choices__short">(.*?)</p>', response.content.decode(), re.DOTALL)
    return [re.sub(r"<span aria-hidden.*?</span>|<.*?>", "", text) for text in found]


def with_half_an_hour(mentor: Mentor, now: datetime) -> None:
    """Monday at 9:30 UTC has room for 30 minutes, and nothing else that day for an hour."""
    for minutes in (60, 90):
        make.session(
            student=make.person(f"Booked{minutes}"),
            mentor=mentor,
            starts_at=now + timedelta(minutes=minutes),
            minutes=30,
        )


def test_the_form_opens_on_an_hour_and_on_the_first_start_with_room_for_it(
    sam: User, maya: Mentor, now: datetime
) -> None:
    """Half an hour is open before, and is not what people mean by the first button."""
    with_half_an_hour(maya, now)
    client = browser(sam)
    response = page(client, maya)
    assert (checked(response, "duration_minutes"), chosen_day(response)) == (["60"], ["2026-11-24"])
    assert times(response)[0] == "09:00"
    assert "Next: Tue 24 Nov, 09:00" in words(client.get("/mentors"))


def test_a_start_with_room_for_half_an_hour_is_marked_and_cannot_be_picked_for_an_hour(
    sam: User, maya: Mentor
) -> None:
    response = page(browser(sam), maya, "?day=2026-11-24")
    assert times(response) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert short(response) == ["11:30 30 minutes only"]
    assert "The marked times are too short for 60 minutes." in words(response)


def test_a_start_with_room_for_half_an_hour_is_marked_where_it_can_be_picked(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, "?day=2026-11-24&duration_minutes=30")
    assert (times(response)[-1], short(response)) == ("11:30", [])
    assert words(response).count("30 minutes only") == 1


def test_a_longer_session_says_how_much_room_there_is(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, "?day=2026-11-24&duration_minutes=120")
    assert short(response) == ["10:30 90 minutes only", "11:00 60 minutes only", "11:30 30 minutes only"]


def test_a_day_without_room_stays_open_and_names_the_next_that_has(
    sam: User, maya: Mentor, now: datetime
) -> None:
    """As after a longer duration was chosen for it: another day is not shown in its place."""
    with_half_an_hour(maya, now)
    response = page(browser(sam), maya, "?shown=2026-11-23&duration_minutes=60")
    assert (chosen_day(response), times(response)) == (["2026-11-23"], [])
    assert short(response) == ["10:30 30 minutes only"]
    assert (
        "No time on this day has room for 60 minutes. Next day with room: Tuesday 24 November 2026"
        in words(response)
    )
    assert (
        'aria-label="Monday 23 November 2026, no open times for 60 minutes, 1 with room for less"'
    ) in response.content.decode()


def test_a_picked_start_says_for_how_long_it_has_room(sam: User, maya: Mentor) -> None:
    response = page(browser(sam), maya, "?starts_at=2026-11-25T10:30:00Z&duration_minutes=60")
    assert "Wed 25 Nov, 11:30 has room for only 30 minutes." in words(response)


def test_where_no_day_has_room_for_an_hour_the_list_says_so(sam: User) -> None:
    mentor = make.mentor(hours=((time(9), time(9, 30)),))
    client = browser(sam)
    assert "Next: Tue 24 Nov, 09:00 your time, 30 minutes only" in words(client.get("/mentors"))
    response = page(client, mentor)
    assert (checked(response, "duration_minutes"), chosen_day(response)) == (["60"], [])
    assert "Try a shorter session" in words(response)
    assert short(page(client, mentor, "?day=2026-11-24")) == ["09:00 30 minutes only"]
