"""The sender of each channel."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from mentormap.notifications.channels import email, in_app, push, sms
from mentormap.notifications.notice_kinds import Channel


def sender(channel: Channel) -> AbstractContextManager[Callable[[Any], None]]:
    """Sends one message after another of the channel's own kind."""
    match channel:
        case Channel.EMAIL:
            return email.connected()
        case Channel.SMS:
            return nullcontext(sms.send)
        case Channel.PUSH:
            return nullcontext(push.send)
        case Channel.IN_APP:
            return nullcontext(in_app.send)
