"""deploy/nginx.conf as it stands, with other names and ports: HTTPS before a production that is told of one proxy."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.servers.postgresql import free_port
from tests.servers.program import running_program
from tests.servers.proxies import certify, nginx

pytestmark = [pytest.mark.server, pytest.mark.nginx]


@dataclass
class Site:
    """HTTPS and plain addresses of one nginx; `certificate` is what a client must trust."""

    url: str
    plain_url: str
    certificate: str

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(self.url + path, verify=self.certificate, timeout=20, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    https, http = free_port(), free_port()
    variables = {
        "MENTORMAP_MODE": "production",
        "HOST": "127.0.0.1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PUBLIC_URL": f"https://localhost:{https}",
        "STRIPE_SECRET_KEY": "sk_test_not_a_real_one",
        "STRIPE_WEBHOOK_SECRET": "whsec_not_a_real_one",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "MentorMap <hello@example.com>",
    }
    certify(folder)
    with running_program(folder, **variables) as program:
        ports = {"80": http, "443": https, "3002": int(program.environment["PORT"])}
        with nginx(folder, ports):
            yield Site(
                f"https://localhost:{https}", f"http://localhost:{http}", str(folder / "fullchain.pem")
            )


def test_plain_http_is_sent_to_https(site: Site) -> None:
    answer = requests.get(site.plain_url + "/mentors?q=rust", allow_redirects=False, timeout=20)
    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://localhost/mentors?q=rust"


def test_pages_are_safe_by_default(site: Site) -> None:
    page = site.get("/login")
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    cookies = page.raw.headers.getlist("Set-Cookie")
    assert cookies
    assert all("Secure" in cookie for cookie in cookies)


def test_addresses_that_are_secrets_are_not_logged(site: Site) -> None:
    for path in (
        "/feeds/a-secret.ics",
        "/email/verify/a-secret",
        "/password/reset/1-a-secret",
        "/mentors?q=rust",
    ):
        site.get(path)
        requests.get(site.plain_url + path, allow_redirects=False, timeout=20)
    log = (Path(site.certificate).parent / "access.log").read_text()
    assert log.count("/mentors?q=rust") >= 2
    assert "a-secret" not in log


def test_a_form_comes_through_with_its_origin_checked(site: Site) -> None:
    with requests.Session() as browser:
        browser.verify, browser.trust_env = site.certificate, False
        page = browser.get(site.url + "/login", timeout=20)
        token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        fields = {"csrfmiddlewaretoken": token, "login": "sam@example.com", "password": "wrong-password"}
        ours = browser.post(
            page.url, data=fields, headers={"Referer": page.url, "Origin": site.url}, timeout=20
        )
        theirs = browser.post(page.url, data=fields, headers={"Origin": "https://evil.example"}, timeout=20)
    assert (ours.status_code, theirs.status_code) == (200, 403)


def test_metrics_are_closed_to_all_who_come_through_nginx(site: Site) -> None:
    for claimed in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}):
        assert site.get("/metrics", headers=claimed).status_code == 403


def test_another_name_is_refused(site: Site) -> None:
    assert site.get("/login", headers={"Host": "evil.example"}).status_code == 400


def test_what_is_too_large_is_refused_on_the_way(site: Site) -> None:
    answer = requests.post(
        site.url + "/api/payments/webhook", data=b"x" * 12_000_000, verify=site.certificate, timeout=20
    )
    assert answer.status_code == 413
