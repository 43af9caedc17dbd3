"""Web push to the browsers that a person has allowed it in (RFC 8030, RFC 8291; VAPID, RFC 8292)."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

import requests
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush

from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.lib.outbound.addresses import HTTPS, BadAddress, web_address
from mentormap.lib.outbound.connections import pinned_session
from mentormap.lib.outbound.errors import OutboundError
from mentormap.notifications.channels import console
from mentormap.notifications.errors import OutOfReachError, RetryableError
from mentormap.notifications.models import PushSubscription

SERVICES: Final = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
"""Push services of Chrome, Firefox, Safari and Edge. No other host is accepted, so that nobody can make this server call one."""
TIME_LIMIT: Final = 10
KEPT_FOR: Final = timedelta(hours=4)
"""How long the push service keeps a message for a browser that is not running."""
GONE: Final = frozenset({404, 410})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Push:
    """One message to all browsers of one person; a later one with the same `tag` takes its place on the screen."""

    person: User
    title: str
    text: str
    url: str
    tag: str


def send(push: Push) -> None:
    """To each browser; those that are gone are forgotten. Raises OutOfReachError if none is left, RetryableError if none took it."""
    subscriptions = list(PushSubscription.objects.filter(user=push.person))
    if settings.DEMO:
        to = f"{push.person.name}, {len(subscriptions)} browsers"
        console.show_short(
            "Push", to=to, title=push.title, text=f"{push.text}\n\n{push.url}", now=clock.now()
        )
    outcomes = [_send_to(subscription, push) for subscription in subscriptions]
    if True not in outcomes and False in outcomes:
        raise RetryableError("No push service took the message.")
    if True not in outcomes:
        raise OutOfReachError("None of this person's browsers takes messages any more.")


def _send_to(subscription: PushSubscription, push: Push) -> bool | None:
    """Returns whether the service accepted it; None for a browser that is gone, or a stored endpoint that is not a push service's."""
    try:
        _post(subscription, push)
    except WebPushException as error:
        if error.status_code in GONE:
            subscription.delete()
            return None
        _log.warning("push_refused", subscription=subscription.pk, status=error.status_code)
        return False
    except BadAddress:
        subscription.delete()
        return None
    except (requests.RequestException, OutboundError, ValueError) as error:
        _log.warning("push_refused", subscription=subscription.pk, error=type(error).__name__)
        return False
    return True


def _post(subscription: PushSubscription, push: Push) -> None:
    facts = {"title": push.title, "body": push.text, "url": push.url, "tag": push.tag}
    endpoint = push_endpoint(subscription.endpoint)
    with pinned_session() as session:
        webpush(
            {
                "endpoint": endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            },
            data=json.dumps(facts),
            vapid_private_key=vapid(),
            vapid_claims={"sub": f"mailto:{settings.VAPID_CONTACT}"},
            timeout=TIME_LIMIT,
            ttl=int(KEPT_FOR.total_seconds()),
            requests_session=session,
        )


@cache
def vapid() -> Vapid02:
    """This installation's key pair, from VAPID_PRIVATE_KEY."""
    pair: Vapid02 = Vapid02.from_string(settings.VAPID_PRIVATE_KEY)
    return pair


def public_key() -> str:
    """As browsers want it: the uncompressed point in base64url without padding."""
    point = vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def push_endpoint(given: str) -> str:
    """Returns the rebuilt address of a known service on its usual port. Raises BadAddress."""
    address = web_address(given, ports={HTTPS})
    if not any(address.host == service or address.host.endswith(f".{service}") for service in SERVICES):
        raise BadAddress("This is not the address of a known push service.")
    return str(address)
