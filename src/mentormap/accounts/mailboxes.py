"""The mailbox of an address, so that mail limits count variants of one address together."""

from typing import Final

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})


def mailbox_of(address: str) -> str:
    """Lowers the case and removes `+tag` and the dots that Gmail ignores: `S.am+x@Gmail.com` becomes `sam@gmail.com`."""
    local, _, domain = address.strip().lower().rpartition("@")
    domain = domain.rstrip(".")
    name = local.partition("+")[0] or local
    if domain in _GMAIL:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"
