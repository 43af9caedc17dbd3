"""`/health` is green while the database answers and a worker beats."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from mentormap.lib import clock
from mentormap.operations.models import Heartbeat

pytestmark = pytest.mark.django_db


def beat(*, seconds_ago: float) -> None:
    Heartbeat.objects.beat("host:1", now=clock.now() - timedelta(seconds=seconds_ago))


def test_well_while_a_worker_beats(client: Client) -> None:
    beat(seconds_ago=50)
    response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_failing_when_the_heart_has_stopped(client: Client) -> None:
    beat(seconds_ago=61)
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json() == {"status": "failing", "reasons": ["worker: last seen 61 s ago"]}


def test_failing_before_any_worker_ran(client: Client) -> None:
    response = client.get("/health")
    assert response.json() == {"status": "failing", "reasons": ["worker: no worker has ever run"]}


def test_one_worker_of_two_is_enough(client: Client) -> None:
    Heartbeat.objects.beat("dead:1", now=clock.now() - timedelta(hours=3))
    beat(seconds_ago=1)
    assert client.get("/health").status_code == 200


def test_says_that_the_database_is_away_and_nothing_of_where(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise DatabaseError("no route to db.internal:5432 for user boss")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json()["reasons"] == [f"database: {connection.vendor} does not answer: DatabaseError"]


def test_rows_of_workers_long_gone_are_dropped() -> None:
    now = clock.now()
    Heartbeat.objects.beat("gone:1", now=now - timedelta(days=2))
    Heartbeat.objects.beat("here:2", now=now)
    assert [row.worker for row in Heartbeat.objects.all()] == ["here:2"]


def test_changes_nothing(client: Client) -> None:
    assert client.post("/health").status_code == 405
