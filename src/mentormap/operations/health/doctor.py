"""`mentormap doctor`: every check in turn, with a real call to Stripe."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import Error

from mentormap.lib import unavailable
from mentormap.lib.plain_text import one_line
from mentormap.notifications.channels import sms
from mentormap.operations.health import checks, waiting
from mentormap.operations.health.checks import Finding
from mentormap.payments import gateway
from mentormap.payments.gateway import GatewayError
from mentormap.settings.environment import running_here

_EXAMPLE_NUMBER: Final = "+15550100200"
DRIFT: Final = timedelta(seconds=60)
"""A clock further off than this would soon make signatures look too old: Stripe's tolerance is 300 s."""


def examine(*, now: datetime) -> list[Finding]:
    """All findings; those that need the database are left out where there is none."""
    findings = [checks.disk(), checks.database()]
    if findings[-1].is_ok:
        findings += _read(now)
    findings += [
        checks.time_zones(now=now),
        checks.mail(),
        *checks.bounces(),
        *_examine_sms(),
        *checks.rooms(),
        checks.public_url(),
        checks.webhook_secret(),
    ]
    return findings + _examine_stripe(now)


def _read(now: datetime) -> list[Finding]:
    """Checks more than a connection: a database that answers may still fail otherwise, as with a full disk."""
    try:
        return [*checks.encryption(), *checks.connections(), *_examine_data(now)]
    except Error as error:
        message, remedy = unavailable.in_words(error), "Look at the disk and the log of the database."
        return [Finding("database", is_ok=False, message=message, remedy=remedy)]


def _examine_data(now: datetime) -> list[Finding]:
    migrations = checks.migrations()
    if not migrations.is_ok:
        return [migrations]
    basics = [migrations, checks.heartbeat(now=now), checks.demo_logins(), checks.two_step_secrets()]
    waits = [replace(each, remedy=f"{each.remedy} See /admin.") for each in waiting.everything(now=now)]
    return [*basics, *checks.books(), *waits]


def _examine_sms() -> list[Finding]:
    """Returns whether SMS_URL names a provider, where it is set; nothing is sent."""
    if "sms" not in settings.NOTICE_CHANNELS:
        return []
    if sms.is_mailbox():
        remedy = "Name a provider in SMS_URL: with mailbox: nobody gets a text."
        return [Finding("SMS", is_ok=settings.DEMO, message="shown in the mailbox (demo)", remedy=remedy)]
    provider = sms.provider_for(_EXAMPLE_NUMBER)
    if provider is None:
        remedy = "Write SMS_URL as https://appriseit.com/services/ shows it for your provider."
        return [
            Finding("SMS", is_ok=False, message="SMS_URL names no provider that apprise knows", remedy=remedy)
        ]
    return [Finding("SMS", is_ok=True, message=f"goes through {provider.service_name}")]


def _examine_stripe(now: datetime) -> list[Finding]:
    """The key and its mode, and our clock against Stripe's."""
    try:
        theirs = gateway.read_clock()
    except GatewayError as error:
        message = one_line(str(error))[:300]
        remedy = (
            _way_to_the_sandbox() if settings.SANDBOX else "Correct STRIPE_SECRET_KEY, or the way to Stripe."
        )
        return [Finding("Stripe", is_ok=False, message=message, remedy=remedy)]
    mode = "live" if "_live_" in settings.STRIPE_SECRET_KEY else "test"
    server = "the sandbox of this demo" if settings.SANDBOX else "Stripe"
    drift = abs(now - theirs)
    return [
        Finding("Stripe", is_ok=True, message=f"{server} accepts our key, in {mode} mode"),
        Finding(
            "clock",
            is_ok=drift <= DRIFT,
            message=f"{drift.total_seconds():.0f} s from Stripe's",
            remedy="Set the machine's clock, such as with NTP.",
        ),
    ]


def _way_to_the_sandbox() -> str:
    """Commands find the ports of the program that runs on their data folder, unless a variable names others."""
    running = running_here(settings.DATA_DIR)
    if not running:
        return f"The demo's payments run with `mentormap run`: start it. Nothing runs on {settings.DATA_DIR}."
    theirs = running.get("SANDBOX_PORT")
    if theirs is None:
        return "`mentormap run` uses Stripe itself here: give this command its STRIPE_SECRET_KEY too."
    if theirs == settings.SANDBOX_PORT:
        return "`mentormap run` starts it again when it dies: look at its console."
    return f"`mentormap run` has its sandbox on port {theirs}: leave SANDBOX_PORT unset, and it is found."


def report(findings: Iterable[Finding], write: Callable[[str], object]) -> bool:
    """Writes a line a finding; whether all is well. What only waits for the operator is LOOK, and is well."""
    failed = False
    for finding in findings:
        failed = failed or not finding.is_ok
        word = ("LOOK" if finding.waits else "OK") if finding.is_ok else "FAIL"
        remedy = "" if word == "OK" else f". {finding.remedy}"
        write(f"{word:<5} {finding.name:<15} {finding.message}{remedy}")
    return not failed
