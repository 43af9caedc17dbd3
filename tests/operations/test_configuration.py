"""Every option is a variable; what cannot work is refused at the start with a sentence and its mend."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from environs import Env

from mentormap.configuration import ConfigurationError, demo_secrets, production_problems, secret

COMPLETE = {
    "MENTORMAP_MODE": "production",
    "SECRET_KEY": "x" * 50,
    "PUBLIC_URL": "https://mentors.example.com",
    "STRIPE_SECRET_KEY": "sk_live_abc",
    "STRIPE_WEBHOOK_SECRET": "whsec_abc",
    "EMAIL_URL": "submission://me:secret@smtp.example.com:587",
    "MAIL_FROM": "MentorMap <hello@example.com>",
}


def settings_of(data_dir: Path, expression: str = "1", **variables: str) -> subprocess.CompletedProcess[str]:
    """Reads the settings as a fresh process would, and prints an expression of them."""
    code = f"from mentormap import settings as s; print(({expression}))"
    environment = {"PATH": os.environ["PATH"], "MENTORMAP_DATA_DIR": str(data_dir), **variables}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_production_names_all_that_is_missing_at_once() -> None:
    problems = production_problems(dict.fromkeys([*COMPLETE, "EMAIL_URL"], ""))
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
        ("SECRET_KEY", "short", "SECRET_KEY is missing or shorter than 50 characters."),
        ("PUBLIC_URL", "http://mentors.example.com", "PUBLIC_URL must be the https address"),
        ("STRIPE_SECRET_KEY", "pk_live_abc", "STRIPE_SECRET_KEY is missing."),
        ("STRIPE_WEBHOOK_SECRET", "abc", "STRIPE_WEBHOOK_SECRET is missing."),
        ("EMAIL_URL", "", "EMAIL_URL is missing."),
        ("EMAIL_URL", "smtp.example.com", "EMAIL_URL names no mail server."),
        ("DATABASE_URL", "oracle12://x", "DATABASE_URL names no database."),
        ("MAIL_FROM", "", "MAIL_FROM is missing."),
        ("MENTORMAP_MODE", "prod", "MENTORMAP_MODE is 'prod'; it must be demo or production."),
        ("HOLD_MINUTES", "30", "HOLD_MINUTES must lie between 31 and 1380"),
        ("PORT", "http", "PORT"),
    ],
)
def test_each_refusal_has_its_sentence(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    done = settings_of(tmp_path, **{**COMPLETE, name: value})
    assert done.returncode == 1
    assert sentence in done.stderr


def test_the_command_line_refuses_without_a_traceback(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "MENTORMAP_DATA_DIR": str(tmp_path),
        **COMPLETE,
        "EMAIL_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "mentormap.cli", "migrate"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "MentorMap cannot start:",
        "- EMAIL_URL is missing. Name your mail server, such as submission://user:password@smtp.example.com:587.",
    ]


def test_a_complete_production_starts_safe(tmp_path: Path) -> None:
    facts = (
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.DEBUG, s.SANDBOX, s.HOST,"
        " s.ALLOWED_HOSTS, s.STRIPE_API_BASE, s.CSRF_TRUSTED_ORIGINS"
    )
    done = settings_of(tmp_path, facts, **COMPLETE)
    assert done.stderr == ""
    assert done.stdout.strip() == str(
        (
            True,
            True,
            31536000,
            False,
            False,
            "0.0.0.0",
            ["mentors.example.com"],
            "https://api.stripe.com",
            ["https://mentors.example.com"],
        )
    )


def test_the_demo_starts_with_nothing_set(tmp_path: Path) -> None:
    done = settings_of(tmp_path, "s.HOST, s.PORT, s.PUBLIC_URL, s.SANDBOX, s.DEBUG, s.SECURE_HSTS_SECONDS")
    assert done.stdout.strip() == "('127.0.0.1', 3002, 'http://localhost:3002', True, False, 0)"


@pytest.mark.parametrize("count", ["0", "1", "2"])
def test_proxies_are_trusted_by_their_number(tmp_path: Path, count: str) -> None:
    facts = "s.ALLAUTH_TRUSTED_PROXY_COUNT, getattr(s, 'SECURE_PROXY_SSL_HEADER', None)"
    done = settings_of(tmp_path, facts, **COMPLETE, TRUSTED_PROXY_COUNT=count)
    header = ("HTTP_X_FORWARDED_PROTO", "https") if count != "0" else None
    assert done.stdout.strip() == str((int(count), header))


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
    assert len(set(first.values())) == 4
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]
    (tmp_path / "other").mkdir()
    assert demo_secrets(tmp_path / "other")["SECRET_KEY"] != first["SECRET_KEY"]
