"""Reads a calendar file that may be hostile, in a child process that is stopped when it has had its share.

A rule can keep Python busy for years, or fill its memory, and a thread cannot be stopped. The child inherits nothing but the file.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from mentormap.calendars.busy import Agenda, CutShort, TooManyEvents, agenda
from mentormap.calendars.errors import FeedError
from mentormap.lib.spans import Span

SECONDS: Final = 10
MEMORY_BYTES: Final = 512 * 1024 * 1024
_MARK: Final = b"BEGIN:VCALENDAR"


def read_agenda(
    body: bytes, *, zone: str, window: Span, ignored: Collection[str] = (), seconds: float = SECONDS
) -> Agenda:
    """As `agenda` does, in at most that time and in a bounded memory. Raises FeedError."""
    if _MARK not in body[:1024].upper():
        raise FeedError("What is at this address is no calendar.", is_lasting=True)
    facts = {"zone": zone, "window": _pair(window), "ignored": list(ignored)}
    answer = _ask_child(json.dumps(facts).encode() + b"\n" + body, seconds)
    if answer is None:
        raise FeedError("This calendar's events take too long to work out.", is_lasting=True)
    if "error" in answer:
        raise FeedError(answer["error"], is_lasting=answer["is_lasting"])
    return Agenda(answer["name"], [_span(pair) for pair in answer["spans"]], answer["unread"])


def _ask_child(message: bytes, seconds: float) -> dict[str, Any] | None:
    """None if it was stopped, by its time or its memory."""
    command = [sys.executable, "-I", "-m", "mentormap.calendars.reading"]
    try:
        done = subprocess.run(
            command,
            input=message,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    """The child: a line of facts and the file come in, a line of JSON goes out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    facts = json.loads(sys.stdin.buffer.readline())
    text = sys.stdin.buffer.read().decode("utf-8-sig", errors="replace")
    try:
        found = agenda(
            text, zone=facts["zone"], window=_span(facts["window"]), ignored=frozenset(facts["ignored"])
        )
    except TooManyEvents:
        answer = {"error": "This calendar has more events than we can take.", "is_lasting": True}
    except CutShort:
        answer = {"error": "This calendar breaks off before its end.", "is_lasting": False}
    else:
        answer = {"name": found.name, "spans": [_pair(span) for span in found.spans], "unread": found.unread}
    sys.stdout.write(json.dumps(answer))


def _pair(span: Span) -> list[str]:
    return [span.starts_at.isoformat(), span.ends_at.isoformat()]


def _span(pair: list[str]) -> Span:
    starts_at, ends_at = pair
    return Span(datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at))


if __name__ == "__main__":
    main()
