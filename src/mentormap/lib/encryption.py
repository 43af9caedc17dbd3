"""Encrypts secrets in the database with Fernet (AES-128-CBC and HMAC-SHA256), with keys derived from SECRET_KEY.

Each purpose has its own key (HKDF, RFC 5869). SECRET_KEY_FALLBACKS decrypt values encrypted with an earlier SECRET_KEY.
"""

from base64 import urlsafe_b64encode
from functools import cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MARK: Final = "fernet:"
"""Marks encrypted values: those that an earlier version stored in the clear do not begin with it."""


class Unreadable(Exception):
    """The value was encrypted with neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS."""


def encrypt(text: str, *, purpose: str) -> str:
    return MARK + _fernet(settings.SECRET_KEY, purpose).encrypt(text.encode()).decode()


def decrypt(stored: str, *, purpose: str) -> str:
    """Returns values that are not encrypted unchanged. Raises Unreadable."""
    if not stored.startswith(MARK):
        return stored
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    try:
        return MultiFernet([_fernet(key, purpose) for key in keys]).decrypt(_token(stored)).decode()
    except InvalidToken:
        raise Unreadable from None


def is_current(stored: str, *, purpose: str) -> bool:
    """Returns whether it is encrypted with the current SECRET_KEY."""
    if not stored.startswith(MARK):
        return False
    try:
        _fernet(settings.SECRET_KEY, purpose).decrypt(_token(stored))
    except InvalidToken:
        return False
    return True


def _token(stored: str) -> bytes:
    return stored.removeprefix(MARK).encode()


@cache
def _fernet(secret: str, purpose: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"mentormap {purpose}".encode())
    return Fernet(urlsafe_b64encode(key.derive(secret.encode())))
