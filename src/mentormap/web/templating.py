"""The Jinja2 environment of the pages."""

from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape


def environment(**options: Any) -> Environment:
    """Escapes .html alone: a text template that is mailed must not say `&amp;`."""
    options["autoescape"] = select_autoescape(["html"], default=False)
    options["undefined"] = StrictUndefined
    return Environment(**options)  # noqa: S701 - set above
