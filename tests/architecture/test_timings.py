"""The end of a run says where its time went."""

from datetime import date
from types import SimpleNamespace

import pytest

from tests import timings
from tests.kill.harness import due
from tests.rotation import share_of_today


def report(nodeid: str, *marks: str, cpu: float, phase: str = "call") -> SimpleNamespace:
    return SimpleNamespace(
        nodeid=nodeid, keywords=dict.fromkeys(marks, 1), cpu_seconds=cpu, duration=cpu, when=phase
    )


def test_cpu_seconds_are_added_up_by_group_and_by_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timings, "BUDGETS", {"fast tests": 5, "PostgreSQL": 2})
    monkeypatch.setattr(timings, "SLOWEST", 1)
    reports = [
        report("tests/lib/test_a.py::test_a", cpu=1, phase="setup"),
        report("tests/lib/test_a.py::test_a", cpu=2),
        report("tests/lib/test_b.py::test_b", "postgresql", "long", cpu=2.6),
    ]
    assert list(timings.lines(reports)) == [
        "CPU s  budget  tests  group",
        "    3       5      1  fast tests",
        "    3       2      1  PostgreSQL  OVER BUDGET",
        "    6       7      2  all, in 6 s of tests side by side",
        "The 1 tests that took most CPU seconds:",
        "  3.0  tests/lib/test_a.py::test_a",
    ]


@pytest.mark.parametrize(
    ("path", "marks", "group"),
    [
        ("tests/kill/test_kill.py::test_x", ["kill", "postgresql"], "kill sample"),
        ("tests/siege/test_siege.py::test_x", ["server"], "attacks and chaos"),
        ("tests/browser/test_looks.py::test_x", ["browser"], "browser"),
        ("tests/servers/test_start.py::test_x", ["server"], "servers, long and thorough"),
    ],
)
def test_every_test_has_one_budget(path: str, marks: list[str], group: str) -> None:
    found = timings.group_of(report(path, *marks, cpu=1))
    assert found == group
    assert found in timings.BUDGETS


@pytest.mark.parametrize("every", [1, 6, 30])
def test_within_as_many_days_each_point_is_killed_once(every: int) -> None:
    points = list(range(100))
    days = [due(points, every=every, share=share) for share in range(every)]
    assert sorted(point for day in days for point in day) == points


def test_the_share_goes_up_by_one_each_day() -> None:
    assert [share_of_today(3, date(2026, 12, day)) for day in (1, 2, 3, 4)] == [1, 2, 0, 1]
