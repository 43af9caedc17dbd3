"""Browsers in which a person has allowed web push."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from mentormap.accounts.models import User
from mentormap.accounts.security import require_access
from mentormap.accounts.verification import require_verified_email
from mentormap.lib.outbound.addresses import BadAddress
from mentormap.notifications.channels.push import push_endpoint
from mentormap.notifications.models import PushSubscription

MOST: Final = 20
"""The limit for one person: each browser costs a request for each message, so many could delay everybody's."""


class TooManyBrowsers(Exception):
    """The new browser is refused: if the oldest were dropped instead, a stolen login could silence the owner's browsers."""

    def __init__(self) -> None:
        super().__init__(
            f"Push messages are already on in {MOST} of your browsers, which is the limit. First turn them off in one of these, or everywhere."
        )


@transaction.atomic
def add_browser(
    person: User, *, endpoint: str, p256dh: str, auth: str, now: datetime, replaces: str = ""
) -> None:
    """Sends this person's messages to this browser from now on, nobody else's, and no longer to the endpoint that it `replaces`.

    `endpoint` is rebuilt by `push_endpoint`. Raises AccessEnded, EmailUnproved and TooManyBrowsers.
    """
    require_access(person)
    require_verified_email(person)
    remove_browser(person, replaces)
    others = PushSubscription.objects.filter(user=person).exclude(endpoint=endpoint)
    if others.count() >= MOST:
        raise TooManyBrowsers
    facts = {"user": person, "p256dh": p256dh, "auth": auth, "created_at": now}
    PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=facts)


def knows(person: User, *endpoints: str) -> bool:
    """Returns whether this person's messages already go to one of these endpoints, which only the browser itself knows."""
    return any(_named(person, endpoint).exists() for endpoint in endpoints)


def remove_browser(person: User, endpoint: str) -> None:
    _named(person, endpoint).delete()


def _named(person: User, endpoint: str) -> QuerySet[PushSubscription]:
    """`endpoint` is as the browser gives it. A stored one that is not rebuilt counts as well."""
    try:
        named = [endpoint, push_endpoint(endpoint)]
    except BadAddress:
        named = [endpoint]
    return PushSubscription.objects.filter(user=person, endpoint__in=named)
