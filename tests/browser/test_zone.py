"""The time zone in a real browser: found on the first visit, switched in place, and switched without JavaScript."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import profile
from tests.servers.program import Program

pytestmark = pytest.mark.browser


def test_the_first_visit_is_shown_in_the_browsers_zone(browser: Browser, program: Program) -> None:
    with profile(browser, program, timezone_id="Asia/Kolkata") as page:
        page.goto("/")
        expect(page.locator("#zone")).to_contain_text("Asia/Kolkata (GMT+5:30)")


def test_the_zone_is_switched_in_place_and_stays(page: Page) -> None:
    page.goto("/login")
    page.click("#zone a")
    page.select_option("#zone select", "America/Lima")
    page.click("#zone button")
    expect(page.locator("#zone")).to_contain_text("America/Lima (GMT\N{MINUS SIGN}5)")
    assert page.url.endswith("/login")
    page.goto("/")
    expect(page.locator("#zone")).to_contain_text("America/Lima (GMT\N{MINUS SIGN}5)")


def test_without_javascript_the_zone_is_utc_and_can_be_switched(page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto("/login")
    expect(page.locator("#zone")).to_contain_text("UTC (GMT)")
    page.click("#zone a")
    page.select_option("main select", "America/Lima")
    page.click("main form button")
    expect(page.locator("#zone")).to_contain_text("America/Lima (GMT\N{MINUS SIGN}5)")
    assert page.url.endswith("/login")
