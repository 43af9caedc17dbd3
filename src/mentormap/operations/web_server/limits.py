"""How long a request may take to arrive and an answer to be read, and how much of them one process keeps."""

from threading import Lock
from typing import Final

THREADS: Final = 8
"""Requests answered at once: most wait for the database or for Stripe, or their turn to hash a password."""
CONNECTIONS: Final = 4000
"""Open at once in a process, if the system lets it open twice as many files."""
HEAD_BYTES: Final = 16 * 1024
CONTROL_BYTES: Final = 4 * 1024
"""Of one chunk's size line, or of the trailer, in a chunked body."""
IN_MEMORY_BYTES: Final = 128 * 1024
"""Longer bodies wait in a temporary file."""

ARRIVAL_SECONDS: Final = 15.0
"""For head and body in all, from the first byte, and as long for the first byte of a new connection."""
ARRIVAL_RATE: Final = 50 * 1024
"""Bytes that earn one more second to arrive."""
IDLE_SECONDS: Final = 75.0
"""Between two requests on one connection: longer than a proxy in front keeps it."""
READING_SECONDS: Final = 60.0
"""For an answer to be read, and a second more for each READING_RATE bytes of it that were."""
READING_RATE: Final = 10 * 1024
LINGER_SECONDS: Final = 2.0
"""What a refused client still sends is thrown away for this long, so that it reads the answer and no reset (RFC 9112 section 9.6)."""
DRAIN_SECONDS: Final = 10.0
"""After SIGTERM, for requests under way; less than the supervisor's patience."""
NEWCOMER_SECONDS: Final = 1.0
"""After SIGTERM, for the first byte of a connection that was just accepted."""
RETRY_SECONDS: Final = 5
"""When to try again after a 503 of the server's own."""

UNFINISHED_BYTES: Final = 32 * 1024 * 1024
"""Of all requests that have not arrived in full."""
HELD_BYTES: Final = 64 * 1024 * 1024
"""Of all requests that have not been answered."""
UNREAD_BYTES: Final = 64 * 1024 * 1024
"""Of all answers that have not been read."""


class Budget:
    """Counts the bytes that requests hold in this process, for all its threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.unfinished = self.held = 0

    def take(self, size: int) -> bool:
        """For an unfinished request. Returns whether it fits."""
        with self._lock:
            if self.unfinished + size > UNFINISHED_BYTES or self.held + size > HELD_BYTES:
                return False
            self.unfinished += size
            self.held += size
            return True

    def finish(self, size: int, *, more: int) -> bool:
        """A request that has taken `size` arrived in full, with `more` bytes. Returns whether it fits."""
        with self._lock:
            if self.held + more > HELD_BYTES:
                return False
            self.unfinished -= size
            self.held += more
            return True

    def drop(self, size: int) -> None:
        """An unfinished request is given up."""
        with self._lock:
            self.unfinished -= size
            self.held -= size

    def give_back(self, size: int) -> None:
        """A finished request was answered."""
        with self._lock:
            self.held -= size
