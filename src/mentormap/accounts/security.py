"""Ends the logins of an account and its pending change of address, and keeps requests from outliving that."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from mentormap.accounts.models import User, new_login_seal
from mentormap.accounts.verification import has_verified_email


class AccessEnded(Exception):
    """All access to the account was ended after the request had read it: its login is void, and so is what it asks for."""


def require_access(user: User) -> None:
    """Locks the account until the transaction ends. Raises AccessEnded.

    Everything that lets a person in, or keeps others out, calls this in the transaction in which it is written: the request of
    a thief may have begun before the owner took the account back.
    """
    seals = User.objects.select_for_update().filter(pk=user.pk).values_list("login_seal", flat=True)
    if seals.first() != user.login_seal:
        raise AccessEnded


def end_logins(user: User) -> None:
    """Ends every login and API token, even one that is being made at this moment.

    To stay logged in, the current request renews its own login with the new seal of `user`.
    """
    user.login_seal = new_login_seal()
    user.save(update_fields=["login_seal"])
    UserSession.objects.filter(user=user).delete()


def drop_pending_address(user: User) -> None:
    """Deletes the pending address, so that the link mailed to it stops working."""
    if has_verified_email(user):
        EmailAddress.objects.filter(user=user, verified=False).delete()
