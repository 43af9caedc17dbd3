"""Text that people typed, made safe for formats that are written line by line."""

import re
import unicodedata
from typing import Final

_BREAKS: Final = re.compile("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
"""All that Python's `splitlines` cuts at: parsers of mail and calendars written in Python cut there too."""
_UNSEEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
"""Control characters, lone surrogates (which no encoding can write) and byte order marks."""
_BLANKS: Final = re.compile("[ \t\n]+")
_MARKLESS: Final = frozenset({"Cf", "Mn", "Zl", "Zp", "Zs"})
"""Unicode's categories of what leaves no mark of its own: blanks, joiners, signs of direction, accents and variants of what
they follow."""
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a sign that are blank: the fillers of Hangul and the Braille pattern without dots."""


def as_block(text: str) -> str:
    """The text with "\\n" as its only line break, without tabs and control characters."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text)).replace("\t", " ").strip()


def one_line(text: str) -> str:
    """The text on one line, without control characters; blanks and line breaks become one space. Empty if there is nothing to see."""
    line = _BLANKS.sub(" ", as_block(text))
    return line if any(_is_seen(char) for char in line) else ""


def _is_seen(char: str) -> bool:
    return char not in _FILLERS and unicodedata.category(char) not in _MARKLESS
