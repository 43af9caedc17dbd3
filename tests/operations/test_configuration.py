"""Every option is a variable; what cannot work is refused at the start with a sentence that says how to correct it."""

import os
import re
import runpy
import secrets
import stat
import subprocess
import sys
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from string import ascii_letters, digits, hexdigits
from types import SimpleNamespace

import pytest
from environs import Env, EnvError

import mentormap
from mentormap.settings.environment import ConfigurationError, demo_secrets, secret
from mentormap.settings.problems import production_problems

SETTINGS = str(Path(mentormap.__file__).parent / "settings/base.py")
Read = Callable[..., SimpleNamespace]

STRONG = "JqKx0v3wY7b2ZcR9sLh4Tn6Um8Pd1Fg5Ea-Oi_WkVyXtQrSuBjMz"
EXAMPLE = "your-secret-key-goes-here-please-change-me-in-production-1234"
COMPLETE = {
    "MENTORMAP_MODE": "production",
    "SECRET_KEY": STRONG,
    "PUBLIC_URL": "https://mentors.example.com",
    "STRIPE_SECRET_KEY": "sk_live_abc",
    "STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh",
    "EMAIL_URL": "submission://me:secret@smtp.example.com:587",
    "MAIL_FROM": "MentorMap <hello@example.com>",
}


@pytest.fixture
def settings_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads the settings afresh, with these variables and no others."""

    def read(**variables: str) -> SimpleNamespace:
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in {"MENTORMAP_DATA_DIR": str(tmp_path), **variables}.items():
            monkeypatch.setenv(name, value)
        return SimpleNamespace(**runpy.run_path(SETTINGS))

    return read


def test_production_names_all_that_is_missing_at_once() -> None:
    also_read = [
        "SECRET_KEY_FALLBACKS",
        "EMAIL_URL",
        "METRICS_TOKEN",
        "EMAIL_WEBHOOK_SECRET",
        "ALLOWED_HOSTS",
    ]
    problems = production_problems(dict.fromkeys([*COMPLETE, *also_read], ""))
    assert [problem.split()[0] for problem in problems] == [
        "SECRET_KEY",
        "PUBLIC_URL",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "EMAIL_URL",
        "MAIL_FROM",
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is shorter than 50 characters."),
        ("SECRET_KEY", "", "SECRET_KEY is missing."),
        ("SECRET_KEY", "a" * 59, "SECRET_KEY can be guessed: it repeats or counts."),
        ("SECRET_KEY", "change-me-" * 6, "SECRET_KEY can be guessed: it repeats or counts."),
        ("SECRET_KEY", f"{digits}{ascii_letters}", "SECRET_KEY can be guessed: it repeats or counts."),
        ("SECRET_KEY", EXAMPLE, "SECRET_KEY can be guessed: it reads like an example."),
        ("SECRET_KEY_FALLBACKS", "a", "SECRET_KEY_FALLBACKS: value 1 is shorter than 50 characters"),
        ("SECRET_KEY_FALLBACKS", f"{STRONG} {'a' * 59}", "SECRET_KEY_FALLBACKS: value 2 can be guessed"),
        ("SECRET_KEY_FALLBACKS", f"{EXAMPLE}\n{STRONG}", "SECRET_KEY_FALLBACKS: value 1 can be guessed"),
        ("METRICS_TOKEN", "secret", "METRICS_TOKEN is too short, repeats itself"),
        ("METRICS_TOKEN", "a" * 40, "METRICS_TOKEN is too short, repeats itself"),
        ("METRICS_TOKEN", "change-me-to-a-token", "METRICS_TOKEN is too short, repeats itself"),
        ("EMAIL_WEBHOOK_SECRET", "u:p", "EMAIL_WEBHOOK_SECRET is too short, repeats itself"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS names '*', which is not a host name"),
        ("ALLOWED_HOSTS", "www.example.com,.", "ALLOWED_HOSTS names '.', which is not a host name"),
        ("ALLOWED_HOSTS", ".com", "ALLOWED_HOSTS names '.com', which is not a host name"),
        ("ALLOWED_HOSTS", "*.example.com", "ALLOWED_HOSTS names '*.example.com', which is not a host name"),
        ("ALLOWED_HOSTS", "https://example.com", "ALLOWED_HOSTS names 'https://example.com', which is not"),
        ("ALLOWED_HOSTS", "example.com:8000", "ALLOWED_HOSTS names 'example.com:8000', which is not a host"),
        ("PUBLIC_URL", "https://mentors.example.com/app", "PUBLIC_URL must be the https address"),
        ("PUBLIC_URL", "https://me:secret@mentors.example.com", "PUBLIC_URL must be the https address"),
        ("PUBLIC_URL", "https://mentors.example.com?a=b", "PUBLIC_URL must be the https address"),
        ("PUBLIC_URL", "http://mentors.example.com", "PUBLIC_URL must be the https address"),
        ("STRIPE_SECRET_KEY", "pk_live_abc", "STRIPE_SECRET_KEY is missing or cut short."),
        ("STRIPE_SECRET_KEY", "sk_", "STRIPE_SECRET_KEY is missing or cut short."),
        ("STRIPE_SECRET_KEY", "sk_live_", "STRIPE_SECRET_KEY is missing or cut short."),
        ("STRIPE_WEBHOOK_SECRET", "abc", "STRIPE_WEBHOOK_SECRET is missing, cut short"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_", "STRIPE_WEBHOOK_SECRET is missing, cut short"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_abcdefgh,whsec_", "STRIPE_WEBHOOK_SECRET is missing, cut short"),
        ("STRIPE_WEBHOOK_SECRET", f"whsec_{'a' * 32}", "STRIPE_WEBHOOK_SECRET is missing, cut short"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_your_webhook_secret", "STRIPE_WEBHOOK_SECRET is missing, cut short"),
        ("EMAIL_URL", "", "EMAIL_URL is missing."),
        ("EMAIL_URL", "console:", "EMAIL_URL is missing."),
        ("EMAIL_URL", "smtp.example.com", "EMAIL_URL names no mail server."),
        ("DATABASE_URL", "oracle12://x", "DATABASE_URL names no database."),
        ("MAIL_FROM", "MentorMap", "MAIL_FROM is missing or has no address."),
        ("MENTORMAP_MODE", "prod", "MENTORMAP_MODE is 'prod'; it must be demo or production."),
        ("HOLD_MINUTES", "30", "HOLD_MINUTES must lie between 31 and 1380, and is 30. Stripe refuses"),
        ("PORT", "http", "PORT"),
        ("PORT", "70000", "PORT must lie between 1 and 65535, and is 70000."),
        ("WEB_WORKERS", "0", "WEB_WORKERS must lie between 1 and 256, and is 0."),
        ("TRUSTED_PROXY_COUNT", "2", "TRUSTED_PROXY_COUNT is no longer used."),
        (
            "TRUSTED_PROXIES",
            "nginx",
            "TRUSTED_PROXIES names 'nginx', which is neither an address nor a network.",
        ),
        ("TRUSTED_PROXIES", "10.0.0.5/8", "TRUSTED_PROXIES names '10.0.0.5/8', which is neither an address"),
        ("TRUSTED_PROXIES", "127.0.0.1,0.0.0.0/0", "TRUSTED_PROXIES covers 0.0.0.0/0,"),
        ("TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1", "TRUSTED_PROXIES covers 0.0.0.0/0,"),
        ("TRUSTED_PROXIES", "8.0.0.0/8", "TRUSTED_PROXIES covers 8.0.0.0/8,"),
        ("TRUSTED_PROXIES", "8.0.0.0/9,44.0.0.0/9", "TRUSTED_PROXIES covers 8.0.0.0/9, 44.0.0.0/9,"),
        ("TRUSTED_PROXIES", "::/0", "TRUSTED_PROXIES covers ::/0,"),
        ("TRUSTED_PROXIES", "2600::/16", "TRUSTED_PROXIES covers 2600::/16,"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud'; it must be INFO, DEBUG, WARNING or ERROR."),
        ("CORS_ALLOWED_ORIGINS", "https://a.example,b.example", "CORS_ALLOWED_ORIGINS names 'b.example'"),
        ("CORS_ALLOWED_ORIGINS", "https://a.example?x", "CORS_ALLOWED_ORIGINS names 'https://a.example?x'"),
        ("CORS_ALLOWED_ORIGINS", "https://[a", "CORS_ALLOWED_ORIGINS names 'https://[a'"),
        ("PUBLIC_URL", "https://[x", "PUBLIC_URL must be the https address"),
        ("PUBLIC_URL", "https://mentör.example", "PUBLIC_URL must be the https address"),
        ("PUBLIC_URL", "https://a b", "PUBLIC_URL must be the https address"),
        ("PUBLIC_URL", "https://a.example:99999", "PUBLIC_URL must be the https address"),
        ("EMAIL_URL", "submission://sam:p[ss@smtp.example.com:587", "EMAIL_URL cannot be read."),
    ],
)
def test_each_refusal_has_its_sentence(settings_with: Read, name: str, value: str, sentence: str) -> None:
    with pytest.raises((ConfigurationError, EnvError)) as refusal:
        settings_with(**{**COMPLETE, name: value})
    assert sentence in str(refusal.value)


def test_a_demo_names_all_that_it_cannot_work_with(settings_with: Read) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        settings_with(PUBLIC_URL="localhost:3002", STRIPE_SECRET_KEY="pk_test_abc", MAIL_FROM="MentorMap")
    assert [problem.split()[0] for problem in refusal.value.problems] == [
        "PUBLIC_URL",
        "STRIPE_SECRET_KEY",
        "MAIL_FROM",
    ]


@pytest.mark.parametrize("hosts", ["*", ".", "localhost,.com"])
def test_no_mode_answers_to_every_name(settings_with: Read, hosts: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^ALLOWED_HOSTS names "):
        settings_with(ALLOWED_HOSTS=hosts)


def test_names_in_full_and_all_below_one_are_allowed(settings_with: Read) -> None:
    named = "www.example.com, .example.org,192.0.2.7,[2001:db8::1],localhost"
    assert settings_with(**COMPLETE, ALLOWED_HOSTS=named).ALLOWED_HOSTS == [
        "www.example.com",
        ".example.org",
        "192.0.2.7",
        "[2001:db8::1]",
        "localhost",
        "mentors.example.com",
    ]


@pytest.mark.parametrize("key", ["sk_live_abc", "rk_live_abc"])
def test_a_demo_takes_no_real_money(settings_with: Read, key: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^STRIPE_SECRET_KEY takes real money"):
        settings_with(STRIPE_SECRET_KEY=key)


def test_a_level_may_be_written_in_small_letters(settings_with: Read) -> None:
    assert settings_with(LOG_LEVEL="debug").LOGGING == {"level": "DEBUG"}


def command(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mentormap.cli", name],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_refuses_without_a_traceback(tmp_path: Path) -> None:
    done = command("migrate", MENTORMAP_DATA_DIR=str(tmp_path), **COMPLETE | {"EMAIL_URL": ""})
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "MentorMap cannot start:",
        "- EMAIL_URL is missing. Name your mail server, such as submission://user:password@smtp.example.com:587, or your mail service, such as sendgrid://KEY.",
    ]


def test_a_command_in_a_folder_where_nothing_was_set_up_says_so(tmp_path: Path) -> None:
    done = command("reconcile", MENTORMAP_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert re.fullmatch(
        rf"The database {tmp_path}/mentormap\.sqlite3 is not ready: migrations, [0-9]+ to apply\. Run `mentormap migrate`\.",
        sentence,
    )


def test_a_complete_production_starts_safe(settings_with: Read) -> None:
    read = settings_with(**COMPLETE)
    assert (read.SESSION_COOKIE_SECURE, read.CSRF_COOKIE_SECURE) == (True, True)
    assert read.SECURE_HSTS_SECONDS == 365 * 24 * 60 * 60
    assert (read.DEBUG, read.DEMO, read.SANDBOX) == (False, False, False)
    assert read.STRIPE_API_BASE == "https://api.stripe.com"
    assert read.ALLOWED_HOSTS == ["mentors.example.com"]
    assert read.CSRF_TRUSTED_ORIGINS == ["https://mentors.example.com"]
    assert read.HOST == "127.0.0.1"
    assert (read.EMAIL_HOST, read.EMAIL_PORT, read.EMAIL_USE_TLS) == ("smtp.example.com", 587, True)


def test_the_demo_starts_with_nothing_set(settings_with: Read) -> None:
    read = settings_with()
    assert (read.HOST, read.PORT, read.PUBLIC_URL) == ("127.0.0.1", 3002, "http://localhost:3002")
    assert (read.DEMO, read.SANDBOX, read.DEBUG) == (True, True, False)
    assert (read.SECURE_HSTS_SECONDS, read.SESSION_COOKIE_SECURE) == (0, False)


def test_proxies_on_this_machine_alone_are_trusted_unless_others_are_named(settings_with: Read) -> None:
    loopback = [ip_network("127.0.0.0/8"), ip_network("::1")]
    assert loopback == settings_with(**COMPLETE).TRUSTED_PROXIES
    assert settings_with(**COMPLETE, TRUSTED_PROXIES="").TRUSTED_PROXIES == []
    named = settings_with(**COMPLETE, TRUSTED_PROXIES="10.0.0.0/24, 2001:db8::1")
    assert [ip_network("10.0.0.0/24"), ip_network("2001:db8::1")] == named.TRUSTED_PROXIES


def test_private_networks_and_those_of_a_content_delivery_network_are_trusted(settings_with: Read) -> None:
    named = "10.0.0.0/8,172.16.0.0/12,fc00::/7,100.64.0.0/10,104.16.0.0/12,2400:cb00::/29"
    assert len(settings_with(**COMPLETE, TRUSTED_PROXIES=named).TRUSTED_PROXIES) == 6


@pytest.mark.parametrize("letters", [digits, hexdigits[:16], ascii_letters], ids=["digits", "hex", "letters"])
def test_random_keys_of_any_alphabet_are_taken(letters: str) -> None:
    several = ["".join(secrets.choice(letters) for _ in range(50)) for _ in range(200)]
    facts = dict.fromkeys([*COMPLETE, "METRICS_TOKEN", "EMAIL_WEBHOOK_SECRET", "ALLOWED_HOSTS"], "")
    found = production_problems(
        {**facts, "SECRET_KEY": several[0], "SECRET_KEY_FALLBACKS": " ".join(several)}
    )
    assert not [problem for problem in found if problem.startswith("SECRET_KEY")]


def test_one_counted_proxy_on_this_machine_is_trusted_as_before(settings_with: Read) -> None:
    read = settings_with(**COMPLETE, TRUSTED_PROXY_COUNT="1")
    assert ip_address("127.0.0.1") in read.TRUSTED_PROXIES[0]
    with pytest.raises(ConfigurationError, match="list in TRUSTED_PROXIES"):
        settings_with(**COMPLETE, TRUSTED_PROXY_COUNT="1", HOST="0.0.0.0")
    settings_with(**COMPLETE, TRUSTED_PROXY_COUNT="1", HOST="0.0.0.0", TRUSTED_PROXIES="10.0.0.1")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"ZOOM_CLIENT_ID": "a"}, "Zoom needs ZOOM_ACCOUNT_ID and ZOOM_CLIENT_SECRET too."),
        ({"GOOGLE_SERVICE_ACCOUNT": "{}"}, "GOOGLE_SERVICE_ACCOUNT is not the JSON key"),
        ({"GOOGLE_SERVICE_ACCOUNT": "/a/path"}, "GOOGLE_SERVICE_ACCOUNT is not the JSON key"),
        (
            {"GOOGLE_SERVICE_ACCOUNT": '{"client_email": "", "private_key": "", "token_uri": ""}'},
            "Google Meet needs GOOGLE_CALENDAR_USER",
        ),
    ],
)
def test_rooms_that_are_set_up_by_halves_are_refused(
    settings_with: Read, variables: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        settings_with(**variables)
    assert str(refused.value).startswith(sentence)


def test_production_reads_its_secrets_from_files(settings_with: Read, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://me:p%40ss@db.internal:5432/mentors\n")
    read = settings_with(**COMPLETE, DATABASE_URL_FILE=str(tmp_path / "url"))
    database = read.DATABASES["default"]
    assert (database["HOST"], database["PASSWORD"]) == ("db.internal", "p@ss")


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "key"))
    assert secret(Env(), "SOME_KEY") == "from a file"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError) as refusal:
        secret(Env(), "SOME_KEY")
    assert refusal.value.problems == [
        f"SOME_KEY_FILE names {tmp_path / 'none'}, which cannot be read: No such file or directory."
    ]


def test_demo_secrets_are_random_kept_and_private(tmp_path: Path) -> None:
    first, again = demo_secrets(tmp_path), demo_secrets(tmp_path)
    assert first == again
    assert len(set(first.values())) == 5
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]
    (tmp_path / "other").mkdir()
    assert demo_secrets(tmp_path / "other")["SECRET_KEY"] != first["SECRET_KEY"]
