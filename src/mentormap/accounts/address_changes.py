"""Changes of an account's address, and the link with which the owner of the old address can undo one for 7 days."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q

from mentormap.accounts.models import AddressChange, User

UNDO_WITHIN: Final = timedelta(days=7)
KEPT: Final = timedelta(days=30)
_SALT: Final = "mentormap.accounts.undo_address"


class AddressTaken(Exception):
    """Another account uses the address, and has verified it or belongs to an operator."""


def record(user: User, *, old: str, new: str, now: datetime) -> AddressChange:
    """Records a change from a verified address only: the link sent to the old address gives access to the account."""
    return AddressChange.objects.create(user=user, old_email=old, new_email=new, changed_at=now)


def undo_url(change: AddressChange) -> str:
    """Returns the link below PUBLIC_URL, regardless of the request's host."""
    return f"{settings.PUBLIC_URL}/email/undo/{signing.Signer(salt=_SALT).sign(change.uid.hex)}"


def read_undo_token(token: str, *, now: datetime) -> AddressChange | None:
    """Returns None for a token that we did not sign, that is more than 7 days old, or whose change is already undone."""
    try:
        uid = UUID(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    changes = AddressChange.objects.filter(undone_at=None, changed_at__gt=now - UNDO_WITHIN)
    return changes.select_related("user").filter(uid=uid).first()


@transaction.atomic
def restore(change: AddressChange, *, now: datetime) -> User | None:
    """Restores the old address as the only one, verified, and removes the password. Raises AddressTaken.

    Later changes are undone as well, because their links are in mailboxes that may be a thief's. Returns None if it is already
    undone. Two-step login stays if it was on for 7 days before the change; otherwise it may be the thief's, too.
    """
    user = lock_accounts(change.user_id, change.old_email)
    undone = AddressChange.objects.filter(user=user, pk__gte=change.pk, undone_at=None)
    if not undone.filter(pk=change.pk).exists():
        return None
    make_room(change.old_email, user)
    undone.update(undone_at=now)
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=change.old_email, verified=True, primary=True)
    user.email = change.old_email
    user.set_unusable_password()
    user.save(update_fields=["email", "password"])
    _drop_second_steps(user, since=change.changed_at - UNDO_WITHIN)
    return user


def lock_accounts(user_id: int, email: str) -> User:
    """Locks the account, and any other that has the address, and returns the first.

    In the order of their numbers, so that two accounts that take each other's address do not wait for each other.
    """
    both = User.objects.select_for_update().filter(Q(pk=user_id) | Q(email=email)).order_by("pk")
    return {user.pk: user for user in both}[user_id]


def make_room(email: str, user: User) -> None:
    """Closes another account that has this address but has not verified it. Raises AddressTaken.

    That account is locked before the look at what is verified: it may be proving the address at this moment.
    """
    others = User.objects.select_for_update().filter(email=email).exclude(pk=user.pk)
    claimant = others.first()
    if EmailAddress.objects.filter(email=email, verified=True).exclude(user=user).exists():
        raise AddressTaken
    if claimant is None:
        return
    if claimant.is_staff:
        raise AddressTaken
    EmailAddress.objects.filter(user=claimant).delete()
    claimant.email, claimant.is_active = f"{uuid4().hex}@closed.invalid", False
    claimant.save(update_fields=["email", "is_active"])


def _drop_second_steps(user: User, *, since: datetime) -> None:
    """Deletes the recovery codes along with the last authenticator app."""
    mine = Authenticator.objects.filter(user=user)
    mine.filter(created_at__gte=since).delete()
    if not mine.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        mine.delete()


def prune(*, now: datetime) -> int:
    """Deletes changes whose link has long expired; returns how many."""
    count, _ = AddressChange.objects.filter(changed_at__lte=now - KEPT).delete()
    return count
