"""Tests that hang or fail on purpose: test_watching.py runs them in a process of its own."""

from playwright.sync_api import Browser

from tests.browser.watching import watched


def test_it_fails(browser: Browser) -> None:
    with browser.new_context() as context, watched(context.new_page()) as page:
        page.set_content("<h1>It fails here</h1>")
        assert page.title() == "another"


def test_it_waits(browser: Browser) -> None:
    with browser.new_context() as context, watched(context.new_page()) as page:
        page.set_content("<h1>It hangs here</h1>")
        page.evaluate("() => new Promise(() => {})")


def test_it_is_stuck(browser: Browser) -> None:
    """No picture can be taken of a page whose script never ends. It comes last, for Chromium ends with it."""
    with browser.new_context() as context, watched(context.new_page()) as page:
        page.evaluate("() => { for (;;) {} }")
