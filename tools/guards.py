"""Takes out each guard of time and money in turn, and sees its test fail: `python -m tools.guards [WORD...]`.

The guards stand in tests/guards/*.toml. Each is a text of one source file, what stands instead of it where the guard is out, and
the tests that must fail then. All happens in scratch copies. What is said about the run goes to stderr, the table to stdout;
`--table` prints the table alone, `--write` puts it into docs/money.md.
"""

import importlib.util
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from tests.servers.postgresql import running_server

ROOT: Final = Path(__file__).resolve().parent.parent
COPIED: Final = ("src", "tests", "conftest.py", "pyproject.toml")
DOCUMENT: Final = ROOT / "docs" / "money.md"
BEGIN, END = "<!-- guards: begin -->\n", "<!-- guards: end -->\n"
AT_ONCE: Final = 2
SECONDS: Final = 240

Verdict = Literal["guarded", "NOT GUARDED", "STALE", "BROKEN"]


@dataclass(frozen=True, kw_only=True)
class Guard:
    """`text` stands once in `file`; without it, `without` says what goes wrong, and each of `tests` must fail."""

    name: str
    file: str
    text: str
    instead: str
    without: str
    tests: tuple[str, ...]
    on_postgresql: bool = False

    def taken_out(self, source: str) -> str:
        """The source without it. Raises Stale."""
        if source.count(self.text) != 1:
            raise Stale(f"{self.file} has its text {source.count(self.text)} times")
        return source.replace(self.text, self.instead)


@dataclass(frozen=True)
class Chapter:
    """The guards of one file of the list."""

    title: str
    guards: tuple[Guard, ...]


@dataclass(frozen=True)
class Finding:
    guard: Guard
    verdict: Verdict
    seconds: float = 0.0
    said: str = ""


class Stale(Exception):
    """The code has changed since the guard was written down."""


def chapters(folder: Path = ROOT / "tests" / "guards") -> list[Chapter]:
    """In the order of the files' names."""
    return [_chapter(tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml"))]


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
    """`bookings/test_refunds.py`: a test without what pytest needs to find it."""
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
        with _without(guard, copy / guard.file), ExitStack() as around:
            variables = (
                {"TEST_DATABASE_URL": around.enter_context(running_server())} if guard.on_postgresql else {}
            )
            status, said = _run(copy, guard.tests, **variables)
    except (Stale, SyntaxError) as error:
        return Finding(guard, "STALE", said=str(error))
    verdict = _verdict(guard, status, said)
    return Finding(guard, verdict, time.monotonic() - started, "" if verdict == "guarded" else said)


def _verdict(guard: Guard, status: int, said: str) -> Verdict:
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


def _run(copy: Path, tests: Sequence[str], **variables: str) -> tuple[int, str]:
    """Pytest's exit status, and what it said; one that hangs has failed nothing."""
    options = ["-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:xdist", "--no-migrations", "-rfE"]
    command = [sys.executable, "-m", "pytest", *options, "--tb=short", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), **variables}
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return -1, f"It ran for more than {SECONDS} s."
    return done.returncode, done.stdout + done.stderr


def copied(root: Path, to: Path) -> Path:
    """What tests need, without what Python has compiled."""
    to.mkdir()
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (root / name).exists():
            shutil.copy2(root / name, to / name)
    return to


def judged(guards: Sequence[Guard], root: Path = ROOT) -> Iterator[Finding]:
    """A finding for each, in their order, two at a time."""
    with tempfile.TemporaryDirectory(prefix="mentormap-guards-") as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(AT_ONCE):
            copies.put(copied(root, Path(folder) / f"copy-{number}"))

        def work(guard: Guard) -> Finding:
            copy = copies.get()
            try:
                return judge(guard, copy)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from pool.map(work, guards)


def sound(guards: Sequence[Guard], root: Path = ROOT) -> str:
    """What is wrong with the tests while all guards are in; empty if nothing is."""
    tests = sorted({test for guard in guards for test in guard.tests if not guard.on_postgresql})
    with tempfile.TemporaryDirectory(prefix="mentormap-guards-") as folder:
        status, said = _run(copied(root, Path(folder) / "copy"), tests)
    return said if status else ""


def main(words: Sequence[str]) -> int:
    """The number of guards that are none."""
    listed = chapters()
    if "--table" in words or "--write" in words:
        _show(table(listed), write="--write" in words)
        return 0
    chosen = [guard for chapter in listed for guard in chapter.guards if _is_meant(guard, words)]
    started = time.monotonic()
    if wrong := sound(chosen):
        print(f"With all guards in, tests fail:\n{wrong}", file=sys.stderr)
        return 1
    weak = [finding for finding in map(_told, judged(chosen)) if finding.verdict != "guarded"]
    seconds = time.monotonic() - started
    print(f"{len(chosen)} guards, {len(weak)} without a test that fails, {seconds:.0f} s", file=sys.stderr)
    _show(table(listed), write=False)
    return len(weak)


def _is_meant(guard: Guard, words: Sequence[str]) -> bool:
    return not words or any(word in guard.name for word in words)


def _told(finding: Finding) -> Finding:
    print(f"{finding.verdict:11} {finding.seconds:5.1f} s  {finding.guard.name}", file=sys.stderr, flush=True)
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
    sys.exit(min(main(sys.argv[1:]), 1))
