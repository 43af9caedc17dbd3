"""Limits on the time to receive a request and to send a response, and on the bytes that one process buffers."""

from threading import Lock
from typing import Final

THREADS: Final = 8
"""Requests processed at once: most wait for the database, for Stripe, or for their turn to hash a password."""
CONNECTIONS: Final = 4000
"""Connections open at once in a process, if the system lets it open twice as many files."""
HEAD_BYTES: Final = 16 * 1024
CONTROL_BYTES: Final = 4 * 1024
"""The longest size line of a chunk, or trailer, in a chunked body."""
IN_MEMORY_BYTES: Final = 128 * 1024
"""Longer bodies wait in a temporary file."""

ARRIVAL_SECONDS: Final = 15.0
"""The time for head and body together, from the first byte; also for the first byte of a new connection."""
ARRIVAL_RATE: Final = 50 * 1024
"""Bytes that earn one more second to arrive."""
IDLE_SECONDS: Final = 75.0
"""The time between two requests on one connection: longer than a proxy in front keeps it."""
READING_SECONDS: Final = 60.0
"""The time for the client to read a response, and a second more for each READING_RATE bytes that it has read."""
READING_RATE: Final = 10 * 1024
LINGER_SECONDS: Final = 2.0
"""How long the rest of a refused request is discarded, so that the client gets the response, not a reset (RFC 9112 section 9.6)."""
DRAIN_SECONDS: Final = 10.0
"""The time for requests under way after SIGTERM; less than the supervisor waits."""
NEWCOMER_SECONDS: Final = 1.0
"""The time after SIGTERM for the first byte of a connection that was just accepted."""
RETRY_SECONDS: Final = 5
"""Retry-After of the server's own 503."""

UNFINISHED_BYTES: Final = 32 * 1024 * 1024
"""The limit for all requests that have not arrived in full."""
SPARE: Final = 1 / 8
"""The part of a limit that is freed once it is reached, so that not every packet has to make room."""
ARRIVED_BYTES: Final = 64 * 1024 * 1024
"""The limit for all requests that have arrived in full and have not been answered."""
UNREAD_BYTES: Final = 64 * 1024 * 1024
"""The limit for all responses that have not been read."""


class Budget:
    """Counts the bytes of requests in this process, across its threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.unfinished = self.arrived = 0

    def take(self, size: int) -> bool:
        """Reserves bytes for an unfinished request. Returns whether they fit."""
        with self._lock:
            if self.unfinished + size > UNFINISHED_BYTES:
                return False
            self.unfinished += size
            return True

    def is_roomy(self, size: int) -> bool:
        """Returns whether this many bytes fit, with the part that is to be spare."""
        return self.unfinished + max(size, SPARE * UNFINISHED_BYTES) <= UNFINISHED_BYTES

    def finish(self, taken: int, *, size: int) -> bool:
        """Counts a request of `size` bytes that arrived in full, `taken` of them reserved. Returns whether it fits."""
        with self._lock:
            if self.arrived + size > ARRIVED_BYTES:
                return False
            self.unfinished -= taken
            self.arrived += size
            return True

    def drop(self, size: int) -> None:
        """Releases the bytes of an unfinished request that is given up."""
        with self._lock:
            self.unfinished -= size

    def release(self, size: int) -> None:
        """Releases the bytes of a request that was answered."""
        with self._lock:
            self.arrived -= size
