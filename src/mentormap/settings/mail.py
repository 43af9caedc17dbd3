"""Settings for mail: EMAIL_URL, or EMAIL_PROVIDER with EMAIL_API_KEY, for Django and django-anymail."""

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

import dj_email_url

from mentormap.settings.environment import ConfigurationError

TIMEOUT: Final = 10
"""Seconds that a mail server or service may take for each answer."""
OUR_HEADERS: Final = frozenset({"Message-ID", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post"})
_MESSAGE_ID: Final = frozenset({"Message-ID"})


class Proof(Enum):
    """How we know that a webhook comes from the service: it is signed, or has a user and password in its address."""

    SIGNATURE = auto()
    PASSWORD = auto()
    NONE = auto()


@dataclass(frozen=True)
class Service:
    """A mail service of django-anymail's.

    Where one `takes_invites`, they stand beside text and HTML; elsewhere they are files of the type `invite_file`.
    `prefix` begins its settings in ANYMAIL; `key` and `second_key` are the settings of its credentials. `refused_headers` are
    those that it does not let us write, `needs` an option that it cannot do without.
    """

    name: str
    prefix: str
    key: str = "API_KEY"
    second_key: str = ""
    proof: Proof = Proof.PASSWORD
    backend: str = ""
    takes_invites: bool = False
    invite_file: str = "text/calendar; method={method}"
    refused_headers: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""

    def knows(self) -> dict[str, str]:
        """The options allowed in the query of its URL, and the settings that they become."""
        return {"api_url": "API_URL", **self.options}

    def backend_of(self, slug: str) -> str:
        return self.backend or f"anymail.backends.{slug.replace('-', '_')}.EmailBackend"


SERVICES: Final[dict[str, Service]] = {
    "sendgrid": Service("SendGrid", "SENDGRID", proof=Proof.SIGNATURE, takes_invites=True),
    "ses": Service(
        "Amazon SES",
        "AMAZON_SES",
        key="",
        backend="anymail.backends.amazon_ses.EmailBackend",
        takes_invites=True,
    ),
    "mailgun": Service(
        "Mailgun",
        "MAILGUN",
        proof=Proof.SIGNATURE,
        backend="mentormap.notifications.channels.mailgun.EmailBackend",
        takes_invites=True,
        options={"domain": "SENDER_DOMAIN"},
    ),
    "postmark": Service(
        "Postmark", "POSTMARK", key="SERVER_TOKEN", options={"message_stream": "MESSAGE_STREAM"}
    ),
    "brevo": Service("Brevo", "BREVO", refused_headers=_MESSAGE_ID),
    "resend": Service(
        "Resend",
        "RESEND",
        proof=Proof.SIGNATURE,
        invite_file="text/calendar",  # it drops mails with a type that it does not expect of .ics, and says nothing
        refused_headers=_MESSAGE_ID,
    ),
    "mailjet": Service("Mailjet", "MAILJET", second_key="SECRET_KEY", refused_headers=_MESSAGE_ID),
    "mailersend": Service(
        "MailerSend",
        "MAILERSEND",
        key="API_TOKEN",
        proof=Proof.SIGNATURE,
        refused_headers=OUR_HEADERS,
    ),
    "mailtrap": Service(
        "Mailtrap",
        "MAILTRAP",
        key="API_TOKEN",
        proof=Proof.SIGNATURE,
        refused_headers=_MESSAGE_ID,
        options={"sandbox_id": "SANDBOX_ID"},
    ),
    "mandrill": Service("Mandrill", "MANDRILL", proof=Proof.SIGNATURE),
    "postal": Service("Postal", "POSTAL", proof=Proof.SIGNATURE, needs="api_url"),
    "scaleway": Service(
        "Scaleway",
        "SCALEWAY",
        key="SECRET_KEY",
        proof=Proof.NONE,
        refused_headers=_MESSAGE_ID,
        options={"project_id": "PROJECT_ID", "region": "REGION"},
        needs="project_id",
    ),
    "sparkpost": Service("SparkPost", "SPARKPOST"),
    "unisender-go": Service(
        "Unisender Go", "UNISENDER_GO", proof=Proof.NONE, refused_headers=_MESSAGE_ID, needs="api_url"
    ),
}


def mail_settings(
    *, url: str, provider: str, key: str, webhook_secret: str, public_url: str
) -> dict[str, Any]:
    """Settings of Django, of anymail, and our own MAIL_…; the console's for neither url nor provider.

    Raises ConfigurationError with a sentence for what cannot work.
    """
    if url and provider:
        _refuse("EMAIL_URL and EMAIL_PROVIDER are both set. Keep one of them.")
    try:
        scheme = provider.lower() or urlsplit(url).scheme
    except ValueError:
        _refuse("EMAIL_URL cannot be read. Write [ and other signs of a password as %5B and so on.")
    if key and not provider:
        _refuse(
            "EMAIL_API_KEY is set without EMAIL_PROVIDER. Name the service, such as EMAIL_PROVIDER=sendgrid."
        )
    if scheme in SERVICES:
        credentials, domain, options = (key, "", {}) if provider else _parts_of(url)
        settings = _service(scheme, credentials, domain, options)
        return settings | _webhooks(scheme, webhook_secret, public_url)
    if provider:
        _refuse(f"EMAIL_PROVIDER is {provider!r}. It must be one of {', '.join(sorted(SERVICES))}.")
    if webhook_secret:
        _refuse("EMAIL_WEBHOOK_SECRET is set, but only mail services send webhooks. Leave it out.")
    return _our_own() | (_server(url) if url and scheme != "console" else _console())


def _our_own(slug: str = "") -> dict[str, Any]:
    """Returns what our own code needs to know of the mail service; a mail server accepts everything."""
    service = SERVICES.get(slug)
    return {
        "MAIL_LEAVES": True,
        "MAIL_SERVICE": slug,
        "MAIL_SERVICE_NAME": service.name if service else "",
        "MAIL_TAKES_INVITES": service is None or service.takes_invites,
        "MAIL_INVITE_FILE": service.invite_file if service else "",
        "MAIL_REFUSED_HEADERS": service.refused_headers if service else frozenset(),
        "MAIL_WEBHOOK_SECRET": "",
        "EMAIL_TIMEOUT": TIMEOUT,
    }


def _console() -> dict[str, Any]:
    return {
        "EMAIL_BACKEND": "mentormap.notifications.channels.console.EmailBackend",
        "MAIL_LEAVES": False,
    }


def _server(url: str) -> dict[str, Any]:
    """`smtps` is TLS from the start, port 465 (RFC 8314 section 7.3), which dj-email-url has otherwise."""
    if url.startswith("smtps:"):
        url = url.replace("smtps:", "smtp:", 1)
        return _server(url) | {"EMAIL_USE_SSL": True, "EMAIL_PORT": urlsplit(url).port or 465}
    parts = _parse_url(url)
    if "smtp" not in parts.get("EMAIL_BACKEND", "") or not parts["EMAIL_HOST"]:
        _refuse(
            "EMAIL_URL names no mail server. Write submission://user:password@smtp.example.com:587 for STARTTLS, "
            "smtps://user:password@smtp.example.com for TLS from the start, smtp://host:25 for neither, "
            f"or a mail service, such as sendgrid://KEY. These are known: {', '.join(sorted(SERVICES))}."
        )
    names = ["BACKEND", "HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL"]
    return {f"EMAIL_{name}": parts[f"EMAIL_{name}"] for name in names}


def _parse_url(url: str) -> dict[str, Any]:
    """Empty for a port that is no number."""
    try:
        return dict(dj_email_url.parse(url))  # type: ignore[no-untyped-call]
    except ValueError:
        return {}


def _parts_of(url: str) -> tuple[str, str, dict[str, str]]:
    """Credentials, domain and options. A key is kept as it is written, where host names would be put in lower case."""
    parts = urlsplit(url)
    credentials, has_domain, domain = parts.netloc.rpartition("@")
    if not has_domain:
        credentials, domain = domain, ""
    return credentials, domain, dict(parse_qsl(parts.query))


def _service(slug: str, credentials: str, domain: str, options: dict[str, str]) -> dict[str, Any]:
    service = SERVICES[slug]
    if domain:
        options = {"domain": domain, **options}
    own = _ses(credentials, options) if slug == "ses" else _with_key(slug, service, credentials, options)
    if slug == "sendgrid":  # anymail no longer tries it; our tests do
        warnings.filterwarnings("ignore", message="django-anymail has dropped official support for SendGrid")
    if slug == "postmark":  # keeps our Message-ID
        own["POSTMARK_SEND_DEFAULTS"] = {"extra_headers": {"X-PM-KeepID": "true"}}
    return _our_own(slug) | {
        "EMAIL_BACKEND": service.backend_of(slug),
        "ANYMAIL": {"REQUESTS_TIMEOUT": TIMEOUT, **own},
    }


def _with_key(slug: str, service: Service, credentials: str, options: dict[str, str]) -> dict[str, Any]:
    key, _, second = credentials.partition(":") if service.second_key else (credentials, "", "")
    if not key or (service.second_key and not second):
        form = "KEY:SECRET" if service.second_key else "KEY"
        _refuse(
            f"{service.name} needs its key. Write EMAIL_URL={slug}://{form}, or set EMAIL_PROVIDER={slug} and EMAIL_API_KEY={form}."
        )
    strange = sorted(set(options) - set(service.knows()))
    if strange:
        _refuse(f"EMAIL_URL says {strange[0]!r}. For {service.name} it may say {', '.join(service.knows())}.")
    if service.needs and service.needs not in options:
        _refuse(
            f"{service.name} needs {service.needs}. Write EMAIL_URL={slug}://{unquote(key)[:3]}…?{service.needs}=…"
        )
    settings = {service.key: unquote(key), service.second_key: unquote(second)}
    settings |= {service.knows()[name]: value for name, value in options.items()}
    return {f"{service.prefix}_{name}": value for name, value in settings.items() if name}


def _ses(credentials: str, options: dict[str, str]) -> dict[str, Any]:
    """Without a key, boto3 finds what the machine has; AWS_ENDPOINT_URL leads it elsewhere. It tries once: the outbox tries again."""
    region = options.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region or set(options) - {"region"}:
        _refuse("Amazon SES needs its region. Write EMAIL_URL=ses://?region=eu-west-1, or set AWS_REGION.")
    key, _, secret = credentials.partition(":")
    login = {"aws_access_key_id": unquote(key), "aws_secret_access_key": unquote(secret)} if key else {}
    limits = {"connect_timeout": TIMEOUT, "read_timeout": TIMEOUT, "retries": {"total_max_attempts": 1}}
    return {
        "AMAZON_SES_SESSION_PARAMS": login,
        "AMAZON_SES_CLIENT_PARAMS": {"region_name": region, "config": limits},
    }


def _webhooks(slug: str, secret: str, public_url: str) -> dict[str, Any]:
    """Bounces and complaints are taken only with what proves that the service sent them."""
    service = SERVICES[slug]
    if secret and service.proof is Proof.NONE:
        _refuse(f"{service.name}'s webhooks cannot be told from forged ones. Leave EMAIL_WEBHOOK_SECRET out.")
    if secret and service.proof is Proof.PASSWORD and ":" not in secret.strip(":"):
        _refuse(
            f"EMAIL_WEBHOOK_SECRET must be user:password for {service.name}, whose webhook then has the address "
            f"{public_url.replace('://', '://user:password@', 1)}/webhooks/mail/{slug}."
        )
    return {"MAIL_WEBHOOK_SECRET": secret}


def _refuse(problem: str) -> NoReturn:
    raise ConfigurationError([problem])
