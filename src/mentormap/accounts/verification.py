"""Whether a person has proved an email address: booking, mentoring, feeds, push and phones ask for it."""

from allauth.account.models import EmailAddress

from mentormap.accounts.models import User


def has_verified_email(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()


def verified_email(user: User) -> str:
    """The address in use; empty until one is proved."""
    address = EmailAddress.objects.get_verified(user)
    return address.email if address else ""


def is_verified_address(address: str) -> bool:
    """Of any account."""
    return EmailAddress.objects.filter(email=address.lower(), verified=True).exists()
