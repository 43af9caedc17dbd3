"""Verified email addresses, which booking, mentoring, feeds, push and phones require."""

from allauth.account.models import EmailAddress

from mentormap.accounts.models import User


class EmailUnproved(Exception):
    """The person has no verified email address: the account may have been made with somebody else's."""


def has_verified_email(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()


def verified_email(user: User) -> str:
    """Returns the address in use; empty until one is verified."""
    address = EmailAddress.objects.get_verified(user)
    return address.email if address else ""


def is_verified_address(address: str) -> bool:
    return owner_of(address) is not None


def owner_of(address: str) -> User | None:
    """Returns the account that has verified this address; no other account can log in with it."""
    verified = EmailAddress.objects.filter(email=address.lower(), verified=True)
    found = verified.select_related("user").first()
    return found.user if found else None


def has_account(address: str) -> bool:
    """Returns whether an account uses the address, verified or not. A pending address is not in use yet."""
    return User.objects.filter(email=address.lower()).exists() or is_verified_address(address)


def record_proof(user: User) -> None:
    """Marks `user.email` as verified, after its owner opened a link mailed to it, and drops the account's other addresses.

    Does nothing for an account that already had a verified address.
    """
    if has_verified_email(user) or is_verified_address(user.email):
        return
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def require_verified_email(user: User) -> None:
    """Raises EmailUnproved."""
    if not has_verified_email(user):
        raise EmailUnproved
