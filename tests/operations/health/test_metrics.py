"""`/metrics` counts the business, for this machine and for who has the token."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from mentormap.lib import clock, zone_data
from mentormap.notifications import outages
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import Channel
from mentormap.operations.models import Heartbeat
from mentormap.payments import flags
from mentormap.payments.models import Dispute, Flag, Refund, StripeEvent
from tests import make
from tests.outages import PASSING, failing

pytestmark = pytest.mark.django_db


def samples(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("mentormap_"))
    return {name: float(value) for name, value in pairs}


def test_methods_that_are_made_up_are_counted_as_one(client: Client) -> None:
    for method in ("MADE", "UP"):
        client.generic(method, "/mentors")
    scraped = client.get("/metrics").content.decode()
    assert 'method="<invalid method>",view="mentors"' in scraped
    assert 'method="MADE"' not in scraped


def test_counts_the_business(client: Client, now: datetime) -> None:
    sam, maya = make.sam(), make.mentor()
    make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=1))
    make.session(student=sam, mentor=maya, starts_at=now + timedelta(days=2), payment_status="pending")
    StripeEvent.objects.create(
        event_id="evt_1", body={}, source="poller", received_at=clock.now() - timedelta(seconds=40)
    )
    Heartbeat.objects.beat("here:1", now=clock.now() - timedelta(seconds=5))
    found = samples(client)
    assert found["mentormap_holds"] == 1
    assert found['mentormap_bookings{payment_status="paid",status="scheduled"}'] == 1
    assert found['mentormap_refunds{state="failed"}'] == 0
    assert found['mentormap_deliveries{state="waiting"}'] == 0
    assert found["mentormap_inbox_waiting"] == 1
    assert found["mentormap_inbox_age_seconds"] == pytest.approx(40, abs=5)
    assert found["mentormap_webhook_age_seconds"] == found["mentormap_poll_age_seconds"] == float("inf")
    assert found["mentormap_worker_heartbeat_age_seconds"] == pytest.approx(5, abs=5)


def test_a_channel_that_is_down_shows_at_once_with_the_age_of_what_is_due(
    client: Client, settings: Settings, now: datetime
) -> None:
    settings.NOTICE_CHANNELS = ["email", "in_app"]
    assert samples(client)['mentormap_channel_down{channel="email"}'] == 0
    notice = Notice.objects.create(occasion="booked", reference=1, person=make.sam(), created_at=now)
    real = clock.now()
    Delivery.objects.create(notice=notice, channel="email", due_at=real - timedelta(seconds=50))
    Delivery.objects.create(notice=notice, channel="in_app", due_at=real + timedelta(days=1))
    outages.note(Channel.EMAIL, "connection refused", now=real)
    found = samples(client)
    assert found['mentormap_channel_down{channel="email"}'] == 1
    assert found['mentormap_channel_down{channel="in_app"}'] == 0
    assert found['mentormap_delivery_due_age_seconds{channel="email"}'] == pytest.approx(50, abs=5)
    assert found['mentormap_delivery_due_age_seconds{channel="in_app"}'] == 0
    outages.end(Channel.EMAIL, now=real)
    assert samples(client)['mentormap_channel_down{channel="email"}'] == 0


def test_without_a_database_the_scrape_says_so(client: Client) -> None:
    assert samples(client)["mentormap_database_up"] == 1
    with failing(PASSING[0]):
        assert samples(client).keys() == {"mentormap_database_up", "mentormap_disk_free_bytes"}
        assert samples(client)["mentormap_database_up"] == 0


@pytest.mark.parametrize("host", ["127.0.0.1:3002", "localhost", "[::1]:3002"])
def test_a_scrape_of_this_machine_by_its_own_name_works_in_production(settings: Settings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["mentors.example.com"]
    assert Client().get("/metrics", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("path", "host", "peer"),
    [
        ("/metrics", "evil.example", "127.0.0.1"),  # a browser here, led by DNS
        ("/metrics", "127.0.0.1", "203.0.113.9"),
        ("/metrics", "", "127.0.0.1"),
        ("/mentors", "127.0.0.1", "127.0.0.1"),
        ("/health", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_no_other_name_or_address_or_page_is_opened_by_that(
    settings: Settings, path: str, host: str, peer: str
) -> None:
    settings.ALLOWED_HOSTS = ["mentors.example.com"]
    assert Client().get(path, headers={"Host": host}, REMOTE_ADDR=peer).status_code == 400


def test_several_processes_count_together(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each counts in a file of its own; the sum does not jump with the process that answers."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    count = "from prometheus_client import Counter; Counter('requests_tried', 'x').inc()"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], check=True, env=dict(os.environ), timeout=60)
    assert "requests_tried_total 2.0" in client.get("/metrics").content.decode().splitlines()


def test_names_the_time_zone_data(client: Client) -> None:
    data = zone_data.in_use()
    name = f'mentormap_time_zones_info{{source="{data.source}",version="{data.version}"}}'
    assert samples(client)[name] == 1


def test_counts_what_waits_for_an_operator(client: Client, now: datetime) -> None:
    session = make.session(student=make.sam(), mentor=make.mentor(), starts_at=now + timedelta(days=1))
    flags.raise_flag(session.payment, Flag.Name.DISPUTED, "Disputed.", now=now)
    Dispute.objects.create(
        payment=session.payment,
        stripe_id="dp_1",
        status="needs_response",
        amount_minor=1,
        currency="USD",
        opened_at=now,
        updated_at=now,
    )
    Refund.objects.create(
        payment=session.payment,
        amount_minor=1,
        currency="USD",
        state="failed",
        created_at=now,
        updated_at=now,
    )
    StripeEvent.objects.create(
        event_id="evt_1",
        body={},
        source="webhook",
        received_at=now,
        handled_at=now,
        delivered_at=clock.now() - timedelta(seconds=40),
    )
    StripeEvent.objects.create(
        event_id="evt_2",
        type="refund.updated",
        body={},
        source="poller",
        handled_at=now,
        received_at=clock.now() - timedelta(seconds=30),
    )
    found = samples(client)
    assert found['mentormap_flags_open{name="disputed"}'] == 1
    assert found['mentormap_flags_open{name="refund-failed"}'] == 0
    assert found['mentormap_disputes{status="needs_response"}'] == 1
    assert found["mentormap_refunds_failed"] == 1
    assert found["mentormap_webhook_age_seconds"] == pytest.approx(40, abs=5)
    assert found["mentormap_webhooks_missed"] == 0


def test_costs_few_queries(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(12):
        assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("203.0.113.9", {"Forwarded": "for=127.0.0.1"}, 403),
        ("203.0.113.9", {"X-Real-IP": "127.0.0.1"}, 403),
        ("10.0.0.2", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "unknown"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 403),
    ],
)
@pytest.mark.parametrize("proxies", ["127.0.0.0/8", "10.0.0.0/24"])
def test_only_a_program_on_this_machine_that_asks_directly_needs_no_token(
    settings: Settings, proxies: str, peer: str, headers: dict[str, str], status: int
) -> None:
    settings.TRUSTED_PROXIES = [ip_network(proxies)]
    assert Client().get("/metrics", headers=headers, REMOTE_ADDR=peer).status_code == status


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer right", 200),
        ("bearer right", 200),
        ("Bearer wrong", 403),
        ("Basic right", 403),
        ("right", 403),
    ],
)
def test_the_token_opens_from_afar(
    client: Client, settings: Settings, authorization: str, status: int
) -> None:
    settings.METRICS_TOKEN = "right"
    response = client.get("/metrics", headers={"Authorization": authorization}, REMOTE_ADDR="203.0.113.9")
    assert response.status_code == status


def test_no_token_configured_means_none_fits(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    response = client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="203.0.113.9")
    assert response.status_code == 403
