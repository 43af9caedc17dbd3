"""Logs: one line an event, `name=value` after `name=value`, and never a secret."""

import logging.config
import re
from http import HTTPStatus
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

_SECRETS: Final = re.compile(
    r"""
    (?P<kept> (?:sk|rk)_(?:live|test)_ | whsec_ | [Bb]earer\s+ | ://[^\s:/@]*: )  [^\s"'@,]+   # keys, tokens, passwords in addresses
    | eyJ[\w-]+\.[\w-]+\.[\w-]*                                                             # a JSON web token (RFC 7519)
    | (?P<path> (?:email/(?:verify|undo)|password/reset|checkout/back|unsubscribe|feeds) / ) (?![<(]) [^\s"'?#\\]+   # paths that end in a key
    | (?P<quoted> (?:email%2F(?:verify|undo)|password%2Freset|checkout%2Fback|unsubscribe|feeds) %2F ) [^\s"'&\\]+  # the same in a query
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SECRET_NAMES: Final = frozenset(
    {
        "password",
        "password1",
        "password2",
        "token",
        "access_token",
        "secret",
        "authorization",
        "cookie",
        "key",
    }
)

_SHARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
_as_line: Final = structlog.processors.LogfmtRenderer(
    key_order=["timestamp", "level", "event", "logger"], drop_missing=True, bool_as_flag=False
)


def configure(options: dict[str, Any]) -> None:
    """Called by Django at its start with settings.LOGGING: `level` applies to our own loggers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED[:-1],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard_logging(options["level"]))


def _standard_logging(level: str) -> dict[str, Any]:
    """Libraries speak from WARNING on; Django's own note of a 4xx only repeats the request's line."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED[:-1],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    line,
                ],
            }
        },
        "filters": {"bugs": {"()": lambda: is_bug}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "mentormap": {"level": level},
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["bugs"]},
            "psycopg": {
                "level": "ERROR"
            },  # its pool reports a missing server every second; so does each request that needs it
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners; the request's line tells
            "stripe": {"level": "WARNING"},
            "apprise": {
                "handlers": ["nowhere"],
                "propagate": False,
            },  # it names credentials; its caller tells the rest
        },
    }


def is_bug(record: logging.LogRecord) -> bool:
    """Drops records of temporary errors: the request's own line reports them, without a traceback."""
    return getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE


def line(logger: Any, name: str, event: EventDict) -> str:
    """One event as one line: line breaks are escaped, what looks like a secret or is called one is blanked."""
    for field in event.keys() & _SECRET_NAMES:
        event[field] = "…"
    named = {re.sub(r"\s", "_", field): value for field, value in event.items()}
    return scrub(str(_as_line(logger, name, named)))


def scrub(text: str) -> str:
    """Removes keys, tokens, passwords, and the secret part of this site's own links."""
    return _SECRETS.sub(lambda found: (found["kept"] or found["path"] or found["quoted"] or "") + "…", text)
