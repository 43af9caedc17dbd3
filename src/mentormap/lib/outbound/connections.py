"""TLS connections to the IP addresses that were checked, for our own fetches and for libraries that use requests.

Each connection resolves the name once, checks the result, connects to that IP address and verifies the certificate for the
name: so a name that resolves differently a moment later (DNS rebinding) has no effect.
"""

import ssl
from contextlib import suppress
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

from mentormap.lib.outbound.addresses import WebAddress, web_address
from mentormap.lib.outbound.public_hosts import Resolve, public_addresses

CONNECT_SECONDS: Final = 5.0


class PinnedConnection(HTTPSConnection):
    """Connects to the first of the name's public IP addresses that answers. `connect` raises OutboundError."""

    def __init__(self, *arguments: Any, resolve: Resolve = public_addresses, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._resolve = resolve

    def connect(self) -> None:
        name, port = self.host, self.port
        self.server_hostname = name
        *others, last = self._resolve(name, port)
        try:
            for self.host, self.port in others:
                with suppress(OSError, HTTPError):
                    return super().connect()
            self.host, self.port = last
            return super().connect()
        finally:
            self.host, self.port = name, port


def connection_to(address: WebAddress, *, resolve: Resolve) -> PinnedConnection:
    """Makes a connection that is not open yet, and uses no proxy."""
    return PinnedConnection(
        address.host, address.port, timeout=CONNECT_SECONDS, ssl_context=_trust(), resolve=resolve
    )


def pinned_session(*, resolve: Resolve = public_addresses) -> requests.Session:
    """A session for libraries that use requests: checks each address, follows no redirect, uses no proxy and keeps no cookie."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    session.adapters.clear()
    session.mount("https://", _PinnedAdapter(resolve))
    return session


class _PinnedPool(HTTPSConnectionPool):
    ConnectionCls: Any = PinnedConnection


class _PinnedAdapter(HTTPAdapter):
    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self._resolve = resolve

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> HTTPSConnectionPool:
        """Raises OutboundError for an address that must not be called, even if requests has changed it."""
        address = web_address(request.url or "")
        return _PinnedPool(address.host, address.port, ssl_context=_trust(), resolve=self._resolve)


def _trust() -> ssl.SSLContext:
    """Trusts this machine's certificate authorities, and Mozilla's for machines that have none."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
