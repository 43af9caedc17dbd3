"""Web push, read as the browser that it is for reads it."""

import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime

import http_ece
import pytest
import requests
import responses
from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pytest_django.fixtures import Settings

from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.lib.outbound.addresses import BadAddress
from mentormap.notifications import browsers
from mentormap.notifications.channels import push
from mentormap.notifications.channels.push import Push
from mentormap.notifications.errors import OutOfReachError, RetryableError
from mentormap.notifications.models import PushSubscription
from mentormap.settings.environment import is_vapid_key, new_vapid_key
from tests import make

pytestmark = pytest.mark.django_db
SECRET = b"sixteen secrets!"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/sam-1"


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
def net(settings: Settings) -> Iterator[responses.RequestsMock]:
    settings.DEMO = False
    settings.VAPID_PRIVATE_KEY = new_vapid_key()
    settings.VAPID_CONTACT = "hello@mentormap.example"
    push.vapid.cache_clear()
    with responses.RequestsMock() as mock:
        yield mock
    push.vapid.cache_clear()


def subscribe(user: User, endpoint: str = ENDPOINT) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    PushSubscription.objects.create(
        user=user, endpoint=endpoint, p256dh=encoded(point), auth=encoded(SECRET), created_at=clock.now()
    )
    return key


def message(user: User) -> Push:
    return Push(
        user, "Video link", "In 15 minutes with Maya.", "https://mentors.example/sessions/7", "link-7"
    )


def test_only_the_browser_can_read_it(sam: User, net: responses.RequestsMock) -> None:
    key = subscribe(sam)
    net.post(ENDPOINT, status=201)
    push.send(message(sam))
    request = net.calls[0].request
    read = http_ece.decrypt(request.body, private_key=key, auth_secret=SECRET, version="aes128gcm")
    assert json.loads(read) == {
        "title": "Video link",
        "body": "In 15 minutes with Maya.",
        "url": "https://mentors.example/sessions/7",
        "tag": "link-7",
    }
    assert request.headers["ttl"] == str(4 * 60 * 60)
    assert request.headers["Authorization"].startswith("vapid t=")
    assert Vapid02.verify(request.headers["Authorization"])


def test_a_browser_that_is_gone_is_forgotten(sam: User, net: responses.RequestsMock) -> None:
    subscribe(sam)
    subscribe(sam, f"{ENDPOINT}-2")
    net.post(ENDPOINT, status=410)
    net.post(f"{ENDPOINT}-2", status=201)
    push.send(message(sam))
    assert PushSubscription.objects.get().endpoint == f"{ENDPOINT}-2"


def test_when_no_browser_is_left_it_is_given_up(sam: User, net: responses.RequestsMock) -> None:
    subscribe(sam)
    net.post(ENDPOINT, status=404)
    with pytest.raises(OutOfReachError):
        push.send(message(sam))
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 429},
        {"body": requests.ConnectTimeout()},
        {"status": 302, "headers": {"Location": "http://127.0.0.1/"}},
    ],
)
def test_what_no_service_took_is_tried_again(
    sam: User, net: responses.RequestsMock, answer: dict[str, object]
) -> None:
    subscribe(sam)
    net.add("POST", ENDPOINT, **answer)  # type: ignore[arg-type]
    with pytest.raises(RetryableError):
        push.send(message(sam))
    assert (PushSubscription.objects.count(), len(net.calls)) == (1, 1)


def test_what_one_browser_took_is_sent(sam: User, net: responses.RequestsMock) -> None:
    subscribe(sam)
    subscribe(sam, f"{ENDPOINT}-2")
    net.post(ENDPOINT, status=500)
    net.post(f"{ENDPOINT}-2", status=201)
    push.send(message(sam))
    assert [call.request.url for call in net.calls] == [ENDPOINT, f"{ENDPOINT}-2"]


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc%2b",
    ],
)
def test_push_services_are_called(endpoint: str) -> None:
    assert push.push_endpoint(endpoint) == endpoint


NOT_SERVICES = [
    "http://fcm.googleapis.com/fcm/send/1",
    "https://fcm.googleapis.com:8443/fcm/send/1",
    "https://fcm.googleapis.com.example/fcm/send/1",
    "https://me@fcm.googleapis.com/fcm/send/1",
    "https://:p@fcm.googleapis.com/fcm/send/1",
    r"https://127.0.0.77\.fcm.googleapis.com/x",
    "https://127.0.0.77\t.fcm.googleapis.com/x",
    "https://127.0.0.77%2f.fcm.googleapis.com/x",
    "https://evilfcm.googleapis.com/x",
    "https://127.0.0.1/",
    "https://[",
    "https://fcm.googleapis.com:port/",
]


@pytest.mark.parametrize("endpoint", NOT_SERVICES)
def test_nothing_but_push_services_is_called(endpoint: str) -> None:
    with pytest.raises(BadAddress):
        push.push_endpoint(endpoint)


@pytest.mark.parametrize("endpoint", NOT_SERVICES)
def test_a_stored_endpoint_is_judged_again_before_it_is_called(
    sam: User, net: responses.RequestsMock, endpoint: str
) -> None:
    subscribe(sam, endpoint)
    with pytest.raises(OutOfReachError):
        push.send(message(sam))
    assert (PushSubscription.objects.count(), len(net.calls)) == (0, 0)


def test_a_push_goes_to_no_number_that_is_not_public(sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a service's name leads inwards by a poisoned name server."""

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", pytest.fail)
    subscribe(sam)
    with pytest.raises(RetryableError):
        push.send(message(sam))


def test_twenty_browsers_are_the_most(sam: User, now: datetime) -> None:
    EmailAddress.objects.create(user=sam, email=sam.email, verified=True)
    for number in range(20):
        subscribe(sam, f"{ENDPOINT}-{number}")
    keys = {"p256dh": "k", "auth": "a", "now": now}
    with pytest.raises(browsers.TooManyBrowsers):
        browsers.add_browser(sam, endpoint=ENDPOINT, **keys)  # type: ignore[arg-type]
    browsers.add_browser(sam, endpoint=f"{ENDPOINT}-7", **keys)  # type: ignore[arg-type]
    assert PushSubscription.objects.filter(user=sam).count() == 20
    browsers.add_browser(make.olga(), endpoint=ENDPOINT, **keys)  # type: ignore[arg-type]


def test_new_keys_are_keys() -> None:
    assert is_vapid_key(new_vapid_key())
    assert not is_vapid_key("short")
