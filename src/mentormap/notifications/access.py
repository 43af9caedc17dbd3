"""Ends all access to an account at once; each change of a password or an address calls this."""

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

    Keeps a phone only if the account had a verified address: before that, a stranger may have signed up and added it.
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
    """Also cancels a pending change of address, which may come from the person who is to be locked out."""
    end_access(user)
    security.drop_pending_address(user)


@transaction.atomic
def undo_address_change(change: AddressChange, *, now: datetime) -> User | None:
    """Restores the old address and ends all access. Returns None if it is already undone. Raises AddressTaken."""
    user = address_changes.restore(change, now=now)
    if user is not None:
        end_access(user)
        phones.forget(user)
    return user
