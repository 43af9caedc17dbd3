"""Random identifiers with Stripe's prefixes (`pi_…`, `cs_test_…`)."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTHS = {"cs_test": 58, "req": 14}


def new(prefix: str) -> str:
    """At least 83 bits of randomness; a Checkout Session's id is the key to its page, and has 345."""
    length = LENGTHS.get(prefix, 24)
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(length))}"
