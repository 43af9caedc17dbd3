"""The guards of time and money: each is still in the code, has a test of its own, and stands in the document."""

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tools import proven

from tests.architecture.test_tools import tool
from tests.rotation import share_of_today

guards = tool("guards")
CODE = "def half(amount):\n    if amount < 0:\n        raise ValueError(amount)\n    return amount // 2\n"
TESTS = """
    import pytest
    from halving import half

    @pytest.mark.parametrize("amount", [-1, -2])
    def test_refuses(amount):
        with pytest.raises(ValueError):
            half(amount)

    def test_halves():
        assert half(4) == 2
"""
CHECK = "    if amount < 0:\n        raise ValueError(amount)\n"


def guard(text: str = CHECK, *, instead: str = "", test: str = "test_refuses") -> Any:
    return guards.Guard(
        name="no negative amounts",
        file="src/halving.py",
        text=text,
        instead=instead,
        without="half of a debt is paid",
        tests=(f"tests/test_halving.py::{test}",),
    )


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product of one function, with tests and a guard."""
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    for name in ("src", "tests/guards"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-q'\n")
    (tmp_path / "src" / "halving.py").write_text(CODE)
    (tmp_path / "tests" / "test_halving.py").write_text(textwrap.dedent(TESTS))
    return tmp_path


def test_every_guard_is_where_the_list_says_and_has_its_test() -> None:
    assert guards.stale(guards.chapters()) == []


def test_the_document_has_the_list_as_it_is() -> None:
    written = guards.DOCUMENT.read_text("utf-8").partition(guards.BEGIN)[2].partition(guards.END)[0]
    assert written == guards.table(guards.chapters())


def test_names_are_told_apart() -> None:
    names = [guard.name for chapter in guards.chapters() for guard in chapter.guards]
    assert len(names) == len(set(names))


def test_a_guard_that_has_moved_and_a_test_that_is_gone_are_named(shop: Path) -> None:
    chapter = guards.Chapter("Halving", (guard("no such text"), guard(test="test_gone")))
    assert guards.stale([chapter], shop) == [
        "no negative amounts: src/halving.py has its text 0 times",
        "no negative amounts: there is no tests/test_halving.py::test_gone",
    ]


@pytest.mark.thorough
def test_guards_are_judged_by_tests_that_fail_without_them(shop: Path) -> None:
    """In a process of its own, as always: it forks, and here Django's tests are under way."""
    listed = [
        guard(),
        guard(test="test_halves"),
        guard("gone"),
        guard(instead="    if amount < 0:\n        raise SystemExit\n"),
        guard("def half(amount):\n", instead="import no_such_module\ndef half(amount):\n"),
    ]
    listed = [replace(each, name=name) for name, each in zip("ABCDE", listed, strict=True)]
    write_down(listed, shop)
    run = subprocess.run(
        [sys.executable, "-m", "tools.guards"],
        cwd=guards.ROOT,
        env=os.environ | {"GUARDS_ROOT": str(shop)},
        capture_output=True,
        text=True,
        check=False,
    )
    outcomes = re.findall(r"^(\w.*?) +[\d.]+ s  ", run.stderr, re.MULTILINE)
    assert outcomes == ["guarded", "NOT GUARDED", "STALE", "guarded", "BROKEN"]
    assert run.returncode == 1
    assert (shop / "src" / "halving.py").read_text() == CODE
    assert proven.read(shop) == {
        each.name: {proven.fingerprint(each, shop)} for each in (listed[0], listed[3])
    }


def test_a_changed_guard_is_tried_at_once_and_another_on_one_day_of_six(shop: Path) -> None:
    listed = [replace(guard(), name=name) for name in ("one", "two", "three")]
    prove(listed, shop)
    changed = replace(listed[1], without="nothing is paid")
    now = [listed[0], changed, listed[2]]
    days = [date(2026, 11, 23) + timedelta(days) for days in range(proven.SHARES)]
    tried = [proven.due(now, shop, share_of_today(proven.SHARES, day)) for day in days]
    assert [tries.count(changed) for tries in tried] == [1] * proven.SHARES
    assert [sum(each in tries for tries in tried) for each in (listed[0], listed[2])] == [1, 1]


def test_a_guard_that_was_never_proven_is_tried_and_one_that_is_gone_is_forgotten(shop: Path) -> None:
    old, new = replace(guard(), name="old"), replace(guard(), name="new")
    prove([old], shop)
    assert new in proven.due([new], shop, proven.share_of(new) + 1)
    proven.record({}, [new], shop)
    assert proven.read(shop) == {}


def test_a_guard_that_fails_is_tried_again_until_it_is_proven(shop: Path) -> None:
    prove([guard()], shop)
    other_share = proven.share_of(guard()) + 1
    assert proven.due([guard()], shop, other_share) == []
    proven.record({guard().name: None}, [guard()], shop)
    assert proven.due([guard()], shop, other_share) == [guard()]


def test_what_either_of_two_merged_branches_has_proven_is_proven(shop: Path) -> None:
    prove([guard()], shop)
    file = shop / proven.FILE
    file.write_text(f'"{guard().name}" = "of the other branch"\n' + file.read_text())
    assert proven.due([guard()], shop, proven.share_of(guard()) + 1) == []
    prove([guard()], shop)
    assert len(file.read_text().splitlines()) == 1


def prove(listed: Sequence[Any], shop: Path) -> None:
    proven.record({each.name: proven.fingerprint(each, shop) for each in listed}, listed, shop)


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("src/halving.py", "amount // 2", "amount // 3", True),
        ("tests/test_halving.py", "pytest.raises(ValueError)", "pytest.raises(Exception)", True),
        ("tests/test_halving.py", "[-1, -2]", "[-1]", True),
        ("tests/test_halving.py", "import half\n", "import half  # and no more\n", True),
        ("tests/test_halving.py", "half(4) == 2", "half(6) == 3", False),
        ("src/halving.py", "def half(amount):\n", 'def half(amount):\n    """Rounds down."""\n', False),
        ("src/halving.py", "\n    return", "\n\n    return", False),
    ],
)
def test_an_edit_that_cannot_matter_leaves_a_guard_proven(
    shop: Path, file: str, old: str, new: str, *, counts: bool
) -> None:
    before = proven.fingerprint(guard(), shop)
    path = shop / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert (proven.fingerprint(guard(), shop) != before) is counts


@pytest.mark.parametrize(
    ("word", "near"), [("negative amount", ""), ("no negativ amounts", "no negative amounts"), ("celery", "")]
)
def test_an_unknown_name_is_an_error_that_lists_near_ones(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str, near: str
) -> None:
    write_down([guard()], shop)
    monkeypatch.setenv("GUARDS_ROOT", str(shop))
    monkeypatch.setattr(guards, "_tried", lambda chosen, _root: [guards.Finding(chosen[0], "guarded")])
    assert guards.main([word]) == (0 if word == "negative amount" else 2)
    assert (f"near names: {near}" in capsys.readouterr().err) is bool(near)


def write_down(listed: Sequence[Any], shop: Path) -> None:
    """What JSON writes, TOML reads."""
    rows = [
        "\n".join(["[[guard]]", *(f"{name} = {json.dumps(value)}" for name, value in asdict(each).items())])
        for each in listed
    ]
    (shop / "tests" / "guards" / "1.toml").write_text("\n".join(['title = "Halving"', *rows]))


def test_the_list_reads_as_a_table() -> None:
    chapter = guards.Chapter("Halving", (guard(test="test_refuses[-1]"),))
    assert guards.table([chapter]) == (
        "### Halving\n\n| guard | without it | fails then |\n| --- | --- | --- |\n"
        "| no negative amounts | half of a debt is paid | `test_halving.py` `test_refuses` |\n"
    )
