"""Booking by the form: from a visitor's first look to the payment page, and every way that it can be refused."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session as LoginSession
from django.test import Client
from django.utils.timezone import now as django_now

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import settle
from mentormap.mentors.models import Mentor
from mentormap.payments import gateway
from mentormap.payments.gateway import StripeUnavailable
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import pay_by_debit
from tests.web.reading import browser, links, mailed, words
from tests.web.test_mentor import checked, chosen_day

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

URLENCODED = "application/x-www-form-urlencoded"
START = "2026-11-25T15:00:00Z"
FORM = {
    "title": "System Design Review",
    "description": "Need help with distributed systems",
    "starts_at": START,
    "duration_minutes": "60",
}


@pytest.fixture
def maya(db: None) -> Mentor:
    """Open from 9:00 to 12:00 in New York, 14:00 to 17:00 UTC."""
    person = make.person("Maya", time_zone="America/New_York")
    return make.mentor(person, zone="America/New_York", hours=((time(9), time(12)),))


def send(client: Client, mentor: Mentor, **changes: str) -> Any:
    return client.post(f"/mentors/{mentor.pk}", FORM | changes)


def errors(response: Any) -> list[str]:
    return re.findall(r'class="error">.*?<span>(.*?)</span>', response.content.decode(), re.DOTALL)


def notes(response: Any) -> list[str]:
    """Errors of the form as a whole."""
    found = re.findall(
        r'class="note note--error"[^>]*>(.*?)</div></div>', response.content.decode(), re.DOTALL
    )
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text)).strip() for text in found]


def test_a_booking_leads_to_the_payment_page(stripe: Stripe, sam: User, maya: Mentor) -> None:
    response = send(browser(sam), maya)
    session = Session.objects.get()
    assert (response.status_code, response["Location"]) == (303, session.payment.checkout_url)
    assert (session.student, session.mentor, session.is_hold) == (sam, maya, True)
    assert (session.title, session.description) == (FORM["title"], FORM["description"])
    assert session.scheduled_at == datetime.fromisoformat(START)
    assert session.duration_minutes == 60


def test_the_way_back_leads_to_the_host_that_one_came_by(stripe: Stripe, sam: User, maya: Mentor) -> None:
    browser(sam).post(f"/mentors/{maya.pk}", FORM, headers={"Host": "127.0.0.1:3002"})
    asked = Session.objects.get().payment.checkout_request
    assert asked["success_url"].startswith("http://127.0.0.1:3002/sessions/success?")
    assert asked["cancel_url"].startswith("http://127.0.0.1:3002/checkout/back/")


def test_a_second_click_continues_the_same_hold(stripe: Stripe, sam: User, maya: Mentor) -> None:
    client = browser(sam)
    first, second = send(client, maya), send(client, maya)
    assert first["Location"] == second["Location"]
    assert Session.objects.count() == 1


def test_two_tabs_that_book_the_same_at_the_same_moment_lead_to_one_payment_page(
    stripe: Stripe, sam: User, maya: Mentor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tab's form has a key of its own. The second comes while the first is still at Stripe, and waits for it."""
    client = browser(sam)
    first = send(client, maya, nonce="one")
    recorded = Payment.objects.values("checkout_id", "checkout_url", "state").get()
    Payment.objects.update(checkout_id=None, checkout_url="", state=Payment.State.CREATED)
    monkeypatch.setattr("time.sleep", lambda _: Payment.objects.update(**recorded))
    second = send(client, maya, nonce="two")
    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert Session.objects.get().is_hold


@pytest.mark.parametrize("by_then", ["let go", "past its end", "with the bank"])
def test_a_form_sent_again_leads_to_no_page_that_can_no_longer_be_paid(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock, by_then: str
) -> None:
    """It books again, unless the payment is under way."""
    client = browser(sam)
    send(client, maya, nonce="one")
    held = Session.objects.get()
    if by_then == "let go":
        client.post(f"/sessions/{held.pk}/let-go")
    elif by_then == "past its end":
        clock.advance(minutes=36)
        assert "Continue to payment" not in words(client.get(f"/mentors/{maya.pk}"))
        assert "Continue to payment" not in words(client.get("/sessions"))
    else:
        pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
        settle(held.payment_id, now=clock.now)
    again = send(client, maya, nonce="one")
    if by_then == "with the bank":
        assert again["Location"] == f"/sessions/{held.pk}"
    else:
        other = Session.objects.holds().get()
        assert (other == held, again["Location"]) == (False, other.payment.checkout_url)


def test_a_pause_is_said_in_the_zone_of_the_page(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    """Their account has no zone, and their browser says one."""
    User.objects.filter(pk=sam.pk).update(time_zone="")
    client = browser(sam)
    client.cookies["time_zone"] = "Asia/Tokyo"
    for number in range(3):
        assert send(client, maya, title=f"Title {number}").status_code == 303
    response = send(client, maya, title="Title 3")
    assert (response.status_code, response["Retry-After"]) == (429, str(24 * 60 * 60 + 61))
    (note,) = notes(response)
    assert note.endswith("You can hold a time again from Tue 24 Nov 2026, 18:01 (Asia/Tokyo).")
    assert Session.objects.holds().get().title == "Title 2"


def test_another_duration_takes_the_place_of_ones_own_hold(stripe: Stripe, sam: User, maya: Mentor) -> None:
    client = browser(sam)
    send(client, maya)
    assert send(client, maya, duration_minutes="90").status_code == 303
    assert [hold.duration_minutes for hold in Session.objects.all().holds()] == [90]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " "}, "Give the session a title of 1 to 200 characters, such as “System design review”."),
        ({"title": "x" * 201}, "Shorten the title to at most 200 characters."),
        ({"description": "x" * 4001}, "Shorten the description to at most 4000 characters."),
        ({"starts_at": ""}, "Pick a day, then one of its open times."),
        ({"starts_at": "tomorrow"}, "Pick a day, then one of its open times."),
        ({"duration_minutes": "45"}, "A session lasts 30, 60, 90 or 120 minutes. Pick one of these."),
        ({"duration_minutes": ""}, "A session lasts 30, 60, 90 or 120 minutes. Pick one of these."),
    ],
)
def test_a_form_that_lacks_something_says_where(
    changes: dict[str, str], sentence: str, sam: User, maya: Mentor
) -> None:
    response = send(browser(sam), maya, **changes)
    assert (response.status_code, errors(response)) == (422, [sentence])
    assert notes(response) == ["Nothing is booked yet: see below what to change."]
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("start", "sentence", "first"),
    [
        ("2026-11-22T15:00:00Z", "That time is past. Pick one that is still ahead.", "23T14:00"),
        (
            "2026-11-25T15:10:00Z",
            "Maya&#39;s sessions do not start at that minute. Pick one of the open times.",
            "25T15:30",
        ),
        (
            "2026-11-25T12:00:00Z",
            "Maya has no hours for that whole time. Pick one of the open times.",
            "25T14:00",
        ),
    ],
)
def test_a_time_that_is_not_open_is_refused_with_the_next_ones(
    start: str, sentence: str, first: str, sam: User, maya: Mentor
) -> None:
    response = send(browser(sam), maya, starts_at=start)
    assert (response.status_code, errors(response)) == (422, [sentence])
    offered = re.findall(r'name="pick" value="([^"]*)"', response.content.decode())
    assert (len(offered), offered[0]) == (3, f"2026-11-{first}:00Z")
    assert 'value="System Design Review"' in response.content.decode()


def test_a_time_that_was_just_taken_is_a_conflict(
    stripe: Stripe, sam: User, maya: Mentor, now: datetime
) -> None:
    make.session(student=make.olga(), mentor=maya, starts_at=datetime.fromisoformat(START))
    response = send(browser(sam), maya)
    assert response.status_code == 409
    assert errors(response) == ["That time has just been taken, in whole or in part. Pick another one."]


def test_an_offered_time_is_picked_and_the_rest_stays(sam: User, maya: Mentor) -> None:
    response = send(browser(sam), maya, starts_at="2026-11-25T12:00:00Z", pick="2026-11-23T14:30:00Z")
    assert (response.status_code, errors(response)) == (200, [])
    assert (checked(response, "starts_at"), chosen_day(response)) == (
        ["2026-11-23T14:30:00Z"],
        ["2026-11-23"],
    )
    assert 'value="System Design Review"' in response.content.decode()


def test_looking_for_other_times_without_a_script_keeps_what_was_typed(visitor: Client, maya: Mentor) -> None:
    response = send(
        visitor, maya, starts_at="", title="", show="times", shown="2026-11-26", duration_minutes="120"
    )
    text = response.content.decode()
    assert (response.status_code, errors(response)) == (200, [])
    assert (chosen_day(response), checked(response, "duration_minutes")) == (["2026-11-26"], ["120"])
    assert ">\nNeed help with distributed systems</textarea>" in text
    later = send(visitor, maya, day="2026-12-07", shown="2026-11-26")
    assert chosen_day(later) == ["2026-12-07"]


def test_payments_out_of_reach_charge_nothing_and_keep_the_form(
    sam: User, maya: Mentor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object, **_kwargs: object) -> None:
        raise StripeUnavailable("no answer")

    monkeypatch.setattr(gateway, "create_checkout", unreachable)
    response = send(browser(sam), maya)
    assert (response.status_code, len(notes(response))) == (503, 1)
    assert "nothing was charged" in notes(response)[0]
    assert checked(response, "starts_at") == [START]


def test_nobody_books_themselves(maya: Mentor) -> None:
    client = browser(maya.user)
    response = send(client, maya)
    assert (response.status_code, notes(response)) == (
        422,
        ["You cannot book yourself. Pick another mentor."],
    )
    assert re.search(
        r"<button [^>]* disabled>Book &amp; Pay", client.get(f"/mentors/{maya.pk}").content.decode()
    )


def test_an_operator_cannot_book_who_is_hidden(maya: Mentor, now: datetime) -> None:
    Mentor.objects.update(hidden_at=now)
    assert send(browser(make.ada()), maya).status_code == 422


def test_an_unverified_address_is_named_with_a_way_to_send_the_link_again(maya: Mentor) -> None:
    olga = make.olga(verified=False)
    client = browser(olga)
    before = client.get(f"/mentors/{maya.pk}")
    assert "Verify your email address before you book: we sent a link to olga@example.com" in words(before)
    assert 'name="action_send"' in before.content.decode()
    response = send(client, maya)
    assert (response.status_code, len(notes(response))) == (403, 1)
    assert 'value="System Design Review"' in client.get(f"/mentors/{maya.pk}").content.decode()


def test_a_visitor_finds_the_form_again_after_logging_in(
    stripe: Stripe, visitor: Client, sam: User, maya: Mentor
) -> None:
    answer = send(visitor, maya, duration_minutes="90")
    assert (answer.status_code, answer["Location"]) == (303, f"/login?next=%2Fmentors%2F{maya.pk}%23book")
    why = "Log in or sign up to book. What you have filled in is kept."
    assert why in visitor.get(answer["Location"]).content.decode()
    back = visitor.post(answer["Location"], {"login": sam.email, "password": make.PASSWORD})
    page = visitor.get(back["Location"])
    assert back["Location"] == f"/mentors/{maya.pk}#book"
    assert 'value="System Design Review"' in page.content.decode()
    assert ">\nNeed help with distributed systems</textarea>" in page.content.decode()
    assert (checked(page, "starts_at"), checked(page, "duration_minutes")) == ([START], ["90"])
    assert send(visitor, maya, duration_minutes="90").status_code == 303


def test_a_visitor_finds_the_form_again_after_signing_up(visitor: Client, maya: Mentor) -> None:
    send(visitor, maya)
    answers = {"name": "Nadia", "email": "nadia@example.com", "password1": make.PASSWORD}
    visitor.post(f"/signup?next=/mentors/{maya.pk}", answers)
    (link,) = re.findall(r"/email/verify/\S+", str(mailed()[-1].body))
    page = visitor.get(visitor.post(link)["Location"])
    assert 'value="System Design Review"' in page.content.decode()


def test_a_kept_form_is_as_short_as_its_fields(visitor: Client, maya: Mentor) -> None:
    """Blanks are cut off, fields of others are not kept, and a visitor who never logs in is forgotten in two days."""
    blanks = " " * 25_000
    send(visitor, maya, title=f"{blanks}Review{blanks}", other="x" * 1000, nonce="y" * 1000)
    kept = LoginSession.objects.get()
    assert kept.get_decoded()["booking_draft"]["fields"] == FORM | {"title": "Review"}
    assert len(kept.session_data) < 1000
    assert timedelta(days=1) < kept.expire_date - django_now() <= timedelta(days=2)


def test_a_login_with_a_kept_form_lasts_as_long_as_others(visitor: Client, sam: User, maya: Mentor) -> None:
    send(visitor, maya)
    visitor.post("/login", {"login": sam.email, "password": make.PASSWORD})
    assert LoginSession.objects.get().expire_date > django_now() + timedelta(days=29)


def test_a_form_beyond_all_limits_is_answered_with_what_to_do(visitor: Client, maya: Mentor) -> None:
    too_many = {f"field-{number}": "" for number in range(1001)}
    for long in ({"description": "x" * 2**17}, too_many):
        answer = visitor.post(f"/mentors/{maya.pk}", urlencode(FORM | long), content_type=URLENCODED)
        assert (answer.status_code, "<h1>This form is too large</h1>" in answer.content.decode()) == (
            413,
            True,
        )


def test_who_has_verified_comes_back_to_the_form(visitor: Client, maya: Mentor) -> None:
    send(visitor, maya)
    visitor.post("/signup", {"name": "Nadia", "email": "nadia@example.com", "password1": make.PASSWORD})
    (link,) = re.findall(r"/email/verify/\S+", str(mailed()[0].body))
    answer = visitor.post(link)
    assert answer["Location"] == f"/mentors/{maya.pk}#book"
    assert 'value="System Design Review"' in visitor.get(answer["Location"]).content.decode()


def test_a_visitors_incomplete_form_is_mended_before_the_login(visitor: Client, maya: Mentor) -> None:
    assert send(visitor, maya, title="").status_code == 422


def test_a_draft_is_of_one_mentor_and_gone_once_booked(
    stripe: Stripe, visitor: Client, sam: User, maya: Mentor
) -> None:
    noor = make.mentor(make.person("Noor"))
    send(visitor, maya)
    assert "System Design Review" not in visitor.get(f"/mentors/{noor.pk}").content.decode()
    visitor.force_login(sam)
    send(visitor, maya, title="Another title")
    assert "System Design Review" not in visitor.get(f"/mentors/{maya.pk}").content.decode()


def test_ones_own_hold_is_shown_with_both_ways_out(
    stripe: Stripe, sam: User, maya: Mentor, clock: StandingClock
) -> None:
    client = browser(sam)
    send(client, maya)
    hold = Session.objects.get()
    page = client.get(f"/mentors/{maya.pk}")
    assert (
        "A time is held for you: Wed 25 Nov 2026, 16:00 (Europe/Berlin), 60 minutes, 120.00 USD. "
        "Pay by 10:35 to keep it."
    ) in words(page)
    assert links(page)["Continue to payment"] == hold.payment.checkout_url
    assert checked(page, "starts_at") == [START]
    answer = client.post(f"/sessions/{hold.pk}/let-go", {"next": f"/mentors/{maya.pk}"})
    assert answer["Location"] == f"/mentors/{maya.pk}"
    assert "A time is held for you" not in words(client.get(f"/mentors/{maya.pk}"))


def test_what_an_address_asks_for_comes_before_the_hold(stripe: Stripe, sam: User, maya: Mentor) -> None:
    client = browser(sam)
    send(client, maya)
    page = client.get(f"/mentors/{maya.pk}?duration_minutes=30&starts_at={START}")
    assert (checked(page, "duration_minutes"), checked(page, "starts_at")) == (["30"], [START])
    assert 'value="System Design Review"' in page.content.decode()


def test_a_stranger_sees_nothing_of_a_hold_but_its_time_gone(stripe: Stripe, sam: User, maya: Mentor) -> None:
    send(browser(sam), maya)
    page = browser(make.olga()).get(f"/mentors/{maya.pk}?starts_at={START}")
    assert ("held for you" in words(page), checked(page, "starts_at")) == (False, [])


def test_a_hold_that_was_just_paid_is_said_to_be(stripe: Stripe, sam: User, maya: Mentor) -> None:
    client = browser(sam)
    send(client, maya)
    stripe.pay(Session.objects.get().payment.checkout_id)
    response = send(client, maya, starts_at="2026-11-26T15:00:00Z")
    assert response.status_code == 409
    assert "has just been paid" in notes(response)[0]
