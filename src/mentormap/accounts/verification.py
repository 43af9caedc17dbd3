"""Whether a person has proved an email address: booking and mentoring ask for it."""

from allauth.account.models import EmailAddress

from mentormap.accounts.models import User


def has_verified_email(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()
