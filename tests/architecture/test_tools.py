"""The project's own tools refuse what they must."""

import importlib.util
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
Version = namedtuple("Version", ["major", "minor", "micro"])


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_python_without_ensurepip_is_refused_with_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> Any:
        return None if name == "ensurepip" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    with pytest.raises(SystemExit) as refusal:
        tool("venv").refuse_unfit_python()
    version = "{}.{}".format(*sys.version_info[:2])
    assert refusal.value.code == (
        f"Python's venv is missing: install it with `apt install python{version}-venv`."
    )


def test_an_old_python_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    module = tool("venv")
    monkeypatch.setattr(module.sys, "version_info", Version(3, 9, 2))
    with pytest.raises(SystemExit) as refusal:
        module.refuse_unfit_python()
    assert refusal.value.code == (
        "MentorMap needs Python 3.11 or newer, and this is 3.9: try `make PYTHON=python3.11 run`."
    )


@pytest.mark.parametrize("lock", ["runtime", "development"])
def test_nothing_is_installed_without_a_hash(
    lock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Build tools too: pip fetches them without one wherever it builds a source in isolation."""
    module, commands = tool("venv"), list[list[str]]()
    monkeypatch.setattr(module, "run", lambda *command: commands.append([str(part) for part in command]))
    locked = ROOT / "requirements" / f"{lock}.txt"
    module.install_locked(tmp_path, locked)
    module.install_project(tmp_path)
    assert [("--require-hashes" in each, "--no-deps" in each) for each in commands] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    builds = [each for each in commands if "--no-binary" in each or "--editable" in each]
    assert all("--no-build-isolation" in each for each in builds)
    assert commands[0][-1] == str(ROOT / "requirements" / "build.txt")
    assert commands[1][-1] == str(locked)


def test_what_builds_is_locked_as_what_runs() -> None:
    build, runtime = (pinned(ROOT / "requirements" / f"{name}.txt") for name in ("build", "runtime"))
    assert {"setuptools", "wheel"} <= build.keys()
    assert {name: build[name] for name in build.keys() & runtime.keys()} == {
        name: runtime[name] for name in build.keys() & runtime.keys()
    }


def pinned(lock: Path) -> dict[str, str]:
    lines = [line.split(" ")[0] for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line]
    return dict(line.split("==", 1) for line in lines if not line.startswith("#"))


def test_an_environment_is_made_again_when_its_lock_or_its_place_changes(tmp_path: Path) -> None:
    module = tool("venv")
    lock = tmp_path / "lock.txt"
    lock.write_text("django==5.2.19\n")
    first = module.packages(tmp_path / "one", lock)
    module.remember(tmp_path, "packages", first)
    assert module.is_made_from(tmp_path, "packages", first)
    assert not module.is_made_from(tmp_path, "packages", module.packages(tmp_path / "two", lock))
    lock.write_text("django==5.2.20\n")
    assert not module.is_made_from(tmp_path, "packages", module.packages(tmp_path / "one", lock))


def test_what_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tool("size_budget")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    long = tmp_path / "long.py"
    long.write_text("def f():\n" + "    x = 1\n" * 40 + "\n" * 360)
    page = tmp_path / "page.html"
    page.write_text("<p>\n" * 151)
    unfinished = tmp_path / "unfinished.js"
    unfinished.write_text("// " + "TO" + "DO: the rest\n")
    found = [finding for path in (long, page, unfinished) for finding in module.findings_in(path)]
    assert found == [
        "long.py: 401 lines, and may have 400",
        "long.py:1: f has 41 lines, and may have 40",
        "page.html: 151 lines, and may have 150",
        "unfinished.js:1: something is left to do",
    ]
