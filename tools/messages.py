"""Collects the sentences that are marked for translation: `python -m tools.messages FILE.pot`."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.pofile import write_po
from django.utils.translation.template import templatize

SOURCE: Final = Path(__file__).resolve().parents[1] / "src" / "mentormap"
METHODS: Final = [
    ("**.py", "python"),
    ("api/templates/**.html", "tools.messages:extract_django"),
    ("operations/templates/**.html", "tools.messages:extract_django"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
TRIMMED: Final = {"trimmed": "true", "silent": "false"}
OPTIONS: Final = {"**/templates/**.html": TRIMMED, "**/templates/**.txt": TRIMMED}
KEYWORDS: Final = (
    DEFAULT_KEYWORDS
    | {"gettext_noop": None}
    | {f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext")}
)


def catalog() -> Catalog:
    made = Catalog(project="MentorMap", charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(
        SOURCE, METHODS, OPTIONS, KEYWORDS, comment_tags=["Translators:"], strip_comment_tags=True
    ):
        made.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return made


def extract_django(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """From a template in Django's language, as `makemessages` reads it."""
    code = templatize(file.read().decode("utf-8"))
    return extract_python(BytesIO(code.encode("utf-8")), keywords, comment_tags, options)


def main() -> None:
    with Path(sys.argv[1]).open("wb") as file:
        write_po(file, catalog(), width=100)


if __name__ == "__main__":
    main()
