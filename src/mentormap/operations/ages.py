"""How long ago something was, as operators read it: the two largest units at most."""

from datetime import timedelta
from typing import Final

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def in_words(age: timedelta) -> str:
    """Such as "40 s", "3 min", "2 h 5 min" or "12 d"; clocks of two processes may differ, so nothing is less than 0 s."""
    seconds = max(0, round(age.total_seconds()))
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append((unit, count))
    return " ".join(f"{count} {unit}" for unit, count in _leading(parts)) or "0 s"


def _leading(parts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Hours say their minutes, everything else stands alone: "12 d", "3 min"."""
    return parts[:2] if parts and parts[0][0] == "h" and parts[1:2] and parts[1][0] == "min" else parts[:1]
