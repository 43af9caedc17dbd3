"""The program's own records of its running."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import models

FRESH: Final = timedelta(seconds=60)
"""A worker that has not beaten for longer is taken for dead."""
_KEPT: Final = timedelta(days=1)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def beat(self, worker: str, *, now: datetime) -> None:
        """One row a worker; the rows of workers that are long gone are dropped."""
        self.update_or_create(worker=worker, defaults={"beat_at": now})
        self.filter(beat_at__lt=now - _KEPT).delete()

    def newest(self) -> datetime | None:
        """When any worker last beat; None before the first ever did."""
        return self.order_by("-beat_at").values_list("beat_at", flat=True).first()


class Heartbeat(models.Model):
    """When a worker was last seen alive, in UTC; `worker` is its host and process number."""

    worker = models.CharField(max_length=200, unique=True)
    beat_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Heartbeat"]] = models.Manager.from_queryset(HeartbeatQuerySet)()

    class Meta:
        db_table = "heartbeats"

    def __str__(self) -> str:
        return f"{self.worker} at {self.beat_at:%Y-%m-%d %H:%M:%S} UTC"
