"""Mails about accounts as HTML: their words are fixed when they are asked for, here they get their looks."""

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext, gettext_lazy

from mentormap.bookings.notices.mails import content
from mentormap.notifications.channels.email import Message

_ADDRESS: Final = re.compile(r"https?://\S+")
_BLANK_LINES: Final = re.compile(r"\n\s*\n")
_SIGNATURE: Final = "MentorMap"
_BUTTONS: Final = {
    "/email/verify/": gettext_lazy("Verify this address"),
    "/password/reset": gettext_lazy("Choose a new password"),
    "/signup": gettext_lazy("Sign up"),
    "/login": gettext_lazy("Log in"),
}


@dataclass(frozen=True)
class Paragraph:
    """Words, an address that ends them, and what is on its button; a button alone has no words."""

    words: str
    address: str
    label: str


def as_html(mail: Message) -> Message:
    """The same words with an HTML side, and in lines that end."""
    page = content.page("account", subject=mail.subject, paragraphs=_paragraphs(mail.text))
    return replace(mail, text=content.fold(mail.text), html=page)


def _paragraphs(text: str) -> list[Paragraph]:
    """The signature is left out: the page has the name at its head."""
    parts = [part.strip() for part in _BLANK_LINES.split(text.strip())]
    return [_paragraph(part) for part in parts if part != _SIGNATURE]


def _paragraph(text: str) -> Paragraph:
    found = _ADDRESS.search(text)
    if found is None or found.end() != len(text):
        return Paragraph(text, "", "")
    return Paragraph(text[: found.start()].strip(), found[0], _label(found[0]))


def _label(address: str) -> str:
    path = urlsplit(address).path
    return str(
        next(
            (label for start, label in _BUTTONS.items() if path.startswith(start)), gettext("Open MentorMap")
        )
    )
