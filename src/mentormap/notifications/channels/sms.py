"""Short messages by the operator's provider, through apprise: one address names the provider and its credentials."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import apprise
from django.conf import settings

from mentormap.lib import clock
from mentormap.lib.plain_text import one_line
from mentormap.notifications.channels import console
from mentormap.notifications.errors import FinalError, RetryableError

MAILBOX: Final = "mailbox"
"""The demo's scheme: messages are kept for /dev/mailbox and go nowhere."""
LONGEST: Final = 320
"""Two messages of 160 characters; providers bill each."""
_TIME_LIMITS: Final = "cto=5&rto=10&retry=0"
"""Seconds to connect and to read (https://appriseit.com/advanced/): the outbox tries again, not apprise."""


@dataclass(frozen=True)
class SmsMessage:
    """One message to one number in E.164. An address within it comes last, so that shortening leaves it whole."""

    to: str
    body: str
    url: str = ""

    @property
    def whole(self) -> str:
        room = LONGEST - len(self.url) - 1
        body = one_line(self.body)
        text = body if len(body) <= room else f"{body[: room - 1].rstrip()}…"
        return f"{text} {self.url}".strip()


def send(text: SmsMessage) -> None:
    """Raises RetryableError, and FinalError where the provider's address is none that apprise knows."""
    if is_mailbox():
        console.show_short("SMS", to=text.to, title=text.whole, text=text.whole, now=clock.now())
        return
    provider = provider_for(text.to)
    if provider is None:
        raise FinalError("SMS_URL names no provider of apprise's.")
    with apprise.LogCapture(level=apprise.logging.WARNING) as log:
        is_sent = provider.notify(body=text.whole)
        why = one_line(log.getvalue())
    if not is_sent:
        raise RetryableError(f"The SMS provider refused, or is out of reach: {why}")


def is_mailbox() -> bool:
    """In the demo a text is shown, not sent."""
    return urlsplit(settings.SMS_URL).scheme == MAILBOX


def provider_for(number: str) -> apprise.NotifyBase | None:
    """None where SMS_URL is not an address that apprise understands, or not one that can reach a number."""
    url = settings.SMS_URL.replace("{to}", number.lstrip("+"))
    limited = f"{url}{'&' if '?' in url else '?'}{_TIME_LIMITS}"
    with apprise.LogCapture(level=apprise.logging.WARNING) as log:
        found: apprise.NotifyBase | None = apprise.Apprise.instantiate(limited)
        is_understood = not log.getvalue()
    return found if is_understood else None
