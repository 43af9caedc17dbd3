"""Two tabs, a double-click, two people: one writes while what the other has just written is not decided yet."""

import hmac
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from PIL import Image

from mentormap.accounts import phones
from mentormap.accounts.models import Phone, User
from mentormap.accounts.phones import BadCode, TooManyCodes
from mentormap.availability import days_off
from mentormap.availability.days_off import Override
from mentormap.availability.hours import hours_of, replace_hours
from mentormap.availability.models import BusyCalendar, BusyTime, DateOverride, Vacation
from mentormap.availability.weekly import WallRange, WeeklyRange
from mentormap.bookings import calendar_sync, limits
from mentormap.bookings.calendar_sync import CalendarRefused
from mentormap.bookings.models import Session
from mentormap.calendars import reading
from mentormap.calendars.busy import Agenda
from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.fetching import Fetched
from mentormap.lib.spans import Span
from mentormap.mentors import publishing
from mentormap.mentors.models import Mentor, Review
from mentormap.mentors.photos import store_photo
from mentormap.mentors.reviews import answer, record_review
from tests import make
from tests.racing import while_undecided
from tests.second_factor import code_now

HOUR = timedelta(hours=1)
NUMBER, ANOTHER = "+49 1512 3456789", "+49 1512 3456780"
DAY = date(2026, 12, 1)
NINE_TO_TWELVE, TEN_TO_ELEVEN = WallRange(time(9), time(12)), WallRange(time(10), time(11))
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    cache.clear()


def browser(person: User) -> Client:
    """Logged in by the form and with the password asked again, so that the account may be changed."""
    client = Client()
    client.post("/login", {"login": person.email, "password": make.PASSWORD})
    client.post("/reauthenticate", {"password": make.PASSWORD})
    client.get("/settings")
    return client


@pytest.mark.parametrize("is_first", [True, False], ids=["the first ever", "a later one"])
def test_two_who_ask_for_a_code_at_once_cost_one_message(now: datetime, *, is_first: bool) -> None:
    sam = make.sam()
    if not is_first:
        phones.new_code(sam, number=NUMBER, now=now - HOUR)

    def ask() -> str:
        return phones.new_code(sam, number=NUMBER, now=now)

    with pytest.raises(TooManyCodes):
        while_undecided(ask, ask)
    assert Phone.objects.get().code_sent_at == now


def test_a_code_proves_no_other_number(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """That was typed in another tab while the code was looked at."""
    sam = make.sam()
    code = phones.new_code(sam, number=NUMBER, now=now)
    compare = hmac.compare_digest

    def slowly(ours: str, theirs: str) -> bool:
        phones.new_code(sam, number=ANOTHER, now=now + HOUR)
        return compare(ours, theirs)

    monkeypatch.setattr(hmac, "compare_digest", slowly)
    with pytest.raises(BadCode):
        phones.verify(sam, code=code, now=now)
    assert phones.verified_number(sam) == ""


@pytest.mark.parametrize("other", [NINE_TO_TWELVE, TEN_TO_ELEVEN], ids=["the same", "others"])
def test_of_two_weeks_that_are_saved_one_stays(other: WallRange) -> None:
    maya = make.mentor()

    def save(wall: WallRange) -> None:
        replace_hours(Mentor.objects.get(), [WeeklyRange(0, wall.starts, wall.ends)], time_zone="UTC")

    while_undecided(lambda: save(NINE_TO_TWELVE), lambda: save(other))
    assert hours_of(maya) == [WeeklyRange(0, other.starts, other.ends)]


@pytest.mark.parametrize("other", [[], [NINE_TO_TWELVE]], ids=["the same", "others"])
def test_of_two_ways_to_keep_a_day_one_stays(other: list[WallRange]) -> None:
    maya = make.mentor()
    while_undecided(
        lambda: days_off.override_day(maya, DAY, []), lambda: days_off.override_day(maya, DAY, other)
    )
    assert days_off.overrides_of(maya, since=DAY) == [Override(DAY, other)]
    assert DateOverride.objects.count() == 1


def test_a_vacation_that_is_sent_twice_is_one() -> None:
    maya = make.mentor()

    def add() -> Vacation:
        return days_off.add_vacation(maya, first=DAY, last=DAY, note="Sea")

    while_undecided(add, add)
    assert Vacation.objects.count() == 1


def test_a_review_that_is_changed_keeps_its_answer(now: datetime) -> None:
    maya, sam = make.mentor(), make.sam()

    def write(stars: int) -> Review:
        return record_review(mentor=maya, student=sam, session_id=1, stars=stars, text="", now=now)

    review = write(5)
    while_undecided(lambda: answer(review, text="Thank you.", now=now), lambda: write(4))
    review.refresh_from_db()
    assert (review.stars, review.answer) == (4, "Thank you.")


def test_booking_a_mentor_and_reviewing_them_do_not_wait_in_a_circle(now: datetime) -> None:
    """A foreign key locks what it refers to, at the commit: of both, mentor and student."""
    maya, sam = make.mentor(), make.sam()

    def hold() -> None:
        starts_at = now + 5 * HOUR
        asked = make.request(student=sam, mentor=maya, starts_at=starts_at)
        limits.check_unpaid_holds(make.session(student=sam, mentor=maya, starts_at=starts_at), asked, now=now)

    while_undecided(
        hold, lambda: record_review(mentor=maya, student=sam, session_id=9, stars=5, text="", now=now)
    )
    assert Review.objects.count() == 1


def test_of_two_who_write_over_the_same_notes_one_is_asked_again(now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=make.mentor(), starts_at=now)
    same, seen = Session.objects.get(), session.notes_mark
    assert not while_undecided(
        lambda: session.write_notes("Queues.", seen=seen), lambda: same.write_notes("Retries.", seen=seen)
    )
    assert same.notes == "Queues."


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Every calendar has one busy hour, whatever its address."""
    agenda = Agenda("Work", [Span(now + HOUR, now + 2 * HOUR)], 0)
    monkeypatch.setattr(fetching, "fetch", lambda *_, **__: Fetched(b"", "", ""))
    monkeypatch.setattr(reading, "read_agenda", lambda *_, **__: agenda)


@pytest.mark.usefixtures("feed")
def test_the_last_calendar_is_added_once(now: datetime) -> None:
    maya = make.mentor()
    for _ in range(calendar_sync.MOST - 1):
        make.busy_calendar(maya, now=now)

    def add(name: str) -> BusyCalendar:
        return calendar_sync.add(maya, f"https://calendar.example.com/{name}.ics", now=now)

    with pytest.raises(CalendarRefused):
        while_undecided(lambda: add("work"), lambda: add("home"))
    assert BusyCalendar.objects.count() == calendar_sync.MOST


@pytest.mark.usefixtures("feed")
@pytest.mark.parametrize("hours", [(), (9,)], ids=["new times alone", "old ones too"])
def test_a_calendar_can_be_removed_while_it_is_read(now: datetime, hours: tuple[int, ...]) -> None:
    spans = [Span(now + hour * HOUR, now + (hour + 1) * HOUR) for hour in hours]
    calendar = make.busy_calendar(make.mentor(), *spans, now=now, next_read_at=now)
    same = BusyCalendar.objects.get()

    def read_due() -> int:
        return calendar_sync.read_due(now)

    while_undecided(read_due, lambda: calendar_sync.remove(same))
    assert not BusyTime.objects.filter(calendar=calendar.pk).exists()
    assert not BusyCalendar.objects.exists()


def describe(mentor: Mentor, *added: str) -> None:
    publishing.describe(
        mentor, headline="", about="", rate=None, currency="USD", expertise=[], added=list(added)
    )


@pytest.mark.parametrize(("one", "other"), [("Rust", "rust"), ("C", "C++")])
def test_two_mentors_add_what_has_one_slug(one: str, other: str) -> None:
    maya, noor = make.mentor(), make.mentor(make.person("Noor"))
    while_undecided(lambda: describe(maya, one), lambda: describe(noor, other))
    expected = one if one.lower() == other.lower() else other
    assert [known.name for known in noor.expertise.all()] == [expected]


def test_a_photo_that_is_replaced_is_gone() -> None:
    def store(colour: str) -> Callable[[], None]:
        file, maya = BytesIO(), Mentor.objects.get()
        Image.new("RGB", (64, 64), colour).save(file, "PNG")
        return lambda: store_photo(maya, file.getvalue())

    maya = make.mentor()
    store("red")()
    while_undecided(store("blue"), store("green"))
    maya.refresh_from_db()
    _, files = maya.photo.storage.listdir("mentors")
    assert [f"mentors/{name}" for name in files if name.startswith(f"{maya.pk}-")] == [maya.photo.name]


def test_settings_are_saved_without_the_password_and_the_address_of_before() -> None:
    sam = make.sam()
    client, new = browser(sam), make_password("correct horse battery")
    facts = {"name": "Samuel", "time_zone": "Europe/Berlin", "locale": "en"}

    def change() -> None:
        User.objects.filter(pk=sam.pk).update(password=new, email="new@example.com")

    assert while_undecided(change, lambda: client.post("/settings", facts)).status_code == 302
    sam.refresh_from_db()
    assert (sam.name, sam.password, sam.email) == ("Samuel", new, "new@example.com")


def test_a_password_is_changed_without_opening_the_account_that_was_closed_meanwhile() -> None:
    sam = make.sam()
    client, new = browser(sam), "correct horse battery"
    facts = {"oldpassword": make.PASSWORD, "password1": new}
    while_undecided(
        lambda: User.objects.filter(pk=sam.pk).update(is_active=False),
        lambda: client.post("/password/change", facts),
    )
    sam.refresh_from_db()
    assert (sam.check_password(new), sam.is_active) == (True, False)


def twice(path: str, *sent: tuple[Client, dict[str, str]]) -> Any:
    """The answer to the second, which began before what the first wrote was decided."""
    (first, facts), (second, same) = sent
    return while_undecided(lambda: first.post(path, facts), lambda: second.post(path, same))


def test_who_signs_up_by_a_double_click_has_one_account() -> None:
    facts = {"name": "Sam", "email": "sam@example.com", "password1": make.PASSWORD}
    visitor = Client()
    visitor.get("/signup")
    answered = twice("/signup", (Client(), facts), (visitor, facts))
    assert answered["Location"] == "/email/sent"
    assert User.objects.count() == 1


def test_a_new_address_that_is_sent_twice_is_one() -> None:
    sam = make.sam()
    facts = {"email": "new@example.com", "action_add": ""}
    assert twice("/email", (browser(sam), facts), (browser(sam), facts)).status_code in {200, 302}
    assert EmailAddress.objects.filter(email="new@example.com").count() == 1


@pytest.mark.usefixtures("half_minute")
def test_two_step_login_is_turned_on_once() -> None:
    sam = make.sam()
    sent = []
    for client in (browser(sam), browser(sam)):
        client.get("/two-step/turn-on")
        sent.append((client, {"code": code_now(client.session[SECRET_SESSION_KEY])}))
    assert twice("/two-step/turn-on", *sent)["Location"] == "/two-step/codes"
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).count() == 1


def test_an_operator_who_clicks_twice_gives_back_once(now: datetime) -> None:
    ada, session = (
        make.ada(),
        make.session(student=make.sam(), mentor=make.mentor(), starts_at=now + 5 * HOUR),
    )
    path = f"/admin/payments/payment/{session.payment_id}/refund/"
    desk = browser(ada)
    page = desk.post(path, {"amount": "10", "reason": "Goodwill."}).content.decode()
    facts = dict(re.findall(r'type="hidden" name="(amount|reason|left|confirmed)" value="([^"]*)"', page))

    twice(path, (desk, facts), (browser(ada), facts))
    session.payment.refresh_from_db()
    assert session.payment.owed_minor == 1_000
