"""Landing from the payment page: after paying, and back without."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models import Model
from django.test import Client

from mentormap.accounts.models import User
from mentormap.bookings import cancellation
from mentormap.bookings import links as addresses
from mentormap.bookings.models import Session, SessionHistory
from mentormap.bookings.settlement.settle import settle
from mentormap.mentors.models import Mentor
from mentormap.notifications import preferences
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.payments import gateway
from mentormap.payments.gateway import StripeUnavailable
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.sandbox_client import pay_by_debit
from tests.web.reading import browser, links, words
from tests.web.test_mentor import checked, chosen_day

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge"), pytest.mark.long]

SUCCESS = "/sessions/success"


@pytest.fixture
def held(stripe: Stripe, sam: User, maya: Mentor, now: datetime) -> Session:
    """Sam holds Wednesday 15:00 UTC with Maya, and has the payment page open."""
    return make.hold(student=sam, mentor=maya, starts_at=now + timedelta(days=2, hours=6), now=now)


def landing(session: Session) -> str:
    """Where Stripe sends the student after paying."""
    return f"{SUCCESS}?checkout={session.payment.checkout_id}"


def back(session: Session) -> str:
    """Where Stripe's way back leads."""
    return urlsplit(addresses.back_url("", session.uid)).path


def everything() -> list[Any]:
    """The rows that a mere look must leave as they are."""
    models: list[type[Model]] = [Session, SessionHistory, Payment]
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def unreachable(*args: object, **kwargs: object) -> None:
    raise StripeUnavailable("no answer")


def test_paying_is_confirmed_at_once_without_a_webhook(stripe: Stripe, sam: User, held: Session) -> None:
    stripe.pay(held.payment.checkout_id)
    response = browser(sam).get(landing(held))

    held.refresh_from_db()
    assert held.is_upcoming
    shown = words(response)
    for fact in (
        "System Design Review",
        "Wed 25 Nov 2026",
        "16:00–17:00 Europe/Berlin",
        "10:00 America/New York",
        "120.00 USD, Mon 23 Nov 2026, 10:00 (Europe/Berlin)",
        sam.email,
        "Tue 24 Nov 2026, 16:00",
        "15:45",
    ):
        assert fact in shown
    assert links(response)["📅 Download Calendar Invite"] == f"/sessions/{held.pk}/calendar.ics"


def test_who_wants_no_mail_of_the_link_is_promised_none(stripe: Stripe, sam: User, held: Session) -> None:
    preferences.choose(sam, [], among=[NoticeKind.LINK])
    stripe.pay(held.payment.checkout_id)

    shown = words(browser(sam).get(landing(held)))
    assert "Wed 25 Nov, 15:45: the video link stands on the session’s page ." in shown


def test_the_success_page_leads_on(stripe: Stripe, sam: User, held: Session) -> None:
    stripe.pay(held.payment.checkout_id)
    found = links(browser(sam).get(landing(held)))

    assert found["📅 Download Calendar Invite"] == f"/sessions/{held.pk}/calendar.ics"
    assert (found["View all sessions"], found["Book another session"]) == ("/sessions", "/mentors")


def test_coming_back_again_asks_stripe_no_more(
    stripe: Stripe, sam: User, held: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.pay(held.payment.checkout_id)
    browser(sam).get(landing(held))
    monkeypatch.delattr(gateway, "fetch_checkout")

    assert "You are booked!" in words(browser(sam).get(landing(held)))


def test_nobody_else_lands_on_it(stripe: Stripe, maya: Mentor, held: Session) -> None:
    for other in (make.olga(), maya.user, make.ada()):
        assert browser(other).get(landing(held)).status_code == 404


def test_a_visitor_logs_in_first_and_comes_back(held: Session, visitor: Client) -> None:
    location = visitor.get(landing(held)).headers["Location"]

    assert parse_qs(urlsplit(location).query) == {"next": [landing(held)]}


def test_an_unknown_checkout_is_404(sam: User) -> None:
    assert browser(sam).get(f"{SUCCESS}?checkout=cs_test_unknown").status_code == 404


def test_while_stripe_is_out_of_reach_the_page_looks_again_by_itself(
    sam: User, held: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "fetch_checkout", unreachable)
    response = browser(sam).get(landing(held))

    page = response.content.decode()
    again = f"?checkout={held.payment.checkout_id}&amp;looks=1"
    assert words(response) == (
        "We are still confirming your payment If you have paid, this takes a moment; the page follows by itself. "
        "The time stays yours until Mon 23 Nov 2026, 10:35 (Europe/Berlin). Look again Continue to payment"
    )
    assert f'hx-get="{again}" hx-trigger="load delay:3s"' in page
    assert f'<noscript><meta http-equiv="refresh" content="3; url={again}"></noscript>' in page


@pytest.mark.parametrize(
    ("looks", "pause"), [("1", 6), ("4", 48), ("5", 60), ("99", 60), ("9" * 5000, 60), ("x", 3)]
)
def test_it_looks_more_and_more_seldom(sam: User, held: Session, looks: str, pause: int) -> None:
    page = browser(sam).get(f"{landing(held)}&looks={looks}").content.decode()

    assert f'hx-trigger="load delay:{pause}s"' in page


def test_htmx_gets_the_outcome_alone_once_it_is_known(stripe: Stripe, sam: User, held: Session) -> None:
    stripe.pay(held.payment.checkout_id)
    response = browser(sam).get(landing(held), headers={"HX-Request": "true"})

    page = response.content.decode()
    assert "<title>You are booked · MentorMap</title>" in page
    assert "<html" not in page
    assert "HX-Request" in response.headers["Vary"]


def test_a_bank_that_takes_its_time_is_waited_for(stripe: Stripe, sam: User, held: Session) -> None:
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    response = browser(sam).get(landing(held))

    assert words(response).startswith("Your bank is confirming the payment")
    assert "Pending , your bank is confirming the payment" in words(response)


def test_who_comes_back_while_a_bank_takes_its_time_is_not_told_to_pay(
    stripe: Stripe, sam: User, held: Session, now: datetime
) -> None:
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    settle(held.payment_id, now=now)
    came_back = words(browser(sam).get(back(held)))
    assert "Your bank is confirming the payment" in came_back
    for wrong in ("You have not paid", "Continue to payment", "Booking anew"):
        assert wrong not in came_back
    assert "A time is held for you" not in words(browser(sam).get(f"/mentors/{held.mentor_id}"))


def test_a_hold_that_ended_unpaid_says_that_nothing_was_charged(
    sam: User, held: Session, now: datetime
) -> None:
    cancellation.release(held, actor=sam, now=now)

    assert "The time is no longer held, and nothing was charged." in words(browser(sam).get(landing(held)))


def test_a_session_cancelled_since_is_not_celebrated(
    stripe: Stripe, sam: User, held: Session, now: datetime
) -> None:
    stripe.pay(held.payment.checkout_id)
    browser(sam).get(landing(held))
    held.refresh_from_db()
    cancellation.cancel(held, actor=sam, now=now)

    assert words(browser(sam).get(landing(held))).startswith("This session is cancelled")


def test_without_a_parameter_the_latest_paid_session_is_shown(sam: User, maya: Mentor, now: datetime) -> None:
    for title, days in (("first", 3), ("last", 1), ("before", 2)):
        made = make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=5 + days), title=title)
        Payment.objects.filter(pk=made.payment_id).update(paid_at=now - timedelta(days=days))
    make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=1), title="off", status="cancelled")
    make.session(
        student=sam, mentor=maya, starts_at=now + timedelta(days=2), title="held", payment_status="pending"
    )

    assert "last Scheduled with Maya" in words(browser(sam).get(SUCCESS))


def test_without_any_paid_session_it_says_what_to_do(sam: User) -> None:
    assert words(browser(sam).get(SUCCESS)) == (
        "No paid session yet After you have paid for a session, it stands here with its calendar invite. "
        "Find a mentor View all sessions"
    )


def test_the_way_back_works_without_a_login_and_changes_nothing(held: Session, visitor: Client) -> None:
    before = everything()
    response = visitor.get(back(held))

    assert words(response).startswith(
        "Your time is still held You have not paid, and nothing was charged. "
        "The time is yours until Mon 23 Nov 2026, 04:35 (America/New York). "
        "System Design Review Scheduled with Maya 📅 Date Wed 25 Nov 2026 "
        "🕐 Time 10:00–11:00 America/New York ⏱️ Duration 60 minutes 💰 Price 120.00 USD 💳 Payment Pending "
        "Continue to payment Let it go "
        "Another time, or another duration? The form is as you left it. "
        "Booking anew lets go of the time that is held now. Duration"
    )
    assert links(response)["Continue to payment"] == held.payment.checkout_url
    assert everything() == before


def test_the_form_is_as_it_was(held: Session, visitor: Client) -> None:
    """The held time is among the open ones for whoever has the token."""
    response = visitor.get(back(held))
    page = response.content.decode()
    assert (checked(response, "duration_minutes"), chosen_day(response)) == (["60"], ["2026-11-25"])
    assert checked(response, "starts_at") == ["2026-11-25T15:00:00Z"]
    assert 'value="System Design Review"' in page
    assert ">\nNeed help with distributed systems</textarea>" in page
    assert f'<form class="booking" method="post" action="/mentors/{held.mentor_id}"' in page


def test_the_form_books_anew(stripe: Stripe, sam: User, held: Session) -> None:
    """Over one's own hold, which ends."""
    client = browser(sam)
    nonce = re.findall(r'name="nonce" value="([^"]*)"', client.get(back(held)).content.decode())[0]
    answer = client.post(
        f"/mentors/{held.mentor_id}",
        {
            "nonce": nonce,
            "title": held.title,
            "starts_at": "2026-11-25T15:00:00Z",
            "duration_minutes": "30",
        },
    )
    assert answer.status_code == 303
    assert [hold.duration_minutes for hold in Session.objects.all().holds()] == [30]


def test_a_mentor_who_takes_no_bookings_any_more_has_no_form(held: Session, visitor: Client) -> None:
    Mentor.objects.update(state="paused")
    response = visitor.get(back(held))
    assert ("Continue to payment" in words(response), "Book & Pay" in words(response)) == (True, False)


def test_letting_go_needs_no_login_either(held: Session, visitor: Client) -> None:
    response = visitor.post(back(held), follow=True)

    held.refresh_from_db()
    assert held.is_released
    assert words(response).startswith("The time is let go Nothing is booked, and nothing was charged.")


def test_paid_meanwhile_it_says_so(stripe: Stripe, held: Session, visitor: Client) -> None:
    stripe.pay(held.payment.checkout_id)
    response = visitor.post(back(held), follow=True)

    held.refresh_from_db()
    assert held.is_upcoming
    assert words(response).startswith("This session is paid and booked")


def test_with_stripe_out_of_reach_the_hold_stays(
    held: Session, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "expire_checkout", unreachable)
    response = visitor.post(back(held), follow=True)

    held.refresh_from_db()
    assert held.is_hold
    assert "We could not close the payment page of your hold: the time is still held" in words(response)


@pytest.mark.parametrize("token", ["nonsense", "0" * 32 + ":forged"])
def test_a_token_that_we_did_not_sign_opens_nothing(visitor: Client, token: str) -> None:
    assert visitor.get(f"/checkout/back/{token}").status_code == 404
    assert visitor.post(f"/checkout/back/{token}").status_code == 404


def test_one_hold_s_token_opens_no_other(held: Session, visitor: Client) -> None:
    signature = back(held).rpartition(":")[2]

    assert visitor.get(f"/checkout/back/{'0' * 32}:{signature}").status_code == 404


def test_a_known_zone_is_kept_on_the_way_back(sam: User, held: Session, clock: StandingClock) -> None:
    assert "16:00–17:00 Europe/Berlin" in words(browser(sam).get(back(held)))
