"""`make siege`: all attacks on the program alone, behind nginx and behind Caddy; the exit code says how many did harm."""

import sys
import tempfile
import time
from pathlib import Path

from tests.siege.all_attacks import ATTACKS
from tests.siege.attack import Attack
from tests.siege.fronts import FRONTS, besieged

LINE = "{:>2}  {:<62} {:<7} {:>12} {:>10} {:>8} {:>6}  {}"


def main() -> int:
    """Fronts and numbers of attacks may be named: `python -m tests.siege nginx 1 5`."""
    fronts = [word for word in sys.argv[1:] if word in FRONTS] or FRONTS
    numbers = {int(word) for word in sys.argv[1:] if word.isdecimal()}
    chosen = [one for one in ATTACKS if not numbers or one.number in numbers]
    say(LINE.format("", "attack", "front", "before", "now", "limit", "took", ""))
    failures = 0
    for front in fronts:
        with (
            tempfile.TemporaryDirectory(prefix="mentormap-siege-") as folder,
            besieged(Path(folder), front) as site,
        ):
            for one in (one for one in chosen if front == "alone" or one.behind_proxies):
                started = time.monotonic()
                now = measured(one, site)
                failures += not now <= one.limit
                say(row(one, front, now, time.monotonic() - started))
    say(f"{failures} did harm." if failures else "None did harm.")
    return min(failures, 100)


def measured(one: Attack, site: object) -> float:
    """Infinite where the measuring itself failed, which counts as harm."""
    try:
        return one.measure(site)  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - the other attacks are still to be tried
        say(f"    {one.name}: {type(error).__name__}: {str(error)[:300]}")
        return float("inf")


def row(one: Attack, front: str, now: float, seconds: float) -> str:
    figure = f"{now:.2f}" if one.unit == "s" else f"{now:.0f}"
    before, limit = (f"{text} {one.unit}".strip() for text in (one.before, f"{one.limit:.0f}"))
    return LINE.format(
        one.number, one.name, front, before, f"{figure} {one.unit}".strip(), limit, f"{seconds:.0f} s",
        "" if now <= one.limit else "HARM",
    )  # fmt: skip


def say(line: str) -> None:
    sys.stdout.write(f"{line.rstrip()}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
