"""What is known of the guards by earlier runs: tests/guards/proven.toml holds for each the fingerprint with which its tests failed last.

A fingerprint covers the guard's entry, its source file without docstrings, the tests that must fail, and all in their files that is
no test. It is one for all versions of Python, since it is made of the files' lines.
"""

import ast
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

SHARES: Final = 6
"""A guard that has not changed is tried each sixth day."""
FILE: Final = Path("tests", "guards", "proven.toml")


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


class Stale(Exception):
    """The code has changed since the guard was written down."""


def due(guards: Sequence[Guard], root: Path, share: int) -> list[Guard]:
    """Guards that have changed since they were last proven, and one share of the others."""
    proven = read(root)
    return [
        guard
        for guard in guards
        if fingerprint(guard, root) not in proven.get(guard.name, ()) or share_of(guard) == share
    ]


def share_of(guard: Guard) -> int:
    """By its name, so that a new guard moves no other one."""
    return int(hashlib.sha256(guard.name.encode()).hexdigest(), 16) % SHARES


def read(root: Path) -> dict[str, set[str]]:
    """The fingerprints of each guard: several where Git has merged two branches, and then each of them was proven."""
    file, found = root / FILE, dict[str, set[str]]()
    for line in file.read_text("utf-8").splitlines() if file.exists() else []:
        for name, value in tomllib.loads(line).items():
            found.setdefault(name, set()).add(value)
    return found


def record(tried: Mapping[str, str | None], listed: Sequence[Guard], root: Path) -> None:
    """Writes down the fingerprints of guards that were tried, None for one that failed. Forgets these and those no longer listed.

    Sorted, with a line for each: Git keeps the lines of both sides when it merges (.gitattributes).
    """
    known = read(root) | {name: {value} if value else set() for name, value in tried.items()}
    lines = [
        f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(value)}\n"
        for name in sorted({guard.name for guard in listed} & known.keys())
        for value in sorted(known[name])
    ]
    (root / FILE).write_text("".join(lines), "utf-8")


def fingerprint(guard: Guard, root: Path) -> str:
    entry = json.dumps(asdict(guard), sort_keys=True)
    parts = [entry, without_docstrings(_text(root / guard.file))]
    parts += [_tests(_text(root / path), names) for path, names in sorted(_by_file(guard.tests).items())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


def _by_file(tests: Sequence[str]) -> Mapping[str, set[str]]:
    files: dict[str, set[str]] = {}
    for test in tests:
        path, _, name = test.partition("::")
        files.setdefault(path, set()).add(re.sub(r"\[.*", "", name))
    return files


def without_docstrings(source: str) -> str:
    tree = ast.parse(source)
    return _without(source, _docstrings(tree))


def _tests(source: str, names: set[str]) -> str:
    """The file without docstrings and without its other tests."""
    tree = ast.parse(source)
    others = (
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name not in names
    )
    return _without(source, [*_docstrings(tree), *map(_lines_of, others)])


def _docstrings(tree: ast.Module) -> list[range]:
    return [
        _lines_of(statement)
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    ]


def _lines_of(node: ast.stmt) -> range:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    first = min([node.lineno, *(each.lineno for each in decorators)])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _without(source: str, spans: Iterable[range]) -> str:
    left_out = {number for span in spans for number in span}
    return "\n".join(_kept(source.splitlines(), left_out))


def _kept(lines: Sequence[str], left_out: set[int]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if number not in left_out and line.strip():
            yield line
