"""One program and one Chromium for all journeys; each journey has a browser profile of its own."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import steps, watching
from tests.servers.postgresql import free_port
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
def debugging_port() -> int:
    """Of this file's Chromium."""
    return free_port()


@pytest.fixture(scope="module")
def browser(debugging_port: int) -> Iterator[Browser]:
    """For one file's tests: while it is open an event loop runs in this thread, in which Django refuses its database."""
    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--remote-debugging-port={debugging_port}"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def ends_by_itself(debugging_port: int) -> Iterator[None]:
    with watching.limited(port=debugging_port):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says with each failure where its pictures are."""
    report = yield
    if report.failed:
        report.sections += [("Picture", path) for path in watching.pictures()]
    return report


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
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    with watching.watched(page):
        yield page
        settle(page)
    context.close()
    assert [problem for problem in problems if not is_expected(problem)] == []


def settle(page: Page) -> None:
    """Waits for what is under way: Chromium may never close a page that is on its way to another, and an answer may bring an error."""
    if not page.is_closed():
        page.wait_for_load_state()
        steps.await_times(page)


def is_expected(problem: str) -> bool:
    """Whether it is only an answer such as 404 or 422, or an abort: htmx ends a request when its page is left, or for a newer one.

    `htmx:afterRequest` comes before each error of htmx's and says nothing: `sendError` or `timeout` would follow it.
    """
    return "status of 4" in problem or problem.startswith(("htmx:afterRequest, ", "htmx:sendAbort, "))


@pytest.fixture
def page(browser: Browser, program: Program) -> Iterator[Page]:
    with profile(browser, program) as fresh:
        yield fresh


@pytest.fixture
def page_without_javascript(browser: Browser, program: Program) -> Iterator[Page]:
    with profile(browser, program, java_script_enabled=False) as fresh:
        yield fresh
