"""Reports of mail services about delivered mails, and which of them stop further mail to an address."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from mentormap.notifications import suppressions
from mentormap.notifications.models import Suppression

BOUNCE, COMPLAINT = Suppression.Reason

_ON_THEIR_LIST: Final = {
    RejectReason.BOUNCED: BOUNCE,
    RejectReason.INVALID: BOUNCE,
    RejectReason.SPAM: COMPLAINT,
}
"""Why a service refused to send at all: it remembers an earlier bounce or complaint."""


def take(service: str, event: AnymailTrackingEvent, *, now: datetime) -> None:
    """Stops mail to the receiver if the report says so. `service` is the name that EMAIL_URL has for it."""
    reason = _reason(service, event)
    if reason is None or not event.recipient:
        return
    detail = event.mta_response or event.description or ""
    suppressions.suppress(event.recipient, reason, detail=str(detail), at=min(event.timestamp or now, now))


def _reason(service: str, event: AnymailTrackingEvent) -> Suppression.Reason | None:
    if event.event_type == EventType.COMPLAINED:
        return COMPLAINT
    if event.event_type == EventType.REJECTED:
        return _ON_THEIR_LIST.get(event.reject_reason)
    if service == "postal" and event.event_type == EventType.FAILED:  # its HardFail
        return BOUNCE
    is_hard = event.event_type == EventType.BOUNCED and not _is_soft(service, event.esp_event)
    return BOUNCE if is_hard else None


def _is_soft(service: str, report: Any) -> bool:
    """anymail calls both kinds a bounce; a full mailbox may have room tomorrow. In doubt it is hard."""
    look = _SOFT.get(service)
    return look is not None and isinstance(report, Mapping) and look(report)


def _inner(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """SparkPost wraps its reports twice."""
    found: Mapping[str, Any] = next(iter(report["msys"].values()))
    return found


_SOFT: Final[dict[str, Callable[[Mapping[str, Any]], bool]]] = {
    "sendgrid": lambda report: report.get("type") == "blocked",
    "ses": lambda report: report.get("bounce", {}).get("bounceType") != "Permanent",
    "postmark": lambda report: report.get("Type") in {"SoftBounce", "VirusNotification"},
    "brevo": lambda report: report.get("event") == "soft_bounce",
    "resend": lambda report: report.get("data", {}).get("bounce", {}).get("type", "Permanent") != "Permanent",
    "mailjet": lambda report: report.get("hard_bounce") is False,
    "mailersend": lambda report: report.get("data", {}).get("type") == "soft_bounced",
    "mandrill": lambda report: report.get("event") == "soft_bounce",
    "sparkpost": lambda report: str(_inner(report).get("bounce_class")) not in {"10", "30"},
}
