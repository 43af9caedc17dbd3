"""One-click unsubscribing from mails that are not needed (RFC 8058): the link itself is the proof."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from mentormap.accounts.models import User
from mentormap.notifications.models import Preference
from mentormap.notifications.notice_kinds import Channel, NoticeKind

_SALT = "mentormap.notifications.unsubscribe"


@dataclass(frozen=True)
class Subscription:
    """A person and an occasion on which they get mail."""

    person_id: int
    occasion: NoticeKind


def url_for(person: User, occasion: NoticeKind) -> str:
    """On PUBLIC_URL; good for ever. Empty for what cannot be turned off."""
    if Channel.EMAIL in occasion.fixed:
        return ""
    token = signing.Signer(salt=_SALT).sign(f"{person.pk}.{occasion}")
    return f"{settings.PUBLIC_URL}/unsubscribe/{token}"


def read(token: str) -> Subscription | None:
    """None for a token that we did not sign, or of an occasion that there is no more."""
    try:
        number, occasion = signing.Signer(salt=_SALT).unsign(token).split(".", 1)
        return Subscription(int(number), NoticeKind(occasion))
    except (signing.BadSignature, ValueError):
        return None


def unsubscribe(subscription: Subscription) -> None:
    """Stops mail only: other channels stay. Does nothing if the person is no longer here."""
    if User.objects.filter(pk=subscription.person_id).exists():
        Preference.objects.update_or_create(
            user_id=subscription.person_id,
            occasion=subscription.occasion,
            channel=Channel.EMAIL,
            defaults={"is_wanted": False},
        )
