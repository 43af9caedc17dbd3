"""Attack 8: what strangers leave behind in the database."""

import random
from contextlib import suppress

import requests

from tests.siege.attack import attack
from tests.siege.holds import slots
from tests.siege.site import Site

BLANKS = " \t\u2003\u2009\u3000"
LARGEST = (
    "import django; django.setup()\n"
    "from django.contrib.sessions.models import Session\n"
    "print(max([len(one.session_data) for one in Session.objects.all()], default=0))\n"
)


@attack(
    8, "largest login that an anonymous form of blanks leaves", unit="KB", before="3891", limit=64, quick=True
)
def blanks(site: Site) -> float:
    """Of all kinds, since equal ones are compressed; too long by far, and as long as a form may be."""
    start = slots(site, 1)[0]
    for length in (1_000_000, 10_000):
        stranger, blank = site.browser(), "".join(random.Random(length).choices(BLANKS, k=length))
        with suppress(
            requests.ConnectionError
        ):  # Caddy ends the connection while the rest is still on its way
            stranger.fill(
                "/mentors/1", title="Mine", description=blank, starts_at=start, duration_minutes="120"
            )
    return int(site.program.python("-c", LARGEST)) / 1024
