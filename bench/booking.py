"""How long a booking takes through the running program: the API holds the time, asks the sandbox for a checkout and records it.

    .venv-dev/bin/python bench/booking.py [bookings]        (most: one for each of the demo's mentors)

Everything is on loopback, web server, worker, sandbox and SQLite, each as an operator starts it. Real Stripe adds what its
own answer takes, 200 to 500 ms.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final

import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.servers.program import Program, running_program

STUDENT: Final = "student@example.com"


def open_times(program: Program) -> Iterator[dict[str, Any]]:
    """A booking of one hour with each mentor who has an open slot."""
    for mentor in requests.get(f"{program.url}/api/mentors/", timeout=30).json():
        slots = requests.get(
            f"{program.url}/api/mentors/{mentor['id']}/slots?duration_minutes=60", timeout=30
        ).json()["slots"]
        if slots:
            yield {
                "mentor_id": mentor["id"],
                "title": "System design",
                "scheduled_at": slots[-1]["starts_at"],
                "duration_minutes": 60,
            }


def book(program: Program, token: str, booking: dict[str, Any]) -> float:
    """Milliseconds until the student knows where to pay."""
    began = perf_counter()
    answer = requests.post(
        f"{program.url}/api/payments/create-checkout-session",
        json=booking,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    taken = (perf_counter() - began) * 1000
    answer.raise_for_status()
    return taken


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    caps = {"HOLDS_PER_STUDENT": "1000", "HOLDS_PER_ADDRESS": "1000"}
    with (
        tempfile.TemporaryDirectory(prefix="mentormap-bench-") as folder,
        running_program(Path(folder), **caps) as program,
    ):
        token = program.token(STUDENT)
        first, *rest = list(open_times(program))[: most + 1]
        book(program, token, first)  # warms the server
        taken = [book(program, token, booking) for booking in rest]
    print(
        f"booking through the server: median {median(taken):.0f} ms, "
        f"9 of 10 within {quantiles(taken, n=10)[-1]:.0f} ms, {len(taken)} bookings"
    )


if __name__ == "__main__":
    main()
