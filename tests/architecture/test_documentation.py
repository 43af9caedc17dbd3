"""What operators can set and type is documented, and documents name only what exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.core.management import get_commands

from mentormap import cli
from mentormap.operations.health.metrics import Business
from mentormap.payments.models import Flag

ROOT: Final = Path(__file__).resolve().parents[2]
OPERATING: Final = ROOT / "docs" / "operating.md"
READ: Final = re.compile(r'(?:env\.\w+\(|\(\s*env,)\s*"([A-Z_]+)"')


def test_every_variable_is_in_the_readme() -> None:
    settings = (ROOT / "src" / "mentormap" / "settings/base.py").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sorted(name for name in set(READ.findall(settings)) if f"`{name}`" not in readme) == []


def test_every_command_of_ours_is_in_the_command_lines_own_words() -> None:
    ours = {name.replace("_", "-") for name, app in get_commands().items() if app == "mentormap.operations"}
    words = cli.__doc__ or ""
    assert sorted(name for name in ours if f"{name}`" not in words) == []


def test_make_help_lists_every_target() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    (phony,) = [line.removeprefix(".PHONY:").split() for line in lines if line.startswith(".PHONY:")]
    described = [line.split(":")[0] for line in lines if re.match(r"[a-z-]+:.*## ", line)]
    assert sorted({*phony} - {*described}) == ["venv", "venv-dev"]


def test_operators_can_read_what_to_do_on_each_flag() -> None:
    documented = re.findall(r"^\| `([a-z-]+)` \|", OPERATING.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(documented) == sorted(Flag.Name.values)


@pytest.mark.django_db
def test_alerts_name_metrics_that_there_are() -> None:
    documented = set(re.findall(r"mentormap_[a-z_]+", OPERATING.read_text(encoding="utf-8")))
    measured = {family.name for family in Business().collect()}
    assert documented - measured == set()


def documents() -> Iterator[tuple[str, str]]:
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]):
        if path.name != "CHANGELOG.md":
            yield path.name, path.read_text(encoding="utf-8")


def in_backticks() -> Iterator[tuple[str, str]]:
    for document, text in documents():
        for named in re.findall(r"`([^`\n]+)`", text):
            yield document, named


def test_every_file_that_a_document_names_exists() -> None:
    paths = {
        f"/{path.relative_to(ROOT)}"
        for top in ("src", "tests", "tools", "docs", "bench", "deploy")
        for path in ROOT.glob(f"{top}/**/*")
    }
    paths |= {f"/{path.name}" for path in ROOT.iterdir()}
    missing = [
        found
        for found in in_backticks()
        if re.fullmatch(r"[\w./-]+\.(py|html|toml|md)", found[1])
        and not any(path.endswith(f"/{found[1]}") for path in paths)
    ]
    assert missing == []


def test_every_function_that_a_document_names_exists() -> None:
    packages = {path.parent.name for path in (ROOT / "src/mentormap").glob("*/__init__.py")}
    missing = []
    for document, named in in_backticks():
        *module, name = re.sub(r"\(.*", "", named).split(".")
        if not module or module[0] not in packages or name == "py":
            continue
        place = ROOT / "src/mentormap" / "/".join(module)
        file = place.with_suffix(".py")
        is_module = (place / f"{name}.py").exists() or (place / name / "__init__.py").exists()
        if not is_module and not (
            file.exists() and re.search(rf"\b{name}\b", file.read_text(encoding="utf-8"))
        ):
            missing.append((document, named))
    assert missing == []


def test_documents_name_functions_beside_their_files_that_exist() -> None:
    named = [found for _, text in documents() for found in re.findall(r"`(\w+/[\w/]+\.py)` `([\w.]+)`", text)]
    assert len(named) > 20
    stale = []
    for path, name in named:
        top = "tests" if "/test_" in path else "src/mentormap"
        source = (ROOT / top / path).read_text(encoding="utf-8")
        if not re.search(rf"\b(?:def|class) {name.split('.')[-1]}\b", source):
            stale.append((path, name))
    assert stale == []


def test_documents_name_commands_that_exist() -> None:
    named = {found for _, text in documents() for found in re.findall(r"`mentormap ([a-z][a-z-]+)", text)}
    assert len(named) > 5
    assert {name for name in named if name.replace("-", "_") not in get_commands()} == set()


def test_every_variable_in_the_readmes_table_is_read() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[A-Z_`, ]+`)", readme, re.MULTILINE)
    variables = {name for cell in cells for name in re.findall(r"[A-Z_]+", cell)}
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "src/mentormap").rglob("*.py"))
    assert len(variables) > 30
    assert {name for name in variables if f'"{name}"' not in sources} == set()
