"""`/health/live` and `/health/ready`: what a load balancer follows, whatever the worker does."""

import pytest
from django.db import DatabaseError, InterfaceError, connection
from django.test import Client

from mentormap.operations.health import checks, probes
from mentormap.operations.health.checks import Finding
from mentormap.operations.process import draining


def test_live_asks_no_database_not_even_for_a_login(client: Client) -> None:
    client.cookies["sessionid"] = "some-login"
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


@pytest.mark.django_db
def test_ready_without_any_worker(client: Client) -> None:
    assert client.get("/health").status_code == 503
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/ready/"])
@pytest.mark.parametrize("host", ["10.0.0.7:3002", "evil.example", "[::1]"])
def test_probes_are_answered_by_any_host_which_no_answer_repeats(
    client: Client, path: str, host: str
) -> None:
    response = client.get(path, headers={"Host": host})
    assert response.status_code == 200
    assert host not in f"{response.content.decode()}{dict(response.items())}"


@pytest.mark.django_db
@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_not_ready_without_a_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def refuse() -> None:
        raise error("no route to db.internal:5432 for user boss")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["reasons"] == [f"database: {connection.vendor} does not answer: {error.__name__}"]


@pytest.mark.django_db
def test_not_ready_until_migrated_and_then_looked_at_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        Finding("migrations", is_ok=False, message="2 to apply"),
        Finding("migrations", is_ok=True, message=""),
    ]
    monkeypatch.setattr(probes._Migrations, "are_applied", False)
    monkeypatch.setattr(checks, "migrations", lambda: found.pop(0))
    statuses = [client.get("/health/ready").status_code for _ in range(3)]
    assert (statuses, found) == ([503, 200, 200], [])


@pytest.mark.django_db
def test_not_ready_but_live_while_draining(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining._Process, "is_draining", False)
    draining.begin()
    assert client.get("/health/ready").json()["reasons"] == ["draining: this process was asked to end"]
    assert client.get("/health/live").status_code == 200


def test_probes_change_nothing(client: Client) -> None:
    assert [client.post(path).status_code for path in probes.PROBES] == [405, 405]
