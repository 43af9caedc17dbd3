"""Attack 8: what strangers leave behind in the database."""

from contextlib import suppress

import requests

from tests.siege.attack import attack
from tests.siege.site import Site

LARGEST = (
    "import django; django.setup()\n"
    "from django.contrib.sessions.models import Session\n"
    "print(max([len(one.session_data) for one in Session.objects.all()], default=0))\n"
)


@attack(
    8, "largest login that an anonymous form of 6 MB leaves", unit="KB", before="3891", limit=64, quick=True
)
def blanks(site: Site) -> float:
    """Through the form itself, and in one that its length would let through."""
    for length in (6_000_000, 60_000):
        stranger = site.browser()
        blank = " " * length
        with suppress(
            requests.ConnectionError
        ):  # Caddy ends the connection while the rest is still on its way
            stranger.fill("/mentors/1", title="Mine", description=blank + "x", duration_minutes="60")
    return int(site.program.python("-c", LARGEST)) / 1024
