"""One program and one Chromium for all journeys; each journey has a browser profile of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers.program import Program, running_program

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running_program(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file's tests: while it is open an event loop runs in this thread, in which Django refuses its database."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def profile(browser: Browser, program: Program, **options: Any) -> Iterator[Page]:
    """A fresh visitor in Berlin; a console error or an uncaught exception on the way fails the journey."""
    settings = {
        "base_url": program.url,
        "timezone_id": "Europe/Berlin",
        "viewport": {"width": 1280, "height": 900},
    } | options
    context = browser.new_context(**settings)
    page = context.new_page()
    page.set_default_timeout(15_000)
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    page.wait_for_load_state()  # Chromium may never close what is closed on its way to another page
    context.close()
    assert [trouble for trouble in troubles if "status of 4" not in trouble] == []


@pytest.fixture
def page(browser: Browser, program: Program) -> Iterator[Page]:
    with profile(browser, program) as fresh:
        yield fresh


@pytest.fixture
def page_without_javascript(browser: Browser, program: Program) -> Iterator[Page]:
    with profile(browser, program, java_script_enabled=False) as fresh:
        yield fresh
