"""Facts for the notices of a batch, read in two queries."""

from collections.abc import Sequence

from mentormap.bookings.models import Session
from mentormap.notifications import preferences
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import Subject
from mentormap.notifications.preferences import Choices


class Prefetch:
    """Reads once for each batch, when the first of its messages is rendered. A change counts from the next batch on: a worker
    takes up no more messages of a batch after a round's eight seconds."""

    def __init__(self, *batch: Delivery) -> None:
        self.show(batch)

    def show(self, batch: Sequence[Delivery]) -> None:
        """Sets the batch that comes next."""
        self._batch = batch
        self._is_read = False

    def session(self, number: int) -> Session | None:
        self._read_once()
        return self._sessions.get(number)

    def choices(self) -> Choices:
        self._read_once()
        return self._choices

    def _read_once(self) -> None:
        if not self._is_read:
            notices = [delivery.notice for delivery in self._batch]
            numbers = [notice.number_of(Subject.SESSION) or 0 for notice in notices]
            self._sessions = Session.objects.with_people().in_bulk(numbers)
            self._choices = preferences.choices_of({notice.person_id or 0 for notice in notices})
            self._is_read = True
