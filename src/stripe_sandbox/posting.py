"""One webhook over HTTP: no redirects, ten seconds."""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

TIMEOUT = 10.0


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status of the answer. Raises OSError where there is none."""
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request(
            "POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, headers
        )
        return connection.getresponse().status
    except HTTPException as error:
        raise OSError(f"No HTTP answer: {error}") from error
    finally:
        connection.close()
