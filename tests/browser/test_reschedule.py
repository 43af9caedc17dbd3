"""Moving a session in Chromium, by its student and by its mentor, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.conftest import profile
from tests.browser.looks import problems
from tests.servers.program import Program

pytestmark = pytest.mark.browser


def open_picker(page: Page, title: str) -> None:
    page.goto("/sessions")
    page.get_by_role("link", name=f"Move {title} to another time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move this session")


def pick_and_confirm(page: Page) -> None:
    """An earlier day than the present one, and the first of its times."""
    page.get_by_role("button", name=re.compile("open times?$")).first.click()
    steps.await_times(page)
    page.get_by_role("group", name=re.compile("^Starts on")).get_by_role("radio").first.check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move to this time?")
    expect(page.get_by_role("main")).to_contain_text(re.compile("Full refund until|A cancellation brings"))


def move(page: Page) -> None:
    page.get_by_role("button", name="Move the session").click()
    expect(page.get_by_role("main")).to_contain_text("Moved to another time by you")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_student_moves_a_session(browser: Browser, program: Program, *, scripts: bool) -> None:
    title = f"To be moved {'with' if scripts else 'without'} scripts"
    with profile(browser, program) as page:
        steps.log_in(page)
        steps.book_far_ahead(page, title)
        state = page.context.storage_state()
    with profile(browser, program, storage_state=state, java_script_enabled=scripts) as page:
        open_picker(page, title)
        pick_and_confirm(page)
        page.get_by_role("button", name="Pick another time").click()
        expect(page.get_by_role("radio", checked=True)).to_have_count(1)
        page.get_by_role("button", name="Continue").click()
        move(page)


def test_what_is_to_be_confirmed_looks_right(browser: Browser, program: Program) -> None:
    """To the mentor, who keeps the time in the end."""
    title = "To be looked at"
    with profile(browser, program) as page:
        steps.log_in(page)
        steps.book_far_ahead(page, title)
    with profile(browser, program) as page:
        steps.log_in(page, "mentor@example.com")
        open_picker(page, title)
        pick_and_confirm(page)
        assert problems(page, "session-reschedule-confirm") == []
