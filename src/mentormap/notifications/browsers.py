"""The browsers in which a person has allowed web push."""

from datetime import datetime
from typing import Final

from django.db import transaction

from mentormap.accounts.models import User
from mentormap.lib.outbound.addresses import BadAddress
from mentormap.notifications.channels.push import push_endpoint
from mentormap.notifications.models import PushSubscription

MOST: Final = 20
"""Each is a request for each message, so that a person with many could hold up everybody's."""


class TooManyBrowsers(Exception):
    """The new one is refused: to drop the oldest would let a stolen login silence the owner's browsers."""

    def __init__(self) -> None:
        super().__init__(
            f"Messages go to {MOST} browsers of yours already, which is the most. Turn them off in one of those, or everywhere, first."
        )


@transaction.atomic
def add_browser(person: User, *, endpoint: str, p256dh: str, auth: str, now: datetime) -> None:
    """Sends to this browser from now on, for this person alone. Raises TooManyBrowsers. `endpoint` is rebuilt by `push_endpoint`."""
    User.objects.select_for_update().get(pk=person.pk)
    others = PushSubscription.objects.filter(user=person).exclude(endpoint=endpoint)
    if others.count() >= MOST:
        raise TooManyBrowsers
    facts = {"user": person, "p256dh": p256dh, "auth": auth, "created_at": now}
    PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=facts)


def remove_browser(person: User, endpoint: str) -> None:
    """`endpoint` is as the browser gives it. A stored one that is not rebuilt counts as well."""
    try:
        named = [endpoint, push_endpoint(endpoint)]
    except BadAddress:
        named = [endpoint]
    PushSubscription.objects.filter(user=person, endpoint__in=named).delete()
