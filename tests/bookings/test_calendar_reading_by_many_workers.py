"""Several workers at once share the calendars: each is read by one of them."""

import time
from collections import Counter
from datetime import datetime

import pytest
from django.db import connection

from mentormap.availability.models import BusyCalendar, BusyTime
from mentormap.bookings import calendar_sync
from mentormap.calendars import reading
from mentormap.calendars.busy import Agenda
from mentormap.lib.outbound import fetching
from mentormap.lib.outbound.fetching import Fetched
from mentormap.lib.spans import Span
from tests import make
from tests.racing import all_at_once

WORKERS, CALENDARS = 4, 12


@pytest.mark.django_db(transaction=True)
def test_each_calendar_is_read_once(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    maya, asked = make.mentor(), Counter[str]()
    for _ in range(CALENDARS):
        make.busy_calendar(maya, now=now, next_read_at=now)

    def fetch(address: str, **_: object) -> Fetched:
        assert not connection.in_atomic_block
        asked[address] += 1
        time.sleep(0.01)
        return Fetched(b"")

    def read_agenda(_body: bytes, *, window: Span, **_: object) -> Agenda:
        return Agenda("", [window], 0)

    def work() -> int:
        return calendar_sync.read_due(now)

    monkeypatch.setattr(fetching, "fetch", fetch)
    monkeypatch.setattr(reading, "read_agenda", read_agenda)
    counts = all_at_once([work] * WORKERS)
    assert sum(count for count in counts if isinstance(count, int)) == CALENDARS
    assert set(asked.values()) == {1}
    assert len(asked) == BusyTime.objects.count() == CALENDARS
    assert not BusyCalendar.objects.exclude(lease_until=None).exists()
