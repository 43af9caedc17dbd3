"""Every page at 390 and 1280 px, in light and dark: no sideways scroll, no console error, contrast at AA."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import steps
from tests.browser.conftest import profile
from tests.browser.looks import troubles
from tests.servers.program import Program

pytestmark = pytest.mark.browser
VISITOR = {
    "home": "/",
    "mentors": "/mentors",
    "mentors-found": "/mentors?q=design&sort=price",
    "mentors-none": "/mentors?q=zeppelin",
    "mentor": "/mentors/1",
    "mentor-of-another-zone": "/mentors/14",
    "login": "/login",
    "signup": "/signup",
    "password-reset": "/password/reset",
    "time-zone": "/time-zone",
    "not-found": "/nowhere",
}
STUDENT = {
    "sessions": "/sessions",
    "sessions-cancelled": "/sessions?status=cancelled",
    "session": "/sessions/{booked}",
    "session-cancel": "/sessions/{booked}/cancel",
    "session-reschedule": "/sessions/{booked}/reschedule",
    "session-completed": "/sessions/{completed}",
    "session-review": "/sessions/{completed}/review",
    "session-no-show": "/sessions/{missed}/no-show",
    "success": "/sessions/success",
    "mentor-with-a-hold": "/mentors/2",
    "settings": "/settings",
    "settings-calendar": "/settings/calendar",
    "settings-notices": "/settings/notices",
    "settings-phone": "/settings/phone",
    "notices": "/notices",
    "email": "/email",
    "password-change": "/password/change",
    "logins": "/logins",
    "two-step": "/two-step",
    "mentoring": "/mentoring",
}
MENTOR = {
    "mentor-sessions": "/sessions",
    "mentor-session": "/sessions/{booked}",
    "mentor-reschedule": "/sessions/{booked}/reschedule",
    "mentor-session-reported": "/sessions/{reported}",
    "mentor-no-show": "/sessions/{reported}/no-show",
    "mentor-desk": "/mentoring/desk",
    "mentor-set-up": "/mentoring",
    "mentor-profile": "/mentoring/profile",
    "mentor-hours": "/mentoring/hours",
    "mentor-days-off": "/mentoring/days-off",
    "mentor-rules": "/mentoring/rules",
    "mentor-why-no-slot": "/mentoring/slots",
    "mentor-policy": "/mentoring/policy",
    "mentor-meeting": "/mentoring/meeting",
    "mentor-calendars": "/mentoring/calendars",
    "mentor-own-page": "/mentors/1",
}
OPERATOR = {
    "mailbox": "/dev/mailbox",
    "admin": "/admin/",
    "admin-payments": "/admin/payments/payment/",
    "admin-payment": "/admin/payments/payment/1/change/",
    "admin-refund": "/admin/payments/payment/1/refund/",
    "admin-flags": "/admin/payments/flag/",
    "admin-events": "/admin/payments/stripeevent/",
    "admin-session": "/admin/bookings/session/{booked}/change/",
}
ROLES = [
    ("", VISITOR),
    ("student@example.com", STUDENT),
    ("mentor@example.com", MENTOR),
    ("admin@example.com", OPERATOR),
]


@pytest.fixture(scope="module")
def numbers(browser: Browser, program: Program) -> dict[str, str]:
    """The numbers of a paid session, far enough ahead to be moved, of a completed one, and of two that the mentor missed, the
    second of which is reported; the same student also holds an hour with mentor 2."""
    missed, reported = program.python("-m", "tests.browser.missed").split()
    with profile(browser, program) as page:
        steps.log_in(page)
        steps.book_far_ahead(page, "A look at every page")
        page.goto("/mentors/2")
        steps.fill_in(page, "Held for a while")
        steps.submit(page)
        page.goto("/sessions")
        page.get_by_role("link", name="A look at every page").first.click()
        booked = _number(page)
        page.goto("/sessions?status=completed&as=student")
        page.get_by_role("article").filter(has_text="Grace Whitfield").get_by_role("link").first.click()
        return {"booked": booked, "completed": _number(page), "missed": missed, "reported": reported}


def _number(page: Page) -> str:
    number = re.search(r"/sessions/(\d+)", page.url)
    assert number is not None
    return number[1]


@pytest.fixture(scope="module", params=ROLES, ids=lambda role: role[0].partition("@")[0] or "visitor")
def role(
    request: pytest.FixtureRequest, browser: Browser, program: Program
) -> Iterator[tuple[dict[str, str], object]]:
    """The pages to open and the cookies of somebody who has logged in."""
    email, pages = request.param
    with profile(browser, program) as page:
        if email:
            steps.log_in(page, email)
        yield pages, page.context.storage_state()


def test_pages_look_right(
    browser: Browser, program: Program, numbers: dict[str, str], role: tuple[dict[str, str], object]
) -> None:
    pages, state = role
    found: list[str] = []
    with profile(browser, program, storage_state=state) as page:
        for name, path in pages.items():
            page.goto(path.format(**numbers))
            found += troubles(page, name)
    assert found == []


def test_the_hosted_page_looks_right(browser: Browser, program: Program) -> None:
    with profile(browser, program) as page:
        steps.log_in(page, "olga@example.com")
        page.goto("/mentors/3")
        steps.fill_in(page, "To be looked at")
        steps.submit(page)
        steps.pay(page, steps.DECLINED)
        found = troubles(page, "checkout")
        _leave(page)
    assert found == []


def _leave(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Back to the shop")).click()
    page.get_by_role("button", name="Let it go").click()
