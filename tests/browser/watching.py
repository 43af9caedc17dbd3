"""Ends a browser test that hangs, and keeps pictures of the pages on which a test hung or failed."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Timer
from typing import Final

from playwright.sync_api import Browser, Error, Page, sync_playwright

SECONDS: Final = float(os.environ.get("BROWSER_TEST_SECONDS", "300"))
"""The longest that a browser test may take; the longest of all takes a minute."""
FOLDER: Final = Path(os.environ.get("PICTURES", Path(__file__).parents[2] / "var" / "pictures"))
TIMEOUT_MS: Final = 10_000
"""Milliseconds for an answer of Chromium's, such as a picture."""
OPEN: Final[list[Page]] = []
"""The pages that tests have open now."""
_taken: Final[list[str]] = []
_lock: Final = Lock()


@contextmanager
def watched(page: Page) -> Iterator[Page]:
    """Takes a picture of the page as it was when an error left this block."""
    OPEN.append(page)
    try:
        yield page
    except BaseException:
        _take(page)
        raise
    finally:
        OPEN.remove(page)


@contextmanager
def limited(*, port: int) -> Iterator[None]:
    """Closes all pages of the Chromium with that debugging port if the block lasts too long: Playwright then raises in it."""
    timer = Timer(SECONDS, _end, [port])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def pictures() -> list[str]:
    """The paths of the pictures since the last call, with one of each page that is open now."""
    for page in OPEN:
        _take(page)
    with _lock:
        found = list(_taken)
        _taken.clear()
    return found


def _end(port: int) -> None:
    """From a thread of its own, as the one that hangs hears nothing: by another connection to the same Chromium."""
    sys.stderr.write(f"This test hung, and was ended after {SECONDS:g} s.\n")
    try:
        with sync_playwright() as playwright:
            _close_pages(playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", timeout=TIMEOUT_MS))
    except Error:
        sys.stderr.write("Chromium did not answer either, and was killed.\n")
        _kill(port)


def _close_pages(browser: Browser) -> None:
    for page in [page for context in browser.contexts for page in context.pages]:
        _take(page)
        page.close()


def _take(page: Page) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with suppress(Error), _lock:
        path = FOLDER / f"{_test()}-{len(_taken)}.png"
        page.screenshot(path=path, timeout=TIMEOUT_MS)
        _taken.append(str(path))


def _test() -> str:
    """The name of the test that runs now, fit for a file."""
    name = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2].partition(" (")[0]
    return re.sub(r"[^\w\[\]@.-]+", "-", name)[:100]


def _kill(port: int) -> None:
    """The process that was started with this debugging port, by its number; those that it started end with it."""
    for arguments in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            started_with = arguments.read_bytes().split(b"\0")
            if f"--remote-debugging-port={port}".encode() in started_with and not any(
                argument.startswith(b"--type=") for argument in started_with
            ):
                os.kill(int(arguments.parent.name), signal.SIGKILL)
