"""Whole numbers as browsers, addresses and command lines send them."""

from typing import Final

_MOST_DIGITS: Final = 18
"""One more would leave the range of a column of 64 bits, which databases refuse to look in."""


def parse_id(text: str) -> int | None:
    """None for anything but 1 to 18 ASCII digits."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
