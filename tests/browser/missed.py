"""Run beside a demo: Sam and Maya have had two hours of late, and Sam reports that Maya did not come to the second.

Their titles hold an address that is wider than a screen.
"""

import sys
from datetime import timedelta

import django

django.setup()

from mentormap.accounts.models import User  # noqa: E402
from mentormap.bookings import no_shows  # noqa: E402
from mentormap.bookings.models import Session, SessionStatus  # noqa: E402
from mentormap.lib import clock  # noqa: E402
from mentormap.mentors.models import Mentor  # noqa: E402
from mentormap.payments.models import Payment  # noqa: E402
from tests import make  # noqa: E402


def main() -> list[Session]:
    now = clock.now()
    sam = User.objects.get(email="student@example.com")
    maya = Mentor.objects.get(user__email="mentor@example.com")
    missed, reported = (
        make.session(
            student=sam,
            mentor=maya,
            title=f"Saying no at work, as in https://example.com/{'n' * 120}",
            description=f"This thread: https://example.com/{'n' * 120}",
            starts_at=now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours),
            status=SessionStatus.COMPLETED,
            source=Payment.Source.RECORDED,
        )
        for hours in (3, 6)
    )
    text = "I was in the room from the first minute and waited for half an hour.\nNobody came, and my messages were not answered."
    no_shows.report(reported, actor=sam, text=text, now=now)
    return [missed, reported]


if __name__ == "__main__":
    sys.stdout.write(" ".join(str(session.pk) for session in main()))
