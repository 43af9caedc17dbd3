"""The brief's journey in a real browser: find, book, pay, download, read, see, cancel."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.conftest import profile
from tests.servers.program import Program

pytestmark = pytest.mark.browser


def await_true(found: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def invite_of(page: Page) -> Calendar:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Calendar Invite").first.click()
    return Calendar.from_ical(Path(download.value.path()).read_bytes())


def test_the_paid_journey(page: Page, program: Program) -> None:
    steps.log_in(page)
    steps.open_maya(page)
    steps.fill_in(page, "System Design Review", minutes=90)
    expect(page.get_by_text("180.00 USD", exact=True).locator("visible=true").first).to_be_visible()
    steps.submit(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("180.00 USD")
    steps.pay(page)
    steps.expect_success(page, "System Design Review")

    invite = invite_of(page)
    event = invite.walk("VEVENT")[0]
    assert (invite["METHOD"], str(event["SUMMARY"])) == ("PUBLISH", "System Design Review")
    assert event.walk("VALARM")[0]["TRIGGER"].to_ical() == b"-PT15M"
    await_true(lambda: "Subject: " in program.printed() and "System Design Review" in program.printed())
    assert "invite.ics" in program.printed()

    page.get_by_role("link", name="View all sessions").click()
    ticket = page.get_by_role("article").filter(has_text="System Design Review")
    expect(ticket).to_contain_text("Scheduled")
    expect(ticket).to_contain_text("Paid")
    for sign in ("📅", "🕐", "⏱️", "💰", "💳"):
        expect(ticket).to_contain_text(sign)


def test_a_paid_session_is_cancelled_and_refunded(page: Page) -> None:
    steps.log_in(page, "olga@example.com")
    steps.open_maya(page)
    page.get_by_label("Session title").fill("One that will not be")
    steps.press_last_day(page)
    steps.choose(page, 30)
    steps.submit(page)
    steps.pay(page)
    steps.expect_success(page, "One that will not be")
    page.get_by_role("link", name="View all sessions").click()
    page.get_by_role("link", name="One that will not be").first.click()
    page.get_by_role("link", name="Cancel session").click()
    expect(page.get_by_role("main")).to_contain_text("60.00 USD")
    page.get_by_role("button", name="Cancel session").click()
    expect(page.get_by_role("main")).to_contain_text("Cancelled")
    expect(page.get_by_role("main")).to_contain_text("Refunded")


def test_back_from_the_payment_page_another_duration(page: Page) -> None:
    steps.log_in(page)
    steps.open_maya(page)
    steps.fill_in(page, "Second thoughts", minutes=60)
    steps.submit(page)
    expect(page).to_have_url(re.compile("/c/pay/"))
    page.go_back()
    steps.fill_in(page, "Second thoughts", minutes=30)
    steps.submit(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("60.00 USD")
    steps.pay(page)
    steps.expect_success(page, "Second thoughts")


def test_a_declined_card_then_a_good_one(page: Page) -> None:
    steps.log_in(page)
    steps.open_maya(page)
    steps.fill_in(page, "Second card")
    steps.submit(page)
    steps.pay(page, steps.DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined.")
    steps.pay(page)
    steps.expect_success(page, "Second card")


def test_a_card_that_asks_for_authentication(page: Page) -> None:
    steps.log_in(page)
    steps.open_maya(page)
    steps.fill_in(page, "Secure")
    steps.submit(page)
    steps.pay(page, steps.SECURE)
    page.get_by_role("button", name="Complete authentication").click()
    steps.expect_success(page, "Secure")


def test_the_cancel_link_leads_back_and_lets_go(page: Page) -> None:
    steps.log_in(page)
    steps.open_maya(page)
    steps.fill_in(page, "Perhaps later")
    steps.submit(page)
    page.get_by_role("link", name=re.compile("Back to the shop")).click()
    expect(page).to_have_url(re.compile("/checkout/back/"))
    page.get_by_role("button", name="Let it go").click()
    page.goto("/sessions")
    expect(page.get_by_role("main")).not_to_contain_text("Perhaps later")


def test_a_visitor_fills_in_the_form_then_logs_in(page: Page) -> None:
    steps.open_maya(page)
    steps.fill_in(page, "Filled in before login", minutes=120)
    steps.submit(page)
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label("Email").fill("olga@example.com")
    page.get_by_label("Password").fill("mentormap-demo")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Session title")).to_have_value("Filled in before login")
    expect(page.get_by_role("radio", name=re.compile("^120 minutes"))).to_be_checked()
    steps.submit(page)
    steps.pay(page)
    steps.expect_success(page, "Filled in before login")


def test_the_journey_without_javascript(page_without_javascript: Page) -> None:
    page = page_without_javascript
    steps.log_in(page)
    steps.open_maya(page)
    page.get_by_label("Session title").fill("Plain paper")
    page.get_by_role("radio", name=re.compile("^30 minutes")).check()
    page.get_by_role("button", name="Show times").click()
    expect(page.get_by_label("Session title")).to_have_value("Plain paper")
    page.get_by_role("group", name=re.compile("^Starts on")).get_by_role("radio").last.check()
    steps.submit(page)
    steps.pay(page)
    steps.expect_success(page, "Plain paper")


def test_another_host_name_of_this_machine_works_as_well(browser: Browser, program: Program) -> None:
    with profile(browser, program, base_url=program.url.replace("localhost", "127.0.0.1")) as page:
        steps.log_in(page)
        steps.book(page, "By number")
        assert page.url.startswith("http://127.0.0.1:")


def test_the_video_link_of_a_session_that_starts_soon(page: Page, program: Program) -> None:
    steps.log_in(page)
    steps.open_maya(page)
    steps.fill_in(page, "Right now", minutes=30)
    page.get_by_role("group", name=re.compile("^Starts on")).get_by_role("radio").first.check()
    steps.submit(page)
    steps.pay(page)
    steps.expect_success(page, "Right now")
    page.goto("/dev/mailbox")
    by_mail = page.get_by_role("button", name=re.compile("^Send now by email: Video link: Right now"))
    if by_mail.count():
        by_mail.first.click()
    await_true(lambda: "Subject:  Video link: Right now" in program.printed())


def test_the_journey_by_keyboard_alone(page: Page) -> None:
    steps.log_in(page)
    page.goto("/mentors/1?duration_minutes=60")  # else it depends on what is booked next
    type_at(page, "Session title", "Ten fingers")
    page.keyboard.press("Tab")
    page.keyboard.type("No mouse was here.")
    press_until(page, "starts_at", "Tab")
    page.keyboard.press("Space")
    steps.await_times(page)
    press_until(page, "duration_minutes", "Tab")
    page.keyboard.press("ArrowUp")
    steps.await_times(page)
    expect(page.get_by_role("radio", name=re.compile("^30 minutes"))).to_be_checked()
    press_until(page, "BUTTON", "Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/c/pay/"))
    for label, value in {
        "Card number": steps.GOOD,
        "Expiry": "12 / 34",
        "CVC": "123",
        "Name on card": "Sam",
    }.items():
        type_at(page, label, value)
    page.keyboard.press("Enter")
    steps.expect_success(page, "Ten fingers")


def type_at(page: Page, label: str, text: str) -> None:
    """Tabs to the field with that label, then types."""
    wanted = page.get_by_label(label)
    for _ in range(80):
        if wanted.evaluate("element => element === document.activeElement"):
            page.keyboard.type(text)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {label}")


def press_until(page: Page, name: str, key: str) -> None:
    """Presses the key until the focus is on a field with that name, or on the button that books."""
    focus = "() => [document.activeElement.name, document.activeElement.innerText]"
    for _ in range(80):
        page.keyboard.press(key)
        field, text = page.evaluate(focus)
        if field == name or (name == "BUTTON" and text == "Book & Pay with Stripe"):
            return
    raise AssertionError(f"{key} never reached {name}")
