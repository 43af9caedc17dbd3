"""A part of the page that cannot be fetched is not passed over in silence."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import steps
from tests.servers.program import Program

pytestmark = pytest.mark.browser


def test_who_is_offline_is_told_until_it_works_again(browser: Browser, program: Program) -> None:
    context = browser.new_context(base_url=program.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/mentors/1")
    later = page.get_by_role("button", name=re.compile("^Later: "))
    month = page.locator("#month-name")
    before = month.inner_text()
    context.set_offline(True)
    later.click()
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("That could not be fetched. Try again, or load the page again.")
    context.set_offline(False)
    later.click()
    expect(alert).to_be_hidden()
    steps.await_times(page)
    expect(month).not_to_have_text(before)
    context.close()
