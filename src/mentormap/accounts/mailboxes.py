"""Which mailbox an address leads to: variants of one address count as one where mail is limited."""

from typing import Final

_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})


def mailbox_of(address: str) -> str:
    """In lower case, without `+tag`, and without the dots that Gmail ignores: `S.am+x@Gmail.com` is `sam@gmail.com`."""
    local, _, domain = address.strip().lower().rpartition("@")
    domain = domain.rstrip(".")
    name = local.partition("+")[0] or local
    if domain in _GMAIL:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"
