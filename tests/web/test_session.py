"""One session: what it shows, and what can be done with it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from mentormap.accounts.models import User
from mentormap.bookings import links as addresses
from mentormap.bookings.models import Session, SessionHistory
from mentormap.mentors.models import Mentor
from mentormap.notifications import preferences
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.payments.models import Payment
from tests import make
from tests.conftest import StandingClock, Stripe
from tests.web.reading import browser, links, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge")]

DAY = timedelta(days=1)


@pytest.mark.parametrize("path", ["", "/cancel", "/calendar.ics"])
def test_a_stranger_s_session_is_not_there(session: Session, path: str) -> None:
    assert browser(make.olga()).get(f"/sessions/{session.pk}{path}").status_code == 404


@pytest.mark.parametrize("path", ["/cancel", "/let-go", "/notes"])
def test_a_stranger_changes_nothing(session: Session, path: str) -> None:
    response = browser(make.olga()).post(f"/sessions/{session.pk}{path}", {"notes": "mine"})

    session.refresh_from_db()
    assert (response.status_code, session.status, session.notes) == (404, "scheduled", "")


def test_an_operator_looks_in_the_admin_not_here(session: Session) -> None:
    assert browser(make.ada()).get(f"/sessions/{session.pk}").status_code == 404


def test_a_session_shows_both_times_the_payment_and_its_history(sam: User, session: Session) -> None:
    read = words(browser(sam).get(f"/sessions/{session.pk}"))

    assert "10:00–11:00 Europe/Berlin 04:00 America/New York" in read
    assert "Need help with distributed systems" in read
    assert (
        f"Paid 120.00 USD Mon 23 Nov 2026, 10:00 (Europe/Berlin) Reference {session.stripe_payment_id}"
        in read
    )
    assert read.endswith(
        "What happened Booked and paid Mon 23 Nov 2026, 10:00 (Europe/Berlin) · Made for a test."
    )


def test_history_says_who(sam: User, maya: Mentor, session: Session, now: datetime) -> None:
    for actor in (sam, maya.user, make.ada(), None):
        SessionHistory.objects.create(
            session=session, at=now, actor=actor, to_status="cancelled", to_payment_status="paid", why="So."
        )
    read = words(browser(sam).get(f"/sessions/{session.pk}"))

    stamp = "Mon 23 Nov 2026, 10:00 (Europe/Berlin) · So."
    assert (
        f"Cancelled by you {stamp} Cancelled by Maya {stamp} Cancelled by an operator {stamp} Cancelled {stamp}"
        in read
    )


@pytest.mark.parametrize(
    ("minutes_to_start", "is_open"), [(16, False), (15, True), (0, True), (-59, True), (-60, False)]
)
def test_the_video_link_shows_from_15_minutes_before_to_the_end(
    sam: User, session: Session, clock: StandingClock, minutes_to_start: int, is_open: bool
) -> None:
    clock.now = session.scheduled_at - timedelta(minutes=minutes_to_start)
    room = addresses.meeting_link(session)

    for path in ("/sessions", f"/sessions/{session.pk}"):
        assert (room in browser(sam).get(path).content.decode()) is is_open


def test_htmx_gets_the_video_part_alone(sam: User, session: Session, clock: StandingClock) -> None:
    early = browser(sam).get(f"/sessions/{session.pk}", headers={"HX-Request": "true"})
    clock.now = session.link_opens_at()
    due = browser(sam).get(f"/sessions/{session.pk}", headers={"HX-Request": "true"})

    assert words(early) == (
        "The video link appears here and comes by mail 15 minutes before the start: "
        "Wed 25 Nov 2026, 09:45 (Europe/Berlin)."
    )
    assert 'hx-trigger="load delay:3600s"' in early.content.decode()
    assert words(due) == "The video room is open until 11:00 Europe/Berlin. Join the video call"
    assert "HX-Request" in due.headers["Vary"]


def test_who_wants_no_mail_of_the_link_is_promised_none(sam: User, session: Session) -> None:
    preferences.choose(sam, [], among=[NoticeKind.LINK])
    early = browser(sam).get(f"/sessions/{session.pk}", headers={"HX-Request": "true"})

    assert words(early) == (
        "The video link appears here 15 minutes before the start: Wed 25 Nov 2026, 09:45 (Europe/Berlin)."
    )


def test_a_cancelled_session_has_no_video_link(sam: User, session: Session, clock: StandingClock) -> None:
    Session.objects.update(status="cancelled")
    clock.now = session.scheduled_at

    assert addresses.meeting_link(session) not in browser(sam).get(f"/sessions/{session.pk}").content.decode()


def test_the_invite_is_a_file(sam: User, session: Session) -> None:
    page = browser(sam).get(f"/sessions/{session.pk}")
    response = browser(sam).get(links(page)["📅 Download Calendar Invite"])

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="mentormap-session-{session.pk}.ics"'
    )
    assert b"METHOD:PUBLISH\r\n" in response.content


def test_a_hold_has_no_invite(sam: User, maya: Mentor, now: datetime) -> None:
    hold = make.session(student=sam, mentor=maya, starts_at=now + DAY, payment_status="pending")

    assert browser(sam).get(f"/sessions/{hold.pk}/calendar.ics").status_code == 404
    assert "Once it is booked: Full refund until" in words(browser(sam).get(f"/sessions/{hold.pk}"))


def test_web_calendars_are_linked(sam: User, session: Session) -> None:
    found = links(browser(sam).get(f"/sessions/{session.pk}"))

    assert found["Google Calendar"].startswith("https://calendar.google.com/calendar/render?")
    assert found["Outlook"].startswith("https://outlook.live.com/")


def test_either_party_writes_the_notes_and_both_read_them(sam: User, maya: Mentor, session: Session) -> None:
    browser(maya.user).post(f"/sessions/{session.pk}/notes", {"notes": "Bring a diagram <b>"})

    assert "Bring a diagram &lt;b&gt;" in browser(sam).get(f"/sessions/{session.pk}").content.decode()


def mark_of_notes(page: Any) -> str:
    (mark,) = re.findall(r'name="seen" value="(\w+)"', page.content.decode())
    return str(mark)


def test_notes_that_were_changed_since_they_were_read_are_not_overwritten(
    sam: User, maya: Mentor, session: Session
) -> None:
    """The second save, with both texts on the page, is meant."""
    path, page = f"/sessions/{session.pk}/notes", browser(sam)
    seen = mark_of_notes(page.get(f"/sessions/{session.pk}"))
    browser(maya.user).post(path, {"notes": "Bring a diagram."})

    response = page.post(path, {"notes": "Ask about queues.", "seen": seen})
    session.refresh_from_db()
    assert (response.status_code, session.notes) == (409, "Bring a diagram.")
    assert "These notes were changed since you opened the page." in words(response)
    assert "Bring a diagram." in words(response)
    assert "Ask about queues." in words(response)

    page.post(path, {"notes": "Both.", "seen": mark_of_notes(response)})
    page.post(path, {"notes": "Both.", "seen": mark_of_notes(response)})
    session.refresh_from_db()
    assert session.notes == "Both."


def test_notes_that_are_too_long_come_back_to_be_mended(sam: User, session: Session) -> None:
    response = browser(sam).post(f"/sessions/{session.pk}/notes", {"notes": "x" * 4001})

    session.refresh_from_db()
    assert (response.status_code, session.notes) == (422, "")
    assert "Keep the notes under 4,000 characters." in words(response)


@pytest.mark.parametrize(
    ("hours_before", "promise"),
    [
        (25, "You get 120.00 USD back: everything that you paid."),
        (2, "You get 60.00 USD of 120.00 USD back."),
        (-0.1, "It has started."),
    ],
)
def test_the_cancel_page_says_what_comes_back(
    sam: User, session: Session, clock: StandingClock, hours_before: float, promise: str
) -> None:
    clock.now = session.scheduled_at - timedelta(hours=hours_before)

    assert promise in words(browser(sam).get(f"/sessions/{session.pk}/cancel"))


def test_the_cancel_page_counts_from_the_earliest_start_of_a_moved_session(
    sam: User, session: Session, clock: StandingClock
) -> None:
    Session.objects.update(earliest_start=session.scheduled_at - timedelta(days=2))
    clock.now = session.scheduled_at - timedelta(hours=50)
    text = words(browser(sam).get(f"/sessions/{session.pk}/cancel"))

    assert "As this session was moved, that means: A cancellation brings 50% until" in text


def test_a_mentor_who_cancels_gives_everything_back(
    maya: Mentor, session: Session, clock: StandingClock
) -> None:
    clock.now = session.scheduled_at - timedelta(hours=1)
    response = browser(maya.user).get(f"/sessions/{session.pk}/cancel")

    assert "Sam gets 120.00 USD back: everything that they paid." in words(response)


def test_the_deadline_is_told_as_an_instant(
    sam: User, maya: Mentor, session: Session, clock: StandingClock
) -> None:
    path = f"/sessions/{session.pk}"
    early = "Full refund until Tue 24 Nov 2026, 10:00 (Europe/Berlin), then 50%, none after the start."
    assert early in words(browser(sam).get(path))
    assert "For Sam: Full refund until Tue 24 Nov 2026, 04:00 (America/New York)" in words(
        browser(maya.user).get(path)
    )
    clock.now = session.scheduled_at - timedelta(hours=2)
    assert "A cancellation brings 50% back until the start, nothing after." in words(browser(sam).get(path))


@pytest.mark.parametrize("path", ["", "/cancel", "/calendar.ics", "/let-go", "/notes"])
def test_looking_changes_nothing(sam: User, session: Session, path: str) -> None:
    before = Session.objects.values().get(), Payment.objects.values().get(), SessionHistory.objects.count()
    browser(sam).get(f"/sessions/{session.pk}{path}")

    assert (
        Session.objects.values().get(),
        Payment.objects.values().get(),
        SessionHistory.objects.count(),
    ) == before


@pytest.fixture
def booked(stripe: Stripe, sam: User, maya: Mentor, now: datetime) -> Session:
    """Booked and paid at the sandbox."""
    held = make.hold(student=sam, mentor=maya, starts_at=now + 2 * DAY + timedelta(hours=6), now=now)
    stripe.pay(held.payment.checkout_id)
    browser(sam).get("/sessions/success", {"checkout": held.payment.checkout_id or ""})
    held.refresh_from_db()
    assert held.is_upcoming
    return held


def test_cancelling_refunds_and_says_so(sam: User, booked: Session) -> None:
    response = browser(sam).post(f"/sessions/{booked.pk}/cancel", follow=True)

    booked.refresh_from_db()
    assert (booked.status, booked.payment_status) == ("cancelled", "refunded")
    assert "The session is cancelled. 120.00 USD goes back to you." in words(response)
    assert "Refund 120.00 USD: sent back; banks show it after 5 to 10 days" in words(response)


def test_cancelling_late_gives_half_back(sam: User, booked: Session, clock: StandingClock) -> None:
    clock.now = booked.scheduled_at - timedelta(hours=2)
    response = browser(sam).post(f"/sessions/{booked.pk}/cancel", follow=True)

    assert "60.00 USD goes back to you." in words(response)
    assert "Paid , 60.00 of 120.00 USD refunded" in words(response)


def test_a_deadline_that_passes_before_the_click_is_asked_about_again(
    sam: User, booked: Session, clock: StandingClock
) -> None:
    clock.now = booked.scheduled_at - timedelta(hours=24)
    path = f"/sessions/{booked.pk}/cancel"
    shown = browser(sam).get(path)
    clock.advance(seconds=1)
    response = browser(sam).post(path, hidden(shown), follow=True)

    booked.refresh_from_db()
    assert booked.status == "scheduled"
    assert response.redirect_chain == [(path, 302)]
    assert "Nothing is cancelled yet: since you opened this page a deadline has passed" in words(response)
    assert "You get 60.00 USD of 120.00 USD back." in words(response)
    browser(sam).post(path, hidden(response))
    booked.payment.refresh_from_db()
    assert booked.payment.refunded_minor == 6_000


@pytest.mark.parametrize("sent", ["much", "²", "9" * 99])
def test_a_promise_that_nobody_can_read_binds_nobody(sam: User, booked: Session, sent: str) -> None:
    browser(sam).post(f"/sessions/{booked.pk}/cancel", {"comes_back": sent})

    booked.refresh_from_db()
    assert booked.status == "cancelled"


def hidden(page: Any) -> dict[str, str]:
    """What the page's form sends along unseen."""
    return dict(re.findall(r'<input type="hidden" name="(comes_back)" value="(\d+)">', page.content.decode()))


def test_the_mentor_reads_what_the_student_gets(maya: Mentor, booked: Session) -> None:
    response = browser(maya.user).post(f"/sessions/{booked.pk}/cancel", follow=True)

    assert "The session is cancelled. Sam gets 120.00 USD back." in words(response)


def test_what_has_started_is_not_cancelled(sam: User, booked: Session, clock: StandingClock) -> None:
    clock.now = booked.scheduled_at
    response = browser(sam).post(f"/sessions/{booked.pk}/cancel", follow=True)

    booked.refresh_from_db()
    assert booked.status == "scheduled"
    assert "This session has started, so it can no longer be cancelled." in words(response)


def test_a_hold_is_let_go(stripe: Stripe, sam: User, maya: Mentor, now: datetime) -> None:
    held = make.hold(student=sam, mentor=maya, starts_at=now + 2 * DAY + timedelta(hours=6), now=now)
    response = browser(sam).post(f"/sessions/{held.pk}/let-go", {"next": f"/mentors/{maya.pk}"})

    held.refresh_from_db()
    assert held.is_released
    assert response.headers["Location"] == f"/mentors/{maya.pk}"


@pytest.mark.parametrize("way", ["/sessions/{}/let-go", "/sessions/{}/cancel"])
def test_a_hold_whose_page_can_still_be_paid_is_not_reported_as_let_go(
    stripe: Stripe, sam: User, maya: Mentor, now: datetime, way: str
) -> None:
    held = make.hold(student=sam, mentor=maya, starts_at=now + 2 * DAY + timedelta(hours=6), now=now)
    stripe.sandbox.add_fault("forbidden", method="POST", path="/v1/checkout/sessions/*/expire")
    response = browser(sam).post(way.format(held.pk), follow=True)

    held.refresh_from_db()
    assert held.is_hold
    assert "the page still takes a payment" in words(response)


def test_letting_go_leads_nowhere_else(stripe: Stripe, sam: User, maya: Mentor, now: datetime) -> None:
    held = make.hold(student=sam, mentor=maya, starts_at=now + 2 * DAY + timedelta(hours=6), now=now)
    response = browser(sam).post(f"/sessions/{held.pk}/let-go", {"next": "https://evil.example/"})

    assert response.headers["Location"] == "/sessions"


def test_a_hold_that_was_just_paid_is_booked_not_let_go(
    stripe: Stripe, sam: User, maya: Mentor, now: datetime
) -> None:
    held = make.hold(student=sam, mentor=maya, starts_at=now + 2 * DAY + timedelta(hours=6), now=now)
    stripe.pay(held.payment.checkout_id)
    response = browser(sam).post(f"/sessions/{held.pk}/let-go", follow=True)

    held.refresh_from_db()
    assert held.is_upcoming
    assert "Your payment had just arrived, so this session is booked." in words(response)


@pytest.mark.parametrize("path", ["/sessions/{}", "/sessions/{}/cancel", "/sessions/{}/calendar.ics"])
def test_no_page_of_a_session_asks_the_database_much(
    sam: User, session: Session, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    sam_browser = browser(sam)

    with django_assert_max_num_queries(10):
        assert sam_browser.get(path.format(session.pk)).status_code == 200


def test_nobody_is_led_to_a_mentor_who_cannot_be_found(sam: User, maya: Mentor, session: Session) -> None:
    Session.objects.update(status="completed")
    page = f"/sessions/{session.pk}"
    assert links(browser(sam).get(page))["Book Maya again"] == f"/mentors/{maya.pk}"
    Mentor.objects.update(state=Mentor.State.PAUSED)
    assert "Book Maya again" not in links(browser(sam).get(page))
