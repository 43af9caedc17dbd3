"""Ends the logins of an account, and whatever could still move it to another address."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from mentormap.accounts.models import User, new_login_seal
from mentormap.accounts.verification import has_verified_email


def end_logins(user: User) -> None:
    """Ends every login and API token, also one that is being made at this moment.

    A request that goes on renews its own login with the seal that `user` holds afterwards.
    """
    user.login_seal = new_login_seal()
    user.save(update_fields=["login_seal"])
    UserSession.objects.filter(user=user).delete()


def drop_pending_address(user: User) -> None:
    """Forgets the address that waits to replace the verified one: the link in its mail does nothing from now on."""
    if has_verified_email(user):
        EmailAddress.objects.filter(user=user, verified=False).delete()
