"""Attack 4: addresses that would have the program call other machines."""

from base64 import urlsafe_b64encode
from typing import Any

from tests.siege.attack import attack
from tests.siege.site import Browser, Site

GOOD = "https://fcm.googleapis.com/fcm/send/abc"
HOSTILE = (
    "https://127.0.0.77\\.fcm.googleapis.com/x",
    "https://:p@fcm.googleapis.com/x",
    "https://fcm.goo\tgleapis.com/x",
    "https://user@fcm.googleapis.com/x",
    "https://fcm.googleapis.com\\@127.0.0.77/x",
    "https://fcm.googleapis.com:22/x",
    "https://127.0.0.77/x",
    "http://fcm.googleapis.com/x",
)


@attack(4, "push addresses of other machines that are taken", unit="", before="3", limit=0, quick=True)
def push_addresses(site: Site) -> float:
    student = site.browser()
    student.log_in("student@example.com")
    student.prove()
    assert push(student, GOOD) == 204, "a good address must be taken"
    taken = sum(push(student, endpoint) == 204 for endpoint in HOSTILE)
    student.fill("/settings/push/remove", at="/settings")
    return taken


def push(browser: Browser, endpoint: str) -> int:
    """The status of a subscription."""
    keys: dict[str, Any] = {"p256dh": text(65), "auth": text(16)}
    return browser.fill("/settings/push", at="/settings/notices", endpoint=endpoint, **keys).status_code


def text(length: int) -> str:
    return urlsafe_b64encode(b"\x04" * length).rstrip(b"=").decode()
