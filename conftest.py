"""Which tests this machine can run; what it cannot is said, with the command that mends it, and never silently skipped."""

import ctypes.util
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.servers.prepared import SHARED
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["tests.timings"]

NEEDS: Final = {
    "browser": ("Chromium", "apt-get install chromium"),
    "postgresql": ("a PostgreSQL server", "apt-get install postgresql"),
    "khal": ("khal", "apt-get install khal"),
    "nginx": ("nginx", "apt-get install nginx-light"),
    "caddy": ("Caddy", "apt-get install caddy"),
    "libical": ("libical", "apt-get install libical3"),
}
BROWSER: Final = "tests/browser/"
LONGEST: Final = ("kill", "server", "browser", "postgresql", "thorough", "long")


def is_here(need: str) -> bool:
    match need:
        case "browser":
            return Path("/usr/bin/chromium").exists()
        case "postgresql":
            return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        case "libical":
            return ctypes.util.find_library("ical") is not None
        case _:
            return shutil.which(need, path="/usr/sbin:/usr/bin") is not None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nothing-left-out", action="store_true", help="fail if a test is skipped, for whatever reason"
    )


def pytest_configure(config: pytest.Config) -> None:
    """A folder that all processes of this run share, those of a run within it too; the first of them removes it."""
    if SHARED not in os.environ:
        shared = os.environ[SHARED] = tempfile.mkdtemp(prefix="mentormap-tests-shared-")
        config.add_cleanup(lambda: shutil.rmtree(shared, ignore_errors=True))


def pytest_collection_finish() -> None:
    """What is imported by now stays: the garbage collector need not look at it again after each test."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what cannot run here. What takes longest comes first, so that no worker waits for it in the end."""
    items.sort(key=lambda item: [item.get_closest_marker(mark) is None for mark in LONGEST])
    missing = {need for need in NEEDS if not is_here(need)}
    for item in items:
        for need in sorted(missing & {mark.name for mark in item.iter_markers()}):
            what, command = NEEDS[need]
            item.add_marker(pytest.mark.skip(reason=f"needs {what}: {command}"))


class ByFile(LoadFileScheduling):
    """One process runs a file's tests, and one runs all of the browser's: they share a program."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile | None:
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """What was left out: each reason once, with how many tests it kept from running. And figures that tests have recorded."""
    yield
    for report in terminalreporter.stats.get("passed", []):
        for _, figures in report.user_properties:
            terminalreporter.write_line(str(figures))
    reasons = [_reason(report) for report in terminalreporter.stats.get("skipped", [])]
    for reason in sorted(set(reasons)):
        terminalreporter.write_line(f"LEFT OUT: {reasons.count(reason)} tests, {reason}")
    if reasons and config.getoption("--nothing-left-out"):
        terminalreporter.write_line("A test was left out, and --nothing-left-out forbids it.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and session.config.getoption("--nothing-left-out") and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: pytest.TestReport) -> str:
    longrepr = report.longrepr
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).removeprefix("Skipped: ")
