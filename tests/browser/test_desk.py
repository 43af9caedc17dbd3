"""The mentor's desk in a real browser: what a student booked is prepared, cancelled, and gone from the earnings."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.conftest import profile
from tests.servers.program import Program

pytestmark = pytest.mark.browser


def row_of(page: Page, title: str) -> dict[str, str]:
    """The session's row in the file of earnings."""
    page.goto("/mentoring/desk")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["Title"] == title)


def test_a_mentor_cancels_from_the_desk_and_all_goes_back(browser: Browser, program: Program) -> None:
    title = "Seen from the other side"
    with profile(browser, program) as page:
        steps.log_in(page)
        steps.book(page, title, minutes=30)
    with profile(browser, program) as page:
        steps.log_in(page, "mentor@example.com")
        page.get_by_text("Maya", exact=True).click()
        page.get_by_role("link", name="Mentoring").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your desk")
        ticket = page.get_by_role("article").filter(has_text=title)
        expect(ticket).to_contain_text("Need help with distributed systems")
        before = row_of(page, title)
        ticket.get_by_role("link", name=re.compile("^Cancel session")).click()
        expect(page.get_by_role("main")).to_contain_text("everything that they paid")
        page.get_by_role("button", name="Cancel session").click()
        expect(page.get_by_role("main")).to_contain_text("Refunded")
        after = row_of(page, title)
        expect(page.get_by_role("article").filter(has_text=title)).to_have_count(0)
    assert (before["Paid"], before["Refunded"], before["Net"]) == ("60.00", "0.00", "60.00")
    assert (after["Status"], after["Paid by"], after["Net"]) == ("cancelled", "Stripe", "0.00")
