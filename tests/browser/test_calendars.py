"""Calendars in a real browser: one's own address is made and copied, and a wrong one is told at once."""

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.servers.program import Program

pytestmark = pytest.mark.browser


def test_the_feeds_address_is_made_copied_and_ended(page: Page, program: Program) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    steps.log_in(page)
    steps.book(page, "Seen in a calendar")
    steps.prove(page, back="/settings/calendar")
    page.get_by_role("button", name="Make my address").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    address = page.evaluate("navigator.clipboard.readText()")
    feed = requests.get(address, timeout=20)
    assert (feed.status_code, feed.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert "SUMMARY:Seen in a calendar" in feed.text
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("main")).to_contain_text("One address, made for you")
    assert requests.get(address, timeout=20).status_code == 404
    assert address.rpartition("/")[2] not in program.printed()


def test_a_wrong_calendar_is_told_without_a_script(page_without_javascript: Page) -> None:
    page = page_without_javascript
    steps.log_in(page, "mentor@example.com")
    page.goto("/mentoring")
    page.get_by_role("link", name=re.compile("other calendars")).click()
    page.get_by_label("Address of the calendar").fill("https://127.0.0.1/private.ics")
    page.get_by_role("button", name="Add calendar").click()
    expect(page.get_by_role("main")).to_contain_text("127.0.0.1 is not on the public internet.")
    expect(page.get_by_label("Address of the calendar")).to_have_value("https://127.0.0.1/private.ics")
