"""Snapshots of what people read: a text file for each page and each kind of mail, in `__snapshots__` beside the test.

`pytest PATH --snapshot-update` writes them again; read the difference before it is committed.
"""

import re
from html import unescape

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

MOST_OPTIONS = 40


class Words(SingleFileSnapshotExtension):
    """Named by the test's parameter."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def words_of(html: str) -> str:
    """What a person reads of it, a line for each block, with the addresses that links lead to."""
    html = re.sub(r"<select\b.*?</select>", _short, html, flags=re.DOTALL)
    html = re.sub(r"<(style|script|head|svg)\b.*?</\1>", "", html, flags=re.DOTALL)
    html = re.sub(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', r"[\2](\1)", html, flags=re.DOTALL)
    html = re.sub(r"\s+", " ", html)
    html = re.sub(r"</?(?:p|div|h\d|li|ul|ol|dl|dt|dd|table|tr|td|th|section|form|br|hr)\b[^>]*>", "\n", html)
    lines = (line.strip() for line in unescape(re.sub(r"<[^>]*>", "", html)).splitlines())
    return "\n".join(re.sub(r" {2,}", " ", line) for line in lines if line)


def _short(select: re.Match[str]) -> str:
    """A list of all zones changes with the system's data."""
    return "…" if select[0].count("<option") > MOST_OPTIONS else select[0]
