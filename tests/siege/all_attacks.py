"""The list of attacks, complete once all modules are loaded."""

from tests.siege import accounts, doors, holds, logins, memory, outbound, phones, storage
from tests.siege.attack import ATTACKS

MODULES = (doors, memory, accounts, outbound, logins, phones, holds, storage)
ATTACKS.sort(key=lambda one: one.number)

__all__ = ["ATTACKS", "MODULES"]
