"""Makes a virtual environment hold exactly what a lock file names: `python3 tools/venv.py .venv requirements/runtime.txt`.

Runs on the system's Python with nothing installed. A stamp inside the environment remembers what it was made from, so that a
second run does nothing. Wheels alone are installed, each by its hash: no compiler is needed.
"""

import fcntl
import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Makes or mends the environment; says in one sentence why it cannot."""
    place, lock = ROOT / sys.argv[1], ROOT / sys.argv[2]
    refuse_unfit_python()
    with (ROOT / "pyproject.toml").open() as project:
        fcntl.flock(project, fcntl.LOCK_EX)
        stamp, wanted = place / "made-from", fingerprint(place, lock)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"Installing {lock.relative_to(ROOT)} into {place.relative_to(ROOT)} …", flush=True)
        install(place, lock)
        stamp.write_text(wanted)


def refuse_unfit_python() -> None:
    """Debian ships Python without ensurepip; saying so beats a traceback of venv's."""
    version = "{}.{}".format(*sys.version_info[:2])
    if sys.version_info < (3, 11):  # noqa: UP036 - the system's Python may be older
        sys.exit(
            f"MentorMap needs Python 3.11 or newer, and this is {version}: try `make PYTHON=python3.11 run`."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(f"Python's venv is missing: install it with `apt install python{version}-venv`.")


def fingerprint(place: Path, lock: Path) -> str:
    """What the environment depends on: the lock, the project's own metadata, the Python, and where it all stands."""
    parts = [lock.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), sys.version.encode(), bytes(place)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def install(place: Path, lock: Path) -> None:
    """Raises SystemExit with pip's own exit code; pip has said why."""
    python = place / "bin" / "python"
    steps: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", "--clear", place],
        [python, "-m", "pip", "install", "-qq", "--require-hashes", "--only-binary", ":all:", "-r", lock],
        [python, "-m", "pip", "install", "-qq", "--no-deps", "--no-build-isolation", "--editable", ROOT],
    ]
    for step in steps:
        done = subprocess.run(step, check=False)
        if done.returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main()
