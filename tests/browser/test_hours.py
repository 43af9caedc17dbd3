"""A mentor types hours and sees at once what students could book; without a script, by a button."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps

pytestmark = pytest.mark.browser


def open_hours(page: Page) -> None:
    steps.log_in(page, "mentor@example.com")
    page.goto("/mentoring/hours")


def type_mornings(page: Page) -> None:
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        page.get_by_label(f"{day}, range 1: from").fill("09:00")
        page.get_by_label(f"{day}, range 1: to").fill("10:30")


def test_the_preview_follows_what_is_typed(page: Page) -> None:
    open_hours(page)
    preview = page.get_by_role("complementary", name="What students can book")
    expect(preview).to_contain_text("00:00–23:45")
    type_mornings(page)
    expect(preview).to_contain_text("09:00–09:30 3 slots")
    expect(preview.get_by_role("img", name=re.compile("Monday 09:00 to 10:30; Tuesday"))).to_be_visible()
    page.get_by_label("Monday, range 1: to").fill("08:00")
    expect(preview).to_contain_text("Correct this first")
    expect(preview).to_contain_text("Monday: Hours from 09:00 to 08:00 cannot be kept")


@pytest.mark.parametrize("latency", [0, 500])
def test_a_range_is_added_by_the_keyboard_and_nothing_is_lost(page: Page, latency: int) -> None:
    open_hours(page)
    steps.move_away(page, latency=latency)
    type_mornings(page)
    page.get_by_role("button", name="Add a range on Monday").focus()
    page.keyboard.press("Enter")
    second = page.get_by_label("Monday, range 2: from")
    expect(second).to_be_visible()
    expect(page.get_by_role("button", name="Add a range on Monday")).to_be_focused()
    expect(page.get_by_label("Monday, range 1: from")).to_have_value("09:00")
    expect(page.get_by_role("complementary", name="What students can book")).to_contain_text("09:00–09:30")


def test_two_presses_from_afar_both_count(page: Page) -> None:
    """The second waits until the first is answered."""
    open_hours(page)
    steps.move_away(page, latency=500)
    for day in ("Monday", "Wednesday"):
        page.get_by_role("button", name=f"Add a range on {day}").click()
    for day in ("Monday", "Wednesday"):
        expect(page.get_by_label(f"{day}, range 2: from")).to_be_visible()


def test_a_preview_that_is_no_longer_wanted_is_no_error(page: Page) -> None:
    """As when its page is left while it is fetched."""
    open_hours(page)
    steps.move_away(page, latency=500)
    type_mornings(page)
    page.wait_for_selector(".htmx-request", state="attached")
    page.evaluate("htmx.trigger('#week', 'htmx:abort')")
    steps.await_times(page)


def test_without_a_script_a_button_previews(page_without_javascript: Page) -> None:
    page = page_without_javascript
    open_hours(page)
    type_mornings(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("complementary")).to_contain_text("09:00–09:30 3 slots")
    expect(page.get_by_label("Sunday, range 1: to")).to_have_value("10:30")


def test_days_off_and_rules_are_previewed_too(page: Page) -> None:
    steps.log_in(page, "mentor@example.com")
    preview = page.get_by_role("complementary", name="What students can book")
    page.goto("/mentoring/rules")
    page.get_by_role("radio", name="hour", exact=True).check()
    expect(preview).to_contain_text("00:00–23:00 24 slots")
    page.goto("/mentoring/days-off")
    page.get_by_label("Which day?").fill(str((datetime.now(UTC) + timedelta(days=100)).date()))
    page.get_by_label("Closed all day").check()
    expect(preview).to_contain_text("in the two weeks from")
