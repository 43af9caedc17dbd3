"""Makes a virtual environment hold exactly what a lock file names: `python3 tools/venv.py .venv requirements/runtime.txt`.

Runs on the system's Python with nothing installed. Stamps inside the environment remember what it was made from, so that a
second run does nothing. Each package is installed by its hash, from a wheel, but for the named ones that are published as
pure Python source: no compiler is needed. What builds these is locked too (requirements/build.txt) and installed first, as pip
would fetch the newest without a hash for a build of its own.
"""

import fcntl
import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "requirements" / "build.txt"
PURE_PYTHON_SOURCES = "http-ece"


def main() -> None:
    """Makes or mends the environment; says in one sentence why it cannot."""
    place, lock = ROOT / sys.argv[1], ROOT / sys.argv[2]
    refuse_unfit_python()
    with (ROOT / "pyproject.toml").open() as project:
        fcntl.flock(project, fcntl.LOCK_EX)
        if is_made_from(place, "packages", packages(place, lock)):
            if not is_made_from(place, "project", metadata()):
                install_project(place)
            return
        print(f"Installing {lock.relative_to(ROOT)} into {place.relative_to(ROOT)} …", flush=True)
        run(sys.executable, "-m", "venv", "--clear", place)
        install_locked(place, lock)
        install_project(place)
        remember(place, "packages", packages(place, lock))


def refuse_unfit_python() -> None:
    """Debian ships Python without ensurepip; saying so beats a traceback of venv's."""
    version = "{}.{}".format(*sys.version_info[:2])
    if sys.version_info < (3, 11):  # noqa: UP036 - the system's Python may be older
        sys.exit(
            f"MentorMap needs Python 3.11 or newer, and this is {version}: try `make PYTHON=python3.11 run`."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(f"Python's venv is missing: install it with `apt install python{version}-venv`.")


def packages(place: Path, lock: Path) -> str:
    """Changes with the locks, the Python, and where the environment stands: its scripts name that folder."""
    return digest(lock.read_bytes(), BUILD.read_bytes(), sys.version.encode(), bytes(place))


def metadata() -> str:
    """Changes with what the editable install wrote down: the project's own tables, not those of its tools."""
    import tomllib  # noqa: PLC0415 - Python 3.11 has it, and an older one has been refused by now

    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return digest(json.dumps([tables["project"], tables["build-system"]], sort_keys=True).encode())


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_made_from(place: Path, name: str, wanted: str) -> bool:
    stamp = place / f"made-from-{name}"
    return stamp.exists() and stamp.read_text() == wanted


def remember(place: Path, name: str, wanted: str) -> None:
    (place / f"made-from-{name}").write_text(wanted)


def install_locked(place: Path, lock: Path) -> None:
    wheels = ("--only-binary", ":all:")
    pip(place, "--require-hashes", *wheels, "-r", BUILD)
    sources = ("--no-build-isolation", "--no-binary", PURE_PYTHON_SOURCES)
    pip(place, "--require-hashes", *wheels, *sources, "-r", lock)


def install_project(place: Path) -> None:
    pip(place, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    remember(place, "project", metadata())


def pip(place: Path, *arguments: str | Path) -> None:
    run(place / "bin" / "python", "-m", "pip", "install", "-qq", *arguments)


def run(*command: str | Path) -> None:
    """Raises SystemExit with the program's own exit code; it has said why."""
    done = subprocess.run(command, check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
