"""How mail leaves: each service by one setting, and a sentence for what cannot work."""

import importlib
from typing import Any

import pytest
from django.core.mail import get_connection
from pytest_django.fixtures import Settings

from mentormap.settings import mail
from mentormap.settings.environment import ConfigurationError
from mentormap.settings.mail import SERVICES, Proof

URLS = {
    "sendgrid": "sendgrid://SG.Ab-c_1%2F2",
    "ses": "ses://?region=eu-west-1",
    "mailgun": "mailgun://Key-1@mg.example.com?api_url=https://api.eu.mailgun.net/v3",
    "postmark": "postmark://Token",
    "brevo": "brevo://xkeysib-A",
    "resend": "resend://re_A",
    "mailjet": "mailjet://Key:Secret",
    "mailersend": "mailersend://mlsn.A",
    "mailtrap": "mailtrap://Token?sandbox_id=7",
    "mandrill": "mandrill://md-A",
    "postal": "postal://Key?api_url=https://postal.example.com/",
    "scaleway": "scaleway://Key?project_id=abc",
    "sparkpost": "sparkpost://Key",
    "unisender-go": "unisender-go://Key?api_url=https://go1.unisender.ru/en/transactional/api/v1/",
}


def settings_of(url: str = "", **more: str) -> dict[str, Any]:
    given = {"provider": "", "key": "", "webhook_secret": "", "public_url": "https://m.example"} | more
    return mail.mail_settings(url=url, **given)


def refusal(url: str = "", **more: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        settings_of(url, **more)
    return str(refused.value)


def test_every_service_has_a_url_here() -> None:
    assert set(URLS) == set(SERVICES)


@pytest.mark.parametrize("slug", SERVICES)
def test_a_service_is_set_up_by_its_url(slug: str, settings: Settings) -> None:
    found = settings_of(URLS[slug])
    for name, value in found.items():
        setattr(settings, name, value)

    connection = get_connection()
    backend = importlib.import_module(connection.__class__.__module__)
    assert connection.__class__ is backend.EmailBackend
    assert found["MAIL_SERVICE"] == slug


@pytest.mark.parametrize("slug", sorted(set(SERVICES) - {"ses", "postal", "scaleway", "unisender-go"}))
def test_provider_and_key_are_the_same_as_a_url(slug: str) -> None:
    assert settings_of(provider=slug, key="One:Two") == settings_of(f"{slug}://One:Two")


def test_keys_are_kept_as_they_are_written() -> None:
    assert settings_of(URLS["sendgrid"])["ANYMAIL"] == {
        "REQUESTS_TIMEOUT": 10,
        "SENDGRID_API_KEY": "SG.Ab-c_1/2",
    }
    assert settings_of(URLS["mailgun"])["ANYMAIL"] == {
        "REQUESTS_TIMEOUT": 10,
        "MAILGUN_API_KEY": "Key-1",
        "MAILGUN_SENDER_DOMAIN": "mg.example.com",
        "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
    }
    mailjet = settings_of(URLS["mailjet"])["ANYMAIL"]
    assert (mailjet["MAILJET_API_KEY"], mailjet["MAILJET_SECRET_KEY"]) == ("Key", "Secret")


def test_amazon_is_asked_once_within_a_time_limit() -> None:
    found = settings_of("ses://AKIA1:a%2Fb@?region=eu-west-1")["ANYMAIL"]
    assert found["AMAZON_SES_SESSION_PARAMS"] == {
        "aws_access_key_id": "AKIA1",
        "aws_secret_access_key": "a/b",
    }
    assert found["AMAZON_SES_CLIENT_PARAMS"] == {
        "region_name": "eu-west-1",
        "config": {"connect_timeout": 10, "read_timeout": 10, "retries": {"total_max_attempts": 1}},
    }


def test_amazons_region_may_come_from_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    found = settings_of(provider="ses")["ANYMAIL"]
    assert found["AMAZON_SES_CLIENT_PARAMS"]["region_name"] == "us-east-1"
    assert found["AMAZON_SES_SESSION_PARAMS"] == {}


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp://mail.example:2525/?tls=true", 2525, True, False),
        ("submission://u:p%40ss@mail.example", 587, True, False),
        ("smtps://u:p%40ss@mail.example", 465, False, True),
        ("smtps://u:p%40ss@mail.example:4650", 4650, False, True),
    ],
)
def test_mail_servers(url: str, port: int, *, starttls: bool, tls: bool) -> None:
    found = settings_of(url)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (starttls, tls)
    assert (found["MAIL_SERVICE"], found["MAIL_TAKES_INVITES"], found["EMAIL_TIMEOUT"]) == ("", True, 10)
    if "@" in url:
        assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("u", "p@ss")


@pytest.mark.parametrize("url", ["", "console:", "console://"])
def test_the_console(url: str) -> None:
    assert settings_of(url)["EMAIL_BACKEND"] == "mentormap.notifications.channels.console.EmailBackend"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"url": "sendgrid://K", "provider": "ses"},
            "EMAIL_URL and EMAIL_PROVIDER are both set. Keep one of them.",
        ),
        ({"key": "K"}, "EMAIL_API_KEY is set without EMAIL_PROVIDER."),
        (
            {"provider": "pigeon", "key": "K"},
            "EMAIL_PROVIDER is 'pigeon'. It must be one of brevo, mailersend",
        ),
        ({"url": "pigeon://K"}, "EMAIL_URL names no mail server."),
        ({"url": "smtp://mail.example:http"}, "EMAIL_URL names no mail server."),
        ({"url": "submission://"}, "EMAIL_URL names no mail server."),
        ({"url": "sendgrid://"}, "SendGrid needs its key. Write EMAIL_URL=sendgrid://KEY, or set"),
        ({"provider": "mailjet", "key": "K"}, "EMAIL_PROVIDER=mailjet and EMAIL_API_KEY=KEY:SECRET."),
        (
            {"url": "mailgun://K?colour=red"},
            "EMAIL_URL says 'colour'. For Mailgun it may say api_url, domain.",
        ),
        ({"url": "postal://Key"}, "Postal needs api_url. Write EMAIL_URL=postal://Key…?api_url=…"),
        ({"provider": "ses"}, "Amazon SES needs its region. Write EMAIL_URL=ses://?region=eu-west-1"),
        ({"url": "smtp://mail.example", "webhook_secret": "s"}, "only mail services send webhooks"),
        (
            {"url": URLS["scaleway"], "webhook_secret": "s"},
            "Scaleway's webhooks cannot be told from forged ones.",
        ),
        (
            {"url": URLS["postmark"], "webhook_secret": "s"},
            "https://user:password@m.example/webhooks/mail/postmark.",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(
    given: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert sentence in refusal(**given)


def test_a_webhook_secret_of_either_kind_is_kept() -> None:
    assert settings_of(URLS["mailgun"], webhook_secret="key")["MAIL_WEBHOOK_SECRET"] == "key"
    assert settings_of(URLS["ses"], webhook_secret="u:p")["MAIL_WEBHOOK_SECRET"] == "u:p"
    assert {slug for slug, service in SERVICES.items() if service.proof is Proof.NONE} == {
        "scaleway",
        "unisender-go",
    }
