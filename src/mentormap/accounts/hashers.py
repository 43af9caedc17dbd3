"""Password hashes with bounded memory, no matter how many people log in at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Lock
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_A_TIME: Final = 2
"""Hashes computed at once in a process; others wait, a few hundredths of a second each."""
_workers: Final = ThreadPoolExecutor(max_workers=AT_A_TIME, thread_name_prefix="hash")
"""Separate threads, because the C library keeps the 19 MiB of a hash for each thread that has computed one."""
_large: Final = Lock()
"""Verifies older hashes one at a time, because they need 100 MB each."""


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane. Hashes with other parameters are replaced at the next login.

    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return _workers.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        is_large = self.decode(encoded)["memory_cost"] > self.memory_cost
        with _large if is_large else nullcontext():
            return _workers.submit(super().verify, password, encoded).result()
