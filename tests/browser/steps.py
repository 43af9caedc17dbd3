"""What a student does, step by step, as the pages name it."""

import re

from playwright.sync_api import Page, expect

GOOD, DECLINED, SECURE = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0027 6000 3184"


def log_in(page: Page, email: str = "student@example.com") -> None:
    page.goto("/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("mentormap-demo")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page).not_to_have_url(re.compile("/login"))


def prove(page: Page, *, back: str) -> None:
    """Gives the password again, and is led to where it was asked for."""
    page.goto(f"/reauthenticate?next={back}")
    page.get_by_label("Password").fill("mentormap-demo")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile(back))


def move_away(page: Page, *, latency: int) -> None:
    """From the server: each answer then takes so many milliseconds longer."""
    line = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)


def open_maya(page: Page) -> None:
    """From the list, as the brief has it: "Book Session" leads to the mentor's page."""
    page.goto("/mentors?q=Maya")
    page.get_by_role("link", name=re.compile("Book Session")).first.click()
    expect(page).to_have_url(re.compile(r"/mentors/1\b"))


def fill_in(page: Page, title: str, *, minutes: int = 60) -> None:
    page.get_by_label("Session title").fill(title)
    page.get_by_label("Description").fill("Need help with distributed systems")
    choose(page, minutes)


def choose(page: Page, minutes: int) -> None:
    """A duration, then the last open time of the day shown, or of the next, as on a month's last evening; where scripts run, the
    times are fetched anew."""
    page.get_by_role("radio", name=re.compile(rf"^{minutes} minutes")).check()
    await_times(page)
    later = page.get_by_text("Next open day:").get_by_role("button")
    if later.is_visible():
        later.click()
        await_times(page)
    page.get_by_role("group", name=re.compile("^Starts on")).get_by_role("radio").last.check()


def press_last_day(page: Page) -> None:
    """The last open day of the month after the one that is shown."""
    page.get_by_role("button", name=re.compile("^Later: ")).click()
    await_times(page)
    page.get_by_role("button", name=re.compile("open times?$")).last.click()
    await_times(page)


def await_times(page: Page) -> None:
    """Until no part of the page is being fetched anew."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def submit(page: Page) -> None:
    page.get_by_role("button", name="Book & Pay with Stripe").click()


def pay(page: Page, card: str = GOOD) -> None:
    """On the hosted page, which is another site."""
    expect(page).to_have_url(re.compile("/c/pay/cs_test_"))
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Sam Student")
    page.get_by_role("button", name=re.compile(r"^Pay [\d,.]+")).first.click()


def expect_success(page: Page, title: str) -> None:
    expect(page).to_have_url(re.compile(r"/sessions/success"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("booked")
    expect(page.get_by_role("main")).to_contain_text(title)
    expect(page.get_by_role("main")).to_contain_text("Paid")


def book(page: Page, title: str, *, minutes: int = 60) -> None:
    open_maya(page)
    _book_here(page, title, minutes=minutes)


def book_far_ahead(page: Page, title: str) -> None:
    open_maya(page)
    press_last_day(page)
    _book_here(page, title, minutes=60)


def _book_here(page: Page, title: str, *, minutes: int) -> None:
    fill_in(page, title, minutes=minutes)
    submit(page)
    pay(page)
    expect_success(page, title)
