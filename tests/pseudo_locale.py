"""A language made by a script, so that a sentence that is not marked for translation can be seen: Greek, with each marked sentence
written in Greek letters. Django and Babel bring real Greek for the rest. A word in Latin letters is data, or not marked.
"""

import re
import string
from functools import cache
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from tools import messages

from tests.snapshots import words_of

LANGUAGE: Final = "el"
KEPT: Final = re.compile(r"\{\w+\}|%\(\w+\)[sd]|%%|%[sd]|<[^>]*>|&\w+;|https?://\S+")
"""What a translator leaves as it is."""
GREEK: Final = str.maketrans(
    string.ascii_letters,
    "αβψδεφγηιξκλμνοπϟρστθϝωχυζ" + "ΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠϞΡΣΤΘϜΩΧΥΖ",
)


ATTRIBUTES: Final = re.compile(r'\b(?:aria-label|alt|placeholder|title|data-[a-z-]*text)="([^"]*)"')
NAMES: Final = """
    MentorMap Stripe Jitsi Zoom Google Outlook iCloud Apple Nextcloud Chrome Firefox Linux Calendar
    Sam Maya Olga Ada Work America Europe New York Berlin London USD EUR UTC GMT CSV iCal HTTPS URL ICS
"""
WRITTEN: Final = (
    "Staff engineer who makes systems simple",
    "I have run large systems for fifteen years and like to draw them on one page.",
    "System design review",
    "System Design Review",
    "System design",
    "Need help with distributed systems",
    "I waited for half an hour.",
    "I was there.",
    "Made for a test.",
    "no such mailbox",
    "nobody there",
    "100.00 USD came.",
    "Disputed.",
    "Welcome",
    "https://",
    "calendar.example.com/••••.ics",
)
"""Samples, and what people, mail servers and Stripe wrote in the scenes."""
DATA: Final = (*WRITTEN, *NAMES.split())


def in_greek_letters(sentence: str) -> str:
    kept = [match.group() for match in KEPT.finditer(sentence)]
    parts = [part.translate(GREEK) for part in KEPT.split(sentence)]
    return "".join(a + b for a, b in zip(parts, [*kept, ""], strict=True))


@cache
def catalog() -> bytes:
    """As `msgfmt` compiles it."""
    greek = Catalog(locale=LANGUAGE)
    for message in messages.catalog():
        ids = (message.id,) if isinstance(message.id, str) else message.id
        texts = tuple(in_greek_letters(one) for one in ids)
        greek.add(message.id, texts if len(texts) > 1 else texts[0], context=message.context)
    file = BytesIO()
    write_mo(file, greek)
    return file.getvalue()


def write(folder: Path) -> Path:
    """The folder for LOCALE_PATHS."""
    path = folder / LANGUAGE / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(catalog())
    return folder


def read(html: str) -> str:
    """All that a person sees or hears of a page or a mail."""
    html = re.sub(r'<select[^>]*name="locale".*?</select>', "", html, flags=re.DOTALL)
    return "\n".join([words_of(html), *(unescape(found) for found in ATTRIBUTES.findall(html))])


def latin_words(text: str) -> list[str]:
    """Words in Latin letters that are not data, leaving out addresses and keys."""
    text = re.sub(r"\s+", " ", re.sub(r"https?://\w\S+", " ", text))
    for phrase in DATA:
        text = text.replace(phrase, " ")
    text = re.sub(r"\]\([^)]*\)|https?://\S+|\S+@\S+|\s/[\w/-]+|\b\w*[0-9_]\w*\b", " ", text)
    return re.findall(r"[A-Za-z][A-Za-z']+", text)
