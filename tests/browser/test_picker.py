"""The picker in a real browser: by keyboard, and switching the zone with a half-written form."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.servers.program import Program

pytestmark = pytest.mark.browser
FOCUSED = "() => document.activeElement.getAttribute('aria-label')"


def chosen(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("open times?$"), pressed=True)


def name_of(day: Locator) -> str:
    return day.get_attribute("aria-label") or ""


def turn(page: Page) -> None:
    """To the next month, in which Maya is open on every day."""
    page.get_by_role("button", name=re.compile("^Later: ")).click()
    steps.await_times(page)


def test_arrow_keys_move_between_open_days(page: Page) -> None:
    page.goto("/mentors/1")
    turn(page)
    days = page.get_by_role("button", name=re.compile("open times?$"))
    names = [name_of(day) for day in days.all()]
    chosen(page).focus()
    walked = []
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        walked.append(page.evaluate(FOCUSED))
    assert walked == [names[1], names[8], names[7], names[0], names[0]]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    steps.await_times(page)
    expect(chosen(page)).to_have_attribute("aria-label", names[1])
    assert page.evaluate(FOCUSED) == names[1]
    expect(page.locator("#times-status")).to_contain_text(names[1].partition(",")[0])


def test_the_month_is_one_stop_for_tab(page: Page) -> None:
    page.goto("/mentors/1")
    turn(page)
    chosen(page).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.name") == "starts_at"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == name_of(chosen(page))


def test_page_keys_turn_months_and_the_focus_stays_on_a_day(page: Page) -> None:
    page.goto("/mentors/1")
    first = name_of(chosen(page))
    chosen(page).focus()
    page.keyboard.press("PageDown")
    steps.await_times(page)
    expect(chosen(page)).not_to_have_attribute("aria-label", first)
    assert page.evaluate(FOCUSED) == name_of(chosen(page))
    page.keyboard.press("PageUp")
    steps.await_times(page)
    expect(chosen(page)).to_have_attribute("aria-label", first)


def test_page_keys_stay_where_nothing_can_be_booked_beyond(page: Page) -> None:
    page.goto("/mentors/1")
    turn(page)
    if page.get_by_role("button", name=re.compile("^Later: ")).get_attribute("aria-disabled") is None:
        turn(page)
    last = name_of(chosen(page))
    chosen(page).focus()
    page.keyboard.press("PageDown")
    assert page.evaluate(FOCUSED) == last


def test_a_month_without_open_days_keeps_the_focus_on_a_way_out(page: Page, program: Program) -> None:
    page.goto("/mentors/4")
    shown = date.fromisoformat(chosen(page).get_attribute("value") or "")
    next_month = (shown.replace(day=1) + timedelta(days=32)).replace(day=1)
    away = (next_month - timedelta(days=1), next_month + timedelta(days=31))
    program.python("-m", "tests.browser.away", "4", *map(str, away))
    chosen(page).focus()
    page.keyboard.press("PageDown")
    expect(page.get_by_role("main")).to_contain_text("no open time in")
    steps.await_times(page)
    assert page.evaluate("() => document.activeElement.name") == "day"
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).not_to_contain_text("no open time in")


def switch_zone(page: Page) -> None:
    page.goto("/mentors/1")
    page.get_by_label("Session title").fill("Half a form")
    page.get_by_label("Description").fill("Not yet written")
    page.get_by_role("button", name="Change the time zone").click()
    page.get_by_label("Show times in").select_option("Pacific/Apia")
    page.get_by_role("button", name="Show times there").click()
    expect(page.locator("#zone-switch")).to_contain_text("Pacific/Apia (GMT+13)")
    expect(page.locator("#zone")).to_contain_text("Pacific/Apia (GMT+13)")
    expect(page.get_by_label("Session title")).to_have_value("Half a form")
    expect(page.get_by_label("Description")).to_have_value("Not yet written")
    page.goto("/mentors/2")
    expect(page.locator("#zone-switch")).to_contain_text("Pacific/Apia (GMT+13)")


def test_switching_the_zone_keeps_what_was_typed(page: Page) -> None:
    switch_zone(page)


def test_switching_the_zone_without_javascript_keeps_what_was_typed(page_without_javascript: Page) -> None:
    switch_zone(page_without_javascript)


def test_days_and_months_without_javascript(page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto("/mentors/1")
    page.get_by_label("Session title").fill("Half a form")
    turn(page)
    last = page.get_by_role("button", name=re.compile("open times?$")).last
    name = name_of(last)
    last.click()
    expect(chosen(page)).to_have_attribute("aria-label", name)
    expect(page.get_by_label("Session title")).to_have_value("Half a form")
    expect(page.get_by_role("group", name=re.compile("^Starts on"))).to_be_visible()
