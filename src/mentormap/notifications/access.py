"""Ends all ways into an account at once: each change of a password or an address calls this by name."""

from datetime import datetime

from django.db import transaction

from mentormap.accounts import address_changes, phones, security
from mentormap.accounts.feed_addresses import end_feed_address
from mentormap.accounts.models import AddressChange, User
from mentormap.accounts.verification import has_verified_email
from mentormap.notifications.models import PushSubscription


@transaction.atomic
def end_access(user: User) -> None:
    """Ends logins, API tokens, the calendar feed and push subscriptions.

    Only a phone that was proved by the owner of a verified address stays: before that, whoever signed up may have given it.
    """
    security.end_logins(user)
    end_feed_address(user)
    PushSubscription.objects.filter(user=user).delete()
    if has_verified_email(user):
        phones.forget_unproved(user)
    else:
        phones.forget(user)


@transaction.atomic
def end_access_for_new_password(user: User) -> None:
    """Ends a change of address that still waits for its link, too: the one who asked for it may be who is shut out."""
    end_access(user)
    security.drop_pending_address(user)


@transaction.atomic
def undo_address_change(change: AddressChange, *, now: datetime) -> User | None:
    """Restores the old address and ends all access. None if it is undone already. Raises AddressTaken."""
    user = address_changes.restore(change, now=now)
    if user is not None:
        end_access(user)
        phones.forget(user)
    return user
