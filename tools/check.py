"""`make check`: one step after another, each with its time; all are run, and the end says which failed.

`make lint` does the same without the tests: `--without-tests`.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent
FAST: Final = (
    "not browser and not postgresql and not server and not mail and not nginx and not caddy and not libical and not khal "
    "and not kill and not long and not thorough"
)
UNREAD: Final = ("--no-migrations", "-p", "no:schemathesis", "--ignore", "tests/api/test_conformance.py")
"""What fast tests need not wait for."""

STEPS: Final[dict[str, list[str | Path]]] = {
    "format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "lint": [BIN / "ruff", "check", "--quiet", "."],
    "types": [BIN / "mypy", "--no-error-summary", "src", "tests", "tools", "conftest.py"],
    "layers": [BIN / "lint-imports", "--no-logo"],
    "sizes": [sys.executable, "tools/size_budget.py"],
    "migrations": [BIN / "mentormap", "makemigrations", "--check", "--dry-run", "--verbosity", "1"],
}
TESTS: Final[dict[str, list[str | Path]]] = {
    "fast tests": [BIN / "pytest", "-n", "2", "-m", FAST, *UNREAD, "--nothing-left-out"],
}


def main() -> int:
    """The number of steps that failed."""
    steps = STEPS if "--without-tests" in sys.argv[1:] else STEPS | TESTS
    with tempfile.TemporaryDirectory(prefix="mentormap-check-") as data_dir:
        failed = [name for name, command in steps.items() if not passes(name, command, data_dir)]
    print(f"Failed: {', '.join(failed)}." if failed else "All is well.")
    return len(failed)


def passes(name: str, command: list[str | Path], data_dir: str) -> bool:
    """Runs a step; shows what it wrote only if it failed."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "MENTORMAP_DATA_DIR": data_dir},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(
        f"{'ok  ' if done.returncode == 0 else 'FAIL'} {time.monotonic() - started:5.1f} s  {name}",
        flush=True,
    )
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(min(main(), 1))
