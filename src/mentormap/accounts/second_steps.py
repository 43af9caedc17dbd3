"""The secrets of two-step login, encrypted in the database, so that a copy of it is not enough to compute codes."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db import transaction

from mentormap.lib import encryption
from mentormap.lib.encryption import Unreadable

PURPOSE: Final = "two-step login"


def encrypt(text: str) -> str:
    return encryption.encrypt(text, purpose=PURPOSE)


def decrypt(stored: str) -> str:
    """Raises Unreadable."""
    return encryption.decrypt(stored, purpose=PURPOSE)


def encrypt_all(authenticators: type[Authenticator] = Authenticator) -> Counter[str]:
    """Encrypts secrets that are in the clear or encrypted with an earlier SECRET_KEY with the current one. It can be repeated.

    Returns the numbers of `current` and `unreadable` secrets. A migration passes its historical model.
    """
    found: Counter[str] = Counter()
    for pk in authenticators.objects.values_list("pk", flat=True):
        found[_rewrite(authenticators, pk, renew)] += 1
    return found


def decrypt_all(authenticators: type[Authenticator]) -> None:
    """Decrypts all secrets, to go back to a version that stores them in the clear."""
    for pk in authenticators.objects.values_list("pk", flat=True):
        _rewrite(authenticators, pk, decrypt)


def state_of_all() -> Counter[str]:
    """Counts secrets that are `current`, `unreadable`, or `old`: in the clear or encrypted with an earlier SECRET_KEY."""
    return Counter(_state(data) for data in Authenticator.objects.values_list("data", flat=True))


def renew(stored: str) -> str:
    """Leaves it unchanged if it is encrypted with the current SECRET_KEY. Raises Unreadable."""
    is_current = encryption.is_current(stored, purpose=PURPOSE)
    return stored if is_current else encrypt(decrypt(stored))


@transaction.atomic
def _rewrite(authenticators: type[Authenticator], pk: int, change: Callable[[str], str]) -> str:
    """Locks the row, so that a recovery code used at the same moment stays used."""
    row = authenticators.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return "gone"
    try:
        data = _with_secrets(row.data, change)
    except Unreadable:
        return "unreadable"
    if data != row.data:
        row.data = data
        row.save(update_fields=["data"])
    return "current"


def _state(data: dict[str, Any]) -> str:
    try:
        return "current" if _with_secrets(data, renew) == data else "old"
    except Unreadable:
        return "unreadable"


def _with_secrets(data: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """`secret` is an app's, `seed` that of recovery codes, `migrated_codes` are recovery codes from elsewhere."""
    changed = dict(data)
    for name in ("secret", "seed"):
        if name in data:
            changed[name] = change(data[name])
    if data.get("migrated_codes") is not None:
        changed["migrated_codes"] = [change(code) for code in data["migrated_codes"]]
    return changed
