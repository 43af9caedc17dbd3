"""Forwarded headers are believed from TRUSTED_PROXIES alone, by whatever asks for the client or the scheme."""

from ipaddress import ip_network

import pytest
from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from mentormap.lib.forwarding import HEADERS
from mentormap.wsgi import front


def seen(request: HttpRequest) -> HttpResponse:
    claims = [name for name in HEADERS if name in request.META]
    return HttpResponse(f"{get_adapter().get_client_ip(request)} {request.scheme} {len(claims)}")


urlpatterns = [path("api/seen", seen)]
CLAIMS = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "443",
    "X-Real-IP": "198.51.100.7",
    "Forwarded": "for=198.51.100.7;proto=https",
}


@pytest.mark.parametrize(
    ("peer", "network"),
    [("10.0.0.2", "198.51.100.0/24"), ("203.0.113.9", "203.0.113.0/24"), ("2001:db8::9", "2001:db8::/48")],
)
def test_the_web_server_counts_by_the_network_of_the_client(
    settings: Settings, peer: str, network: str
) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.2")]
    assert front.network(peer, {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}) == network


@pytest.mark.parametrize(
    ("peer", "answer"),
    [
        ("10.0.0.2", "198.51.100.7 https 6"),
        ("127.0.0.1", "127.0.0.1 http 0"),
        ("203.0.113.9", "203.0.113.9 http 0"),
    ],
)
def test_only_trusted_proxies_say_who_and_how(settings: Settings, peer: str, answer: str) -> None:
    settings.ROOT_URLCONF = __name__
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.2")]
    found = Client().get("/api/seen", headers=CLAIMS, REMOTE_ADDR=peer)
    assert found.content.decode() == answer


def test_all_of_a_site_counts_as_one_when_connections_give_way() -> None:
    networks = {front.network(f"2001:db8:0:{number:x}::1", {}) for number in range(3)}
    assert networks == {"2001:db8::/48"}
