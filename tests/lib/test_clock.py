from datetime import UTC, datetime

import time_machine

from mentormap.lib import clock


def test_now_is_an_instant_in_utc() -> None:
    with time_machine.travel(datetime(2026, 11, 24, 17, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2026, 11, 24, 17, tzinfo=UTC)
        assert clock.now().tzinfo is UTC
