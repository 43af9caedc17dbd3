"""Formats ages for operators."""

from datetime import timedelta


def in_words(age: timedelta) -> str:
    """Such as "40 s", "3 min", "2 h 5 min" or "12 d"; clocks of two processes may differ, so nothing is less than 0 s."""
    seconds = max(0, round(age.total_seconds()))
    hours, minutes = divmod(seconds // 60, 60)
    if seconds < 120:
        return f"{seconds} s"
    if hours >= 48:
        return f"{hours // 24} d"
    return f"{hours} h {minutes} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"
