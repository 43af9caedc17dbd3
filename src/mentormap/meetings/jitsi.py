"""Rooms on a Jitsi server: anyone who knows the address may enter, so it cannot be guessable."""

import hmac
from base64 import b32encode
from typing import Final

_PURPOSE: Final = b"jitsi room "
"""Sets these digests apart from whatever else the secret is used for."""
_BYTES: Final = 20


class NoSecret(ValueError):
    """Without a secret anyone could work out the rooms."""

    def __init__(self) -> None:
        super().__init__("A secret is needed to name rooms that nobody can guess.")


def room_url(base_url: str, secret: bytes, session_uid: str) -> str:
    """The address of the session's room, the same for its whole life; https unless `base_url` says otherwise.

    The name is an HMAC-SHA-256 of the session's uid, cut to 160 bits. Raises NoSecret.
    """
    if not secret:
        raise NoSecret
    digest = hmac.digest(secret, _PURPOSE + session_uid.encode(), "sha256")[:_BYTES]
    base = base_url if "://" in base_url else f"https://{base_url}"
    return f"{base.rstrip('/')}/mentormap-{b32encode(digest).decode().lower()}"
