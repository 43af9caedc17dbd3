"""Holds every file to the size limits: `python tools/size_budget.py` prints what is too large and ends with 1.

No file over 400 lines, template over 150, JavaScript module over 80, function over 40 (60 in tests); the product's median function has at
most 8 lines; nothing is left "to do".
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LIMITS: Final = {
    ".py": 400,
    ".js": 80,
    ".html": 150,
    ".css": 400,
    ".md": 400,
    ".toml": 400,
    ".txt": 150,
    ".svg": 400,
}
FUNCTION_LIMIT: Final = 40
TEST_LIMIT: Final = 60
"""A test may tell a long story."""
MEDIAN_LIMIT: Final = 8
FREE: Final = re.compile(r"(^|/)(migrations|requirements|__snapshots__)/|^LICENSE$")
LEFT_TO_DO: Final = re.compile(r"\b(T[O]DO|F[I]XME|H[A]CK)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    """The number of things that are too large."""
    findings = [finding for path in files() for finding in findings_in(path)]
    lengths = [length for path in (ROOT / "src").rglob("*.py") for _, length in functions(path)]
    if median(lengths) > MEDIAN_LIMIT:
        findings.append(f"src: the median function has {median(lengths)} lines, and may have {MEDIAN_LIMIT}")
    print(
        "\n".join(findings)
        or f"{len(lengths)} functions, median {median(lengths):.0f} lines, longest {max(lengths)}"
    )
    return len(findings)


def files() -> Iterator[Path]:
    """All that is, or could be, committed."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.splitlines())):
        path = ROOT / name
        if path.suffix in LIMITS and path.exists() and not FREE.search(name):
            yield path


def findings_in(path: Path) -> Iterator[str]:
    name, lines = path.relative_to(ROOT), path.read_text(encoding="utf-8").splitlines()
    if len(lines) > LIMITS[path.suffix]:
        yield f"{name}: {len(lines)} lines, and may have {LIMITS[path.suffix]}"
    for number, line in enumerate(lines, start=1):
        if LEFT_TO_DO.search(line):
            yield f"{name}:{number}: something is left to do"
    if path.suffix == ".py":
        limit = TEST_LIMIT if name.parts[0] == "tests" else FUNCTION_LIMIT
        for function, length in functions(path):
            if length > limit:
                yield f"{name}:{function.lineno}: {function.name} has {length} lines, and may have {limit}"


def functions(path: Path) -> Iterator[tuple[Function, int]]:
    """Each function with its length from `def` to its last line; migrations are Django's writing."""
    if FREE.search(str(path)):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1


if __name__ == "__main__":
    sys.exit(min(main(), 1))
