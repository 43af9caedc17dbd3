"""A browser's name as people say it."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

PROGRAMS = (  # the first that is found: Edge and Opera also call themselves Chrome, and Chrome Safari
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", gettext_lazy("a Mac")),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Such as "Firefox on Linux"; an unknown one is "A browser" or gettext("an unknown system")."""
    program = _first(user_agent, PROGRAMS) or gettext("A browser")
    system = _first(user_agent, SYSTEMS) or gettext("an unknown system")
    return gettext("%(program)s on %(system)s") % {"program": program, "system": system}


def _first(user_agent: str, names: Iterable[tuple[str, str | Promise]]) -> str:
    return next((str(name) for mark, name in names if mark in user_agent), "")
