"""Renders mails from their templates: a text and an HTML side that say the same."""

import re
import textwrap
from collections.abc import Callable, Iterable
from functools import partial
from html import unescape
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from mentormap.lib.languages import mark_templates
from mentormap.lib.money import NO_BREAK_SPACE
from mentormap.lib.plain_text import one_line

WIDTH: Final = 76
_LABEL_WIDTH: Final = 12
_GAPS: Final = re.compile(r"\n{3,}")
_MARGIN: Final = re.compile(r" *(\d+\. )?")
"""What stands before the words of a quotation or of a step."""


class MailContent(NamedTuple):
    """The content of a mail without its recipient; subject and preview alone are for channels with less room.

    The two sides are drawn when they are asked for, so that the other channels do not pay for them.
    """

    subject: str
    preview: str
    text: Callable[[], str]
    html: Callable[[], str]


def render_mail(name: str, **facts: Any) -> MailContent:
    """From `<name>.txt`, which sets the subject too, and `<name>.html`."""
    module = _environment.get_template(f"{name}.txt").make_module(facts)
    subject = one_line(str(vars(module)["subject"]))
    page = _environment.get_template(f"{name}.html")
    preview = "".join(page.blocks["preview"](page.new_context(facts)))
    html = partial(page.render, **facts, subject=subject)
    return MailContent(subject, one_line(unescape(preview)), lambda: fold(str(module)), html)


def page(name: str, **facts: Any) -> str:
    """From `<name>.html` alone."""
    return _environment.get_template(f"{name}.html").render(facts)


def fold(text: str) -> str:
    """No line over 76 columns, unless one word is; steps and quotations keep their margin. Spaces that do not break become plain."""
    lines = [folded for line in _GAPS.sub("\n\n", text.strip()).splitlines() for folded in _fold_line(line)]
    return "\n".join(lines).replace(NO_BREAK_SPACE, " ") + "\n"


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """Labels in one column, values in the next; a pair without a value is left out."""
    return "\n".join(_row(label, value) for label, value in pairs if value)


def _fold_line(line: str) -> list[str]:
    margin = _MARGIN.match(line)
    indent = " " * (margin.end() if margin else 0)
    return _wrap(line, initial_indent="", subsequent_indent=indent) or [""]


def _row(label: str, value: str) -> str:
    lines = _wrap(
        value,
        initial_indent=f"{label}: ".ljust(_LABEL_WIDTH),
        subsequent_indent=" " * _LABEL_WIDTH,
    )
    return "\n".join(lines)


def _wrap(text: str, *, initial_indent: str, subsequent_indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=initial_indent,
        subsequent_indent=subsequent_indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _make_environment() -> Environment:
    made = Environment(
        loader=PackageLoader("mentormap.bookings.notices.mails"),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    mark_templates(made)
    made.filters["rows"] = rows
    return made


_environment: Final = _make_environment()
