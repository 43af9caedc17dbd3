"""Where a run's time went: each group of tests against its budget, and the slowest tests. A plugin of pytest, for `--timings`.

CPU seconds are those of the test's own process and of the processes that have ended in it. They hardly depend on what else the machine
does; two cores give 120 of them a minute.
"""

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Final

import pytest

SLOWEST: Final = 15
BUDGETS: Final = {
    "fast tests": 120,
    "browser": 200,
    "PostgreSQL": 200,
    "kill sample": 120,
    "attacks and chaos": 120,
    "servers, long and thorough": 300,
}
"""CPU seconds that each group may take in `.ci/run`."""
CHAOS: Final = (
    "tests/siege/",
    "tests/servers/test_restarts",
    "tests/servers/test_soak",
    "tests/servers/test_races",
)
SLOW: Final = frozenset({"server", "long", "thorough", "nginx", "caddy", "mail", "khal", "libical"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--timings", action="store_true", help="say in the end where the time went")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Meter(), "meter")


class Meter:
    """Adds to each phase's report the CPU seconds since the report before."""

    def __init__(self) -> None:
        self.before = cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        report = yield
        now = cpu_seconds()
        report.cpu_seconds, self.before = now - self.before, now
        return report


def cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--timings"):
        reports = [each for kind in terminalreporter.stats.values() for each in kind]
        for line in lines([each for each in reports if isinstance(each, pytest.TestReport)]):
            terminalreporter.write_line(line)


def lines(reports: Iterable[Any]) -> Iterator[str]:
    """Two tables. A report is of one of a test's three phases."""
    tests, cpu, seconds = Counter[str](), Counter[str](), Counter[str]()
    of_test = Counter[str]()
    for report in reports:
        group = group_of(report)
        tests[group] += report.when == "call"
        cpu[group] += report.cpu_seconds
        seconds[group] += report.duration
        of_test[report.nodeid] += report.cpu_seconds
    yield "CPU s  budget  tests  group"
    for group, budget in BUDGETS.items():
        over = "  OVER BUDGET" if cpu[group] > budget else ""
        yield f"{cpu[group]:5.0f}  {budget:6}  {tests[group]:5}  {group}{over}"
    yield f"{cpu.total():5.0f}  {sum(BUDGETS.values()):6}  {tests.total():5}  all, in {seconds.total():.0f} s of tests side by side"
    yield f"The {SLOWEST} tests that took most CPU seconds:"
    for test, spent in of_test.most_common(SLOWEST):
        yield f"{spent:5.1f}  {test}"


def group_of(report: Any) -> str:
    marks = report.keywords.keys()
    if "kill" in marks:
        return "kill sample"
    if report.nodeid.startswith(CHAOS):
        return "attacks and chaos"
    if "browser" in marks:
        return "browser"
    if "postgresql" in marks:
        return "PostgreSQL"
    return "servers, long and thorough" if SLOW & marks else "fast tests"
