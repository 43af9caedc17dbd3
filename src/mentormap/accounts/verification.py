"""Whether a person has proved an email address: booking, mentoring, feeds, push and phones ask for it."""

from allauth.account.models import EmailAddress

from mentormap.accounts.models import User


class EmailUnproved(Exception):
    """The person has no verified email address: the account may have been made with somebody else's."""


def has_verified_email(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()


def verified_email(user: User) -> str:
    """The address in use; empty until one is proved."""
    address = EmailAddress.objects.get_verified(user)
    return address.email if address else ""


def is_verified_address(address: str) -> bool:
    """Of any account."""
    return EmailAddress.objects.filter(email=address.lower(), verified=True).exists()


def require_verified_email(user: User) -> None:
    """Raises EmailUnproved."""
    if not has_verified_email(user):
        raise EmailUnproved
