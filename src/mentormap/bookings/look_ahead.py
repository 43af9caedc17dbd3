"""What the notices of a batch need to know, read for all of them in two queries."""

from collections.abc import Sequence
from time import monotonic
from typing import Final

from mentormap.bookings.models import Session
from mentormap.notifications import preferences
from mentormap.notifications.models import Delivery
from mentormap.notifications.occasions import Subject
from mentormap.notifications.preferences import Choices

GOOD_FOR: Final = 0.5
"""Seconds after which it is read anew: what is sent tells how things are, give or take no more than a mail is under way."""


class LookAhead:
    def __init__(self, *batch: Delivery) -> None:
        self.show(batch)

    def show(self, batch: Sequence[Delivery]) -> None:
        """What comes next."""
        self._batch = batch
        self._until = 0.0

    def session(self, number: int) -> Session | None:
        self._read_if_old()
        return self._sessions.get(number)

    def choices(self) -> Choices:
        self._read_if_old()
        return self._choices

    def _read_if_old(self) -> None:
        if monotonic() >= self._until:
            self._until = monotonic() + GOOD_FOR
            notices = [delivery.notice for delivery in self._batch]
            numbers = [notice.number_of(Subject.SESSION) or 0 for notice in notices]
            self._sessions = Session.objects.with_people().in_bulk(numbers)
            self._choices = preferences.choices_of({notice.person_id or 0 for notice in notices})
