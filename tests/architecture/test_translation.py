"""Every word of every template is marked for translation, also in branches that no other test draws."""

import re
from pathlib import Path
from typing import Final

import pytest
from tools.messages import SOURCE

from tests.pseudo_locale import NAMES

CODE: Final = re.compile(
    r"\{#.*?#\}|\{%-?\s*(?:trans|blocktranslate)\b.*?\{%-?\s*end(?:trans|blocktranslate)\s*[-+]?%\}"
    r"|\{%-?\s*set \w+ [-+]?%\}.*?endset|\{%.*?%\}|\{\{.*?\}\}|<(style|script)\b.*?</\1>|<!--.*?-->",
    re.DOTALL,
)
TAG: Final = re.compile(r"<[^>]*>", re.DOTALL)
ATTRIBUTE: Final = re.compile(r"\b[a-z-]+=\"[^\"]*\"")
SPOKEN: Final = re.compile(r'\b(?:aria-label|alt|placeholder|title|data-[a-z-]*text)="([^"]*)"')
WORD: Final = re.compile(r"[A-Za-z]{2,}")
TEMPLATES: Final = sorted(
    path
    for path in SOURCE.glob("*/**/templates/**/*")
    if path.suffix in {".html", ".txt"} and "mailbox" not in path.parts
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_word_of_a_template_is_marked(path: Path) -> None:
    source = CODE.sub(" ", path.read_text(encoding="utf-8"))
    text = ATTRIBUTE.sub(" ", TAG.sub(" ", source))
    words = [*WORD.findall(text), *WORD.findall(" ".join(SPOKEN.findall(source)))]
    assert [word for word in words if word not in NAMES.split()] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_template_gives_the_name_of_the_lookup_to_anything_else(path: Path) -> None:
    assert not re.search(r"\{%-?\s*(?:for|set)\b[^%]*\b_\b\s*(?:,|in\b|=)", path.read_text(encoding="utf-8"))
