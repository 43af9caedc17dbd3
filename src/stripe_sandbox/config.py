"""The sandbox's configuration."""

from dataclasses import dataclass

from stripe_sandbox.webhooks import Endpoint

DEFAULT_PORT = 12111


@dataclass(frozen=True)
class Config:
    """`data` is a SQLite file; `public_url` the address under which browsers reach the hosted pages."""

    api_key: str
    data: str = ":memory:"
    public_url: str = f"http://localhost:{DEFAULT_PORT}"
    webhook: Endpoint | None = None
