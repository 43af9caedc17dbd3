"""Babel's locale for the name that a person's settings or browser give."""

from functools import lru_cache

from babel import Locale


@lru_cache(maxsize=64)
def babel_locale(name: str) -> Locale:
    """Also for a name with a hyphen, as browsers write it: "en-US"."""
    return Locale.parse(name.replace("-", "_"))
