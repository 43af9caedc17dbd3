"""The worker's loop: a job that fails is tried again, a job that hangs stops the heart."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import structlog
from django.db import OperationalError, connection

from mentormap.operations.jobs.schedule import all_jobs
from mentormap.operations.models import Heartbeat
from mentormap.operations.process import worker
from mentormap.operations.process.worker import Away, Job


@pytest.mark.django_db
def test_a_job_that_raises_is_logged_and_run_again() -> None:
    stop, calls = threading.Event(), []

    def fail(now: datetime) -> None:
        calls.append(now)
        if len(calls) == 3:
            stop.set()
        raise ValueError("no luck")

    with structlog.testing.capture_logs() as logged:
        Job("fail", timedelta(0), fail).loop(stop)
    assert len(calls) == 3
    assert [(entry["event"], entry["job"], entry["log_level"]) for entry in logged] == [
        ("job_failed", "fail", "error")
    ] * 3


@pytest.mark.django_db
def test_a_daily_job_that_fails_does_not_wait_for_the_next_day(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, troubles = threading.Event(), [Away("Nobody answers."), ValueError("no luck")]

    def fail_twice(_now: datetime) -> None:
        if troubles:
            raise troubles.pop(0)
        stop.set()

    monkeypatch.setattr(worker, "AGAIN", timedelta(0))
    with structlog.testing.capture_logs() as logged:
        Job("daily", timedelta(days=1), fail_twice).loop(stop)
    assert [(entry["event"], entry["log_level"]) for entry in logged] == [
        ("job_waits", "warning"),
        ("job_failed", "error"),
    ]
    assert logged[0]["error"] == "Nobody answers."


@pytest.mark.django_db
def test_a_database_that_is_out_of_reach_is_one_line_and_tried_again_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop, rests, troubles = (
        threading.Event(),
        [],
        [OperationalError("connection refused\nIs it running?")] * 6,
    )

    def fail(_now: datetime) -> None:
        if troubles:
            raise troubles.pop()

    def rest(seconds: float) -> bool:
        rests.append(seconds)
        if len(rests) == 7:
            stop.set()
        return True

    monkeypatch.setattr(stop, "wait", rest)
    with structlog.testing.capture_logs() as logged:
        Job("send", timedelta(seconds=1), fail).loop(stop)
    assert rests == [1, 2, 4, 8, 15, 15, 1]
    assert (
        logged
        == [
            {
                "event": "job_waits",
                "job": "send",
                "error": "OperationalError: connection refused Is it running?",
                "log_level": "warning",
            }
        ]
        * 6
    )


@pytest.mark.django_db
def test_a_job_is_handed_the_time_in_utc() -> None:
    seen: list[datetime] = []
    Job("look", timedelta(0), seen.append).step()
    assert seen[0].utcoffset() == timedelta(0)


@pytest.mark.django_db
def test_a_job_that_rests_holds_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are more jobs than connections in PostgreSQL's pool."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    looked: list[bool] = []

    def look(now: datetime) -> None:
        connection.ensure_connection()
        looked.append(connection.connection is not None)

    def step() -> None:
        Job("look", timedelta(0), look).step()
        looked.append(connection.connection is not None)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(step).result()
    assert looked == [True, False]


@pytest.mark.django_db
def test_beats_while_jobs_go_on(now: datetime) -> None:
    worker.beat([Job("idle", timedelta(0), lambda _: None)], now=now)
    assert Heartbeat.objects.newest() == now


@pytest.mark.django_db
def test_does_not_beat_while_a_job_hangs(now: datetime) -> None:
    hung = Job("hung", timedelta(0), lambda _: None)
    hung.busy_since = time.monotonic() - worker.STALLED.total_seconds() - 1
    with structlog.testing.capture_logs() as logged:
        worker.beat([hung], now=now)
    assert Heartbeat.objects.newest() is None
    assert logged == [{"event": "job_stalled", "jobs": ["hung"], "log_level": "error"}]


def test_every_job_of_the_house_has_a_name_of_its_own() -> None:
    names = [job.name for job in all_jobs()]
    assert len(set(names)) == len(names) > 1
