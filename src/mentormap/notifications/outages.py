"""Channels that do not work: they are left in peace for a while, so that neither they nor the tries of each delivery wear out."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import F, QuerySet

from mentormap.lib.backoff import Backoff
from mentormap.notifications.models import Outage
from mentormap.notifications.notice_kinds import Channel

BACKOFF: Final = Backoff(timedelta(seconds=5), timedelta(minutes=1))

_log = structlog.get_logger(__name__)


def is_resting(channel: Channel, *, now: datetime) -> bool:
    return _open(channel).filter(rest_until__gt=now).exists()


def note(channel: Channel, error: str, *, now: datetime) -> None:
    """One more try in vain. The rest doubles from 5 seconds to a minute."""
    outage = _open(channel).first()
    if outage is None:
        first = Outage(channel=channel, since=now, rest_until=now + BACKOFF.first, last_error=error)
        Outage.objects.bulk_create([first], ignore_conflicts=True)
        return
    rest = BACKOFF.pause(outage.failures + 1)
    _open(channel).update(failures=F("failures") + 1, rest_until=now + rest, last_error=error)
    _log.error("channel_down", channel=str(channel), failures=outage.failures + 1, error=error)


def end(channel: Channel, *, now: datetime) -> None:
    """Something went through."""
    _open(channel).filter(told_at=None).delete()
    if _open(channel).update(ended_at=now):
        _log.info("channel_works_again", channel=str(channel))


def _open(channel: Channel) -> "QuerySet[Outage]":
    return Outage.objects.filter(channel=channel, ended_at=None)
