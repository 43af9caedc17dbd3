"""Attack 2: work that needs memory, all at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO

from PIL import Image

from tests.siege.attack import attack
from tests.siege.site import Browser, Site

TREE = 512
"""MB that the whole program may take, whatever strangers send."""


@attack(
    2, "memory of the program at nine wrong logins at once", unit="MB", before="900", limit=TREE, quick=True
)
def nine_logins(site: Site) -> float:
    browsers = [site.browser() for _ in range(9)]
    wrong = {"email": "mentor@example.com", "password": "not-this-one"}

    def log_in(browser: Browser) -> None:
        browser.post(
            f"{site.url}/api/auth/login", json=wrong | {"email": f"{id(browser)}@example.com"}, timeout=60
        )

    with site.watched_memory() as seen, ThreadPoolExecutor(9) as pool:
        list(pool.map(log_in, browsers))
    return max(seen)


@attack(2, "memory of the program at four photos at once", unit="MB", before="1761", limit=TREE)
def four_photos(site: Site) -> float:
    """Few bytes that are 20 megapixels, then the most that is taken."""
    mentor = site.browser()
    mentor.log_in("mentor@example.com")
    fields = fields_of(mentor.open("/mentoring/profile").text) | {"new_expertise": "Sieges"}

    def upload(photo: bytes) -> int:
        files = {"photo": ("photo.webp", photo, "image/webp")}
        return mentor.fill("/mentoring/profile", files=files, **fields).status_code

    with site.watched_memory() as seen, ThreadPoolExecutor(4) as pool:
        for side in (4472, 3999):
            statuses = list(pool.map(upload, [flat_webp(side)] * 4))
    assert 302 in statuses, f"no photo was taken: {statuses}"
    return max(seen)


def flat_webp(side: int) -> bytes:
    """A picture of one colour: few bytes, many pixels."""
    written = BytesIO()
    Image.new("RGB", (side, side), "teal").save(written, "WEBP", lossless=True, method=0)
    return written.getvalue()


def fields_of(page: str) -> dict[str, str]:
    """What the profile's form holds in its fields for text, and the chosen currency."""
    found = dict(re.findall(r'<input[^>]*name="(headline|hourly_rate)"[^>]*value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s*([^<]*)</textarea>', page))
    chosen = re.search(r'name="currency".*?<option[^>]*value="([^"]*)"[^>]*selected', page, re.DOTALL)
    found["currency"] = chosen[1] if chosen else "USD"
    return {name: unescape(value) for name, value in found.items()}
