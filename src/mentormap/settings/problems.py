"""Problems of the configuration: values that cannot work or are not secure, each with a sentence that says how to fix it."""

import re
import zlib
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from itertools import pairwise
from typing import Final

from mentormap.settings.environment import is_web_origin

_STRIPE_KEY: Final = re.compile(r"(sk|rk)_(org_)?(test|live)_\w+")
_SIGNING_SECRET: Final = re.compile(r"whsec_(\S{8,})")
_ALLOWED_HOST: Final = re.compile(
    r"([a-z0-9_-]+\.)*[a-z0-9_-]+|\.([a-z0-9_-]+\.)+[a-z0-9_-]+|\[[0-9a-f:.]+\]"
)
"""Matches a name or an address, or all subdomains of a name with at least two parts."""
_MAKE_ONE: Final = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
_LEAST_COMPRESSED: Final = 32
"""The compressed size, in bytes, below which 50 characters are not random: random digits need at least 41, repetitions at most 27."""
_LEAST_DISTINCT: Final = 6
_EXAMPLES: Final = (
    "changeme",
    "changethis",
    "example",
    "insecure",
    "password",
    "placeholder",
    "replaceme",
    "replacethis",
    "secretkey",
    "webhooksecret",
    "yourkey",
    "yoursecret",
    "yourtoken",
)
"""Words of texts that stand for a secret in documents. Each is long enough not to occur in a random text by chance."""


def demo_problems(values: Mapping[str, str]) -> list[str]:
    """Returns the problems of a demo's variables, all of which are optional."""
    problems = []
    if not is_web_origin(values["PUBLIC_URL"]):
        problems.append(
            "PUBLIC_URL must be the address of this site without a path or a password, such as http://localhost:3002."
        )
    if not _STRIPE_KEY.fullmatch(values["STRIPE_SECRET_KEY"]):
        problems.append(
            "STRIPE_SECRET_KEY is not a secret key. Copy the whole one that begins with sk_test_, or leave it out."
        )
    elif "_live_" in values["STRIPE_SECRET_KEY"]:
        problems.append(
            "STRIPE_SECRET_KEY takes real money, and a demo's mentors are made up. Copy the one that begins with sk_test_, or set MENTORMAP_MODE to production."
        )
    if "@" not in parseaddr(values["MAIL_FROM"])[1]:
        problems.append(
            "MAIL_FROM has no address. Write one such as MentorMap <hello@example.com>, or leave it out."
        )
    return problems + host_problems(values["ALLOWED_HOSTS"].split(","))


def production_problems(values: Mapping[str, str]) -> list[str]:
    """Returns the problems of production's variables: missing or insecure values."""
    problems = [
        *_key_problems(values["SECRET_KEY"]),
        *_fallback_problems(values["SECRET_KEY_FALLBACKS"].split()),
        *_token_problems(values),
    ]
    if not (is_web_origin(values["PUBLIC_URL"]) and values["PUBLIC_URL"].lower().startswith("https:")):
        problems.append(
            "PUBLIC_URL must be the https address of this site without a path or a password, such as https://mentors.example.com."
        )
    if not _STRIPE_KEY.fullmatch(values["STRIPE_SECRET_KEY"]):
        problems.append(
            "STRIPE_SECRET_KEY is missing or cut short. Copy the whole secret key (sk_live_… or sk_test_…) from Stripe's dashboard."
        )
    if not all(_is_signing_secret(part) for part in values["STRIPE_WEBHOOK_SECRET"].split(",")):
        problems.append(
            "STRIPE_WEBHOOK_SECRET is missing, cut short or made up. Add the endpoint PUBLIC_URL/api/payments/webhook in Stripe's "
            "dashboard and copy the whole of its signing secret (whsec_…)."
        )
    if not values["EMAIL_URL"]:
        problems.append(
            "EMAIL_URL is missing. Name your mail server, such as submission://user:password@smtp.example.com:587, "
            "or your mail service, such as sendgrid://KEY."
        )
    if "@" not in parseaddr(values["MAIL_FROM"])[1]:
        problems.append(
            "MAIL_FROM is missing or has no address. Name the sender of all mail, such as MentorMap <hello@example.com>."
        )
    return problems + host_problems(values["ALLOWED_HOSTS"].split(","))


def _key_problems(key: str) -> list[str]:
    weakness = _weakness(key) if key else "is missing"
    return [f"SECRET_KEY {weakness}. Set it to a long random text: {_MAKE_ONE}."] if weakness else []


def _fallback_problems(keys: Iterable[str]) -> list[str]:
    """Returns a problem for each weak earlier key: it is trusted as much as the current one."""
    return [
        f"SECRET_KEY_FALLBACKS: value {number} {weakness}, so anyone can forge links and logins with it. Remove it. Logins and "
        "mailed links that it signed then end, and two-step login stops working for people whose secret only it can decrypt."
        for number, key in enumerate(keys, start=1)
        if (weakness := _weakness(key))
    ]


def _weakness(key: str) -> str:
    """Returns why a signing key is not secure, as the end of a sentence, or an empty text."""
    if len(key) < 50:
        return "is shorter than 50 characters"
    if _is_regular(key.encode()):
        return "can be guessed: it repeats or counts"
    if _is_example(key):
        return "can be guessed: it reads like an example"
    return ""


def _is_regular(code: bytes) -> bool:
    """Returns whether 50 or more characters repeat themselves or, like an alphabet, rise or fall by equal steps."""
    steps = bytes((after - before) % 256 for before, after in pairwise(code))
    return min(len(zlib.compress(each, 9)) for each in (code, steps)) < _LEAST_COMPRESSED


def _is_example(text: str) -> bool:
    letters = "".join(filter(str.isalpha, text.lower()))
    return any(words in letters for words in _EXAMPLES)


def _is_signing_secret(text: str) -> bool:
    found = _SIGNING_SECRET.fullmatch(text)
    return found is not None and len(set(found[1])) >= _LEAST_DISTINCT and not _is_example(found[1])


def _token_problems(values: Mapping[str, str]) -> list[str]:
    """Returns the problems of optional secrets that keep strangers out where they are set."""
    return [
        f"{name} is too short, repeats itself or reads like an example, so it can be guessed. Set it to a random text of at least 16 characters: {_MAKE_ONE}."
        for name in ("METRICS_TOKEN", "EMAIL_WEBHOOK_SECRET")
        if (value := values[name])
        and (len(value) < 16 or len(set(value)) < _LEAST_DISTINCT or _is_example(value))
    ]


def host_problems(hosts: Iterable[str]) -> list[str]:
    """Returns the problems of host names; a pattern for all names would let any site pose as this one, in mails and browsers."""
    return [
        f"ALLOWED_HOSTS names {host!r}, which is not a host name, or matches too many. Write each name in full, such as www.example.com, or .example.com for all names below it."
        for host in hosts
        if host and not _ALLOWED_HOST.fullmatch(host.lower())
    ]
