"""The besieged program as a stranger meets it, and what an operator sees of it from the inside."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from tests.servers.processes import children_of
from tests.servers.program import PASSWORD, Program, Users

SECONDS = 30


class Browser(requests.Session):
    """One person's browser, at an address of this machine's own."""

    def __init__(self, site: "Site", *, address: str) -> None:
        super().__init__()
        self.site, self.trust_env = site, False
        self.verify = site.certificate or True
        self.mount("https://", From(address))
        self.mount("http://", From(address))

    def open(self, path: str) -> requests.Response:
        return self.get(self.site.url + path, timeout=SECONDS)

    def fill(
        self, path: str, *, at: str | None = None, files: dict[str, Any] | None = None, **fields: str
    ) -> requests.Response:
        """A form as the page at `at` (else at the path itself) holds it, with these fields set; redirects are not followed."""
        page = self.open(at or path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, f"no form at {page.url}: {page.status_code}"
        return self.post(
            self.site.url + path,
            data={"csrfmiddlewaretoken": token[1]} | fields,
            files=files,
            headers={"Referer": self.site.url + path, "Origin": self.site.url},
            timeout=SECONDS,
            allow_redirects=False,
        )

    def log_in(self, email: str, password: str = PASSWORD) -> requests.Response:
        return self.fill("/login", login=email, password=password)

    def prove(self, password: str = PASSWORD) -> requests.Response:
        return self.fill("/reauthenticate", password=password)


class From(HTTPAdapter):
    """Connects from one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named, source_address=(self.address, 0))


@dataclass
class Site:
    """`url` is the front's; `certificate` what a client must trust, None for plain HTTP."""

    program: Program
    url: str
    certificate: str | None = None
    _networks: int = field(default=0, init=False)

    @cached_property
    def users(self) -> Users:
        """Nine students and two mentors of whom no other attack knows."""
        return self.program.users(students=9, mentors=2)

    def browser(self) -> Browser:
        """In a network of its own."""
        return self.neighbours(1)[0]

    def neighbours(self, count: int) -> list[Browser]:
        """Browsers of one network (a /24), each at another address."""
        self._networks += 1
        return [Browser(self, address=f"127.1.{self._networks}.{host}") for host in range(1, count + 1)]

    def connect(self) -> socket.socket:
        """To the front, past TLS."""
        parts = urlsplit(self.url)
        plain = socket.create_connection(("127.0.0.1", int(parts.port or 0)), timeout=SECONDS)
        if parts.scheme == "http":
            return plain
        context = ssl.create_default_context(cafile=self.certificate)
        return context.wrap_socket(plain, server_hostname="localhost")

    def mails(self) -> list[EmailMessage]:
        """All mails and short messages that left, the oldest first."""
        folder = Path(self.program.environment["MENTORMAP_DATA_DIR"]) / "mailbox"
        raw = [path.read_bytes() for path in sorted(folder.glob("*")) if path.suffix != ".part"]
        return [message_from_bytes(one, policy=policy.default) for one in raw]

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails() if address in str(mail["To"])]

    def wait_for_mail(self, address: str, *, seconds: float = 15) -> EmailMessage:
        deadline = time.monotonic() + seconds
        while not (found := self.mails_to(address)):
            assert time.monotonic() < deadline, f"no mail to {address}"
            time.sleep(0.2)
        return found[-1]

    def settle(self) -> None:
        """Gives the worker the time to send what waits."""
        time.sleep(4)

    @contextmanager
    def watched_memory(self) -> Iterator[list[float]]:
        """Collects the memory of the whole tree, in MB, all the while."""
        seen, is_over = [self.memory()], threading.Event()

        def watch() -> None:
            while not is_over.wait(0.02):
                seen.append(self.memory())

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield seen
        finally:
            is_over.set()
            thread.join()

    def memory(self) -> float:
        """MB of all processes, what they share counted once (PSS)."""
        pids = [self.program.process.pid, *children_of(self.program.process.pid)]
        return sum(map(pss, pids)) / 1024


def pss(pid: int) -> int:
    """KB; 0 for a process that has just ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
    return int(found[1]) if found else 0


def words(page: requests.Response) -> str:
    """The text of a page without what differs from one request to the next."""
    text = re.sub(r"<script.*?</script>|<[^>]*>", " ", page.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(text)).strip()
