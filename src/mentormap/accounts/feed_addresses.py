"""The secret address of a person's own calendar: create, replace, end and look it up."""

import secrets
from datetime import datetime

from django.db import transaction

from mentormap.accounts.models import FeedAddress, User
from mentormap.accounts.security import require_access
from mentormap.accounts.verification import require_verified_email


@transaction.atomic
def make_feed_address(person: User, *, now: datetime) -> FeedAddress:
    """Makes a new address; an old one stops working. Raises EmailUnproved and AccessEnded."""
    require_access(person)
    require_verified_email(person)
    address, _ = FeedAddress.objects.update_or_create(
        person=person, defaults={"secret": secrets.token_urlsafe(32), "made_at": now}
    )
    return address


def end_feed_address(person: User) -> None:
    FeedAddress.objects.filter(person=person).delete()


def feed_address_of(person: User) -> FeedAddress | None:
    return FeedAddress.objects.filter(person=person).first()


def person_behind(secret: str) -> User | None:
    """Returns None for an unknown or ended address, and for a person who is deactivated or has no verified email address."""
    feeds = FeedAddress.objects.filter(person__is_active=True, person__emailaddress__verified=True)
    found = feeds.select_related("person").filter(secret=secret).first()
    return found.person if found else None
