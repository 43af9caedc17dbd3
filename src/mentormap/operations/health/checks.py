"""Checks of a running MentorMap, each a finding with its remedy; /health and the doctor share them."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.core.mail import get_connection
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from mentormap.accounts import second_steps
from mentormap.accounts.models import User
from mentormap.bookings.reconciliation import ledger
from mentormap.bookings.reconciliation.ledger import Ledger
from mentormap.lib import disk as disks
from mentormap.lib import zone_data
from mentormap.lib.disk import LastRefusal
from mentormap.lib.money import NO_BREAK_SPACE, Money, format_money
from mentormap.lib.plain_text import one_line
from mentormap.meetings import providers
from mentormap.meetings.rooms import Provider, RoomError
from mentormap.operations.health.ages import in_words
from mentormap.operations.models import FRESH, Heartbeat
from mentormap.operations.webhooks import mail_reports
from mentormap.payments.models import Flag


@dataclass(frozen=True)
class Finding:
    """`remedy` is what to do, for a finding that is not OK.

    `waits`: the program is well, and something waits for the operator all the same.
    """

    name: str
    is_ok: bool
    message: str
    remedy: str = ""
    waits: bool = False


def database() -> Finding:
    """Returns whether a query comes back; the database's own words may hold its address, so they stay out."""
    name = connection.vendor
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return Finding(
            "database",
            is_ok=False,
            message=f"{name} does not answer: {type(error).__name__}",
            remedy="Start it, or correct DATABASE_URL.",
        )
    return Finding("database", is_ok=True, message=f"{name} answers")


def encryption() -> list[Finding]:
    """Checks whether the connection to PostgreSQL is encrypted: `sslmode` in DATABASE_URL, and the server's support."""
    if connection.vendor != "postgresql":
        return []
    connection.ensure_connection()
    reached = connection.connection.info
    if connection.connection.pgconn.ssl_in_use:
        return [
            Finding("encryption", is_ok=True, message=f"the connection to {reached.host} is encrypted by TLS")
        ]
    message = f"the connection to {reached.host} is not encrypted"
    if reached.host.startswith(("/", "@")) or _is_this_machine(reached.hostaddr):
        return [Finding("encryption", is_ok=True, message=f"{message}, and does not leave this machine")]
    remedy = "Add sslmode=verify-full and sslrootcert=/path/to/ca.crt to DATABASE_URL, or sslmode=require."
    return [Finding("encryption", is_ok=True, message=message, remedy=remedy, waits=True)]


def _is_this_machine(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


_GRANTED: Final = """
    SELECT least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        (SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
        (SELECT NULLIF(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
    )
"""


def connections() -> list[Finding]:
    """Compares the connections that PostgreSQL grants with those that web processes and worker may hold together.

    A process that finds none left answers 503 until another gives one back, which may take minutes. A pooler grants its own.
    """
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_GRANTED)
        granted = cursor.fetchone()[0]
    processes = settings.WEB_WORKERS + 1
    wanted = processes * connection.settings_dict["OPTIONS"]["pool"]["max_size"]
    if not connection.connection.is_direct or wanted <= granted:
        return [Finding("connections", is_ok=True, message=f"at most {wanted} to PostgreSQL")]
    message = f"PostgreSQL grants {granted}, and {processes} processes may hold {wanted} together"
    each = granted // processes
    remedy = f"Set DATABASE_POOL_SIZE to {each} or less." if each else "Let PostgreSQL grant more."
    return [Finding("connections", is_ok=True, message=message, remedy=remedy, waits=True)]


def time_zones(*, now: datetime) -> Finding:
    """Checks the age of the time-zone data; governments change their clocks several times a year."""
    data = zone_data.in_use()
    message = f"{data.version}, from {data.source}"
    remedy = "Times may be wrong where clocks have changed since. Update MentorMap, or the system's tzdata, and restart."
    return Finding("time zones", is_ok=True, message=message, remedy=remedy, waits=data.is_old(now=now))


def disk() -> Finding:
    """Checks free space in the data folder, which has SQLite, photos and static files, and the last failed write of this process."""
    free = disks.free_bytes(settings.DATA_DIR)
    message = f"{free // 1_000_000} MB free in {settings.DATA_DIR}"
    if LastRefusal.is_recent():
        message = f"full: a write found no room within the last minute; {message}"
    is_ok = free >= disks.LEAST_BYTES and not LastRefusal.is_recent()
    return Finding("disk", is_ok=is_ok, message=message, remedy="Make room, or give it a larger disk.")


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Finding(
            "migrations", is_ok=False, message=f"{len(missing)} to apply", remedy="Run `mentormap migrate`."
        )
    return Finding("migrations", is_ok=True, message="all applied")


def heartbeat(*, now: datetime) -> Finding:
    """Stale after 60 seconds; a worker whose job hangs does not beat."""
    last, remedy = Heartbeat.objects.newest(), "Start `mentormap worker`, or look at its log."
    if last is None:
        return Finding("worker", is_ok=False, message="no worker has ever run", remedy=remedy)
    message = f"last seen {in_words(now - last)} ago"
    return Finding("worker", is_ok=now - last <= FRESH, message=message, remedy=remedy)


def mail() -> Finding:
    """Logs in at the mail server and sends nothing; mail services have nothing to log in at."""
    if not settings.MAIL_LEAVES:
        return Finding("mail", is_ok=True, message="printed on the console (demo)")
    name = settings.MAIL_SERVICE_NAME or settings.EMAIL_HOST
    try:
        with get_connection(fail_silently=False):
            pass
    except Exception as error:  # noqa: BLE001 - each service has its own
        message = f"{name} refuses: {type(error).__name__}"
        remedy = "Correct EMAIL_URL: address, port, user and password, or the service and its key."
        return Finding("mail", is_ok=False, message=message, remedy=remedy)
    if not settings.MAIL_SERVICE:
        return Finding("mail", is_ok=True, message=f"{name} accepts our login")
    message = f"by {name}; `mentormap sendtestemail you@example.com` tries it"
    return Finding("mail", is_ok=True, message=message)


def bounces() -> list[Finding]:
    """Returns whether a mail service can report bounces and complaints; mail servers do not."""
    service, name = settings.MAIL_SERVICE, settings.MAIL_SERVICE_NAME
    if not service:
        return []
    if service not in mail_reports.VIEWS:
        return [
            Finding("bounces", is_ok=True, message=f"{name} reports none that can be told from forged ones")
        ]
    if not settings.MAIL_WEBHOOK_SECRET:
        return [Finding("bounces", is_ok=True, message="do not come: set EMAIL_WEBHOOK_SECRET")]
    try:
        mail_reports.receiver_of(service, path="")
    except Exception as error:  # noqa: BLE001 - each service has its own
        message = f"{name} has no such secret: {type(error).__name__}"
        remedy = f"Copy EMAIL_WEBHOOK_SECRET from {name}'s page of webhooks."
        return [Finding("bounces", is_ok=False, message=message, remedy=remedy)]
    return [Finding("bounces", is_ok=True, message=f"come by webhook from {name}")]


def rooms() -> list[Finding]:
    """Returns whether the services that make video rooms take our credentials; nothing is made."""
    return [_room_service(name, provider) for name, provider in providers.configured().items()]


def _room_service(name: str, provider: Provider) -> Finding:
    try:
        provider.check()
    except RoomError as error:
        remedy = "Correct its credentials; until then its sessions are held at Jitsi."
        return Finding(name, is_ok=False, message=one_line(str(error)), remedy=remedy)
    return Finding(name, is_ok=True, message="accepts our credentials")


def public_url() -> Finding:
    """Checks that production uses https through a proxy whose address the program knows."""
    if settings.DEMO:
        return Finding("public URL", is_ok=True, message=settings.PUBLIC_URL)
    proxies = ", ".join(str(network) for network in settings.TRUSTED_PROXIES)
    message = f"{settings.PUBLIC_URL}, behind proxies at {proxies or 'no address'}"
    if not settings.PUBLIC_URL.startswith("https://"):
        remedy = "Set PUBLIC_URL to an https address."
        return Finding("public URL", is_ok=False, message=message, remedy=remedy)
    remedy = "Set TRUSTED_PROXIES to the address of the proxy that speaks HTTPS, such as 127.0.0.1."
    return Finding("public URL", is_ok=bool(proxies), message=message, remedy=remedy)


def webhook_secret() -> Finding:
    wrong = [secret for secret in settings.STRIPE_WEBHOOK_SECRETS if not secret.startswith("whsec_")]
    if wrong or not settings.STRIPE_WEBHOOK_SECRETS:
        return Finding(
            "webhook secret",
            is_ok=False,
            message="missing or malformed",
            remedy="Set STRIPE_WEBHOOK_SECRET to the endpoint's signing secret (whsec_…).",
        )
    return Finding("webhook secret", is_ok=True, message=f"{len(settings.STRIPE_WEBHOOK_SECRETS)} in use")


def demo_logins() -> Finding:
    """In production, people whose password everybody knows."""
    if settings.DEMO or not User.objects.filter(is_demo=True, is_active=True).exists():
        return Finding("demo logins", is_ok=True, message="as the mode wants it")
    return Finding(
        "demo logins",
        is_ok=False,
        message="people of the demo can still log in, with a password that everybody knows",
        remedy="Run `mentormap demo remove`.",
    )


def two_step_secrets() -> Finding:
    """Checks that SECRET_KEY decrypts the secrets of two-step login."""
    found = second_steps.state_of_all()
    if found["unreadable"]:
        message = f"{found['unreadable']} of {found.total()} were encrypted with a SECRET_KEY that is no longer known"
        remedy = "Add that SECRET_KEY to SECRET_KEY_FALLBACKS, restart, and run `mentormap reencrypt`."
        return Finding("two-step login", is_ok=False, message=message, remedy=remedy)
    if found["old"]:
        message = f"{found['old']} of {found.total()} secrets still need an earlier SECRET_KEY"
        remedy = "Run `mentormap reencrypt`."
        return Finding("two-step login", is_ok=False, message=message, remedy=remedy)
    message = f"{found.total()} secrets are encrypted with SECRET_KEY"
    return Finding("two-step login", is_ok=True, message=message)


def books() -> list[Finding]:
    """The invariant, a line a currency: captured = confirmed + refunded + flagged; and what Stripe has beyond it."""
    findings = [
        Finding("books", is_ok=line.agree, message=_equation(line, currency), remedy=_BOOKS_REMEDY)
        for currency, line in sorted(ledger.ledgers().items())
    ]
    findings = findings or [Finding("books", is_ok=True, message="nothing has been paid by Stripe yet")]
    return [*findings, *_beyond_books()]


def _beyond_books() -> list[Finding]:
    """As the last comparison found it; nothing where there is none."""
    count = Flag.objects.open().unmatched().count()
    if not count:
        return []
    message = f"Stripe's lists have what these lack: {count} flagged"
    return [Finding("books", is_ok=False, message=message, remedy="See /admin: each flag says what to do.")]


_BOOKS_REMEDY: Final = "Run `mentormap reconcile`; docs/operating.md says what to do if they still differ."


def _equation(line: Ledger, currency: str) -> str:
    """Such as "captured 240.00 USD = confirmed 180.00 + refunded 60.00 + flagged 0.00"."""
    captured, *parts = (
        format_money(Money(minor, currency), locale="en")
        for minor in (line.captured, line.confirmed, line.refunded, line.flagged)
    )
    confirmed, refunded, flagged = (part.split(NO_BREAK_SPACE)[0] for part in parts)
    sign, captured = "=" if line.agree else "is not", captured.replace(NO_BREAK_SPACE, " ")
    return f"captured {captured} {sign} confirmed {confirmed} + refunded {refunded} + flagged {flagged}"
