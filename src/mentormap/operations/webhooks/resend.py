"""Resend's webhooks, whose signature anymail leaves to a package of its own: https://docs.svix.com/receiving/verifying-payloads/how-manual."""

import base64
import hashlib
import hmac
import time
from typing import Any, Final

from anymail.webhooks.resend import ResendTrackingWebhookView
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

TOLERANCE: Final = 300
"""Seconds by which a webhook may be old, or our clock be wrong."""


class ResendSignedWebhookView:
    """The interface that `mail_webhook` needs of an anymail view."""

    def __init__(self, signing_secret: str) -> None:
        self._key = base64.b64decode(signing_secret.removeprefix("whsec_"))
        reader: Any = ResendTrackingWebhookView
        self._reader = reader(webhook_secret="unused:unused")  # noqa: S106

    def run_validators(self, request: HttpRequest) -> None:
        number, sent_at = request.headers["svix-id"], request.headers["svix-timestamp"]
        signed = f"{number}.{sent_at}.".encode() + request.body
        expected = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256)).decode()
        signatures = [part.partition(",")[2] for part in request.headers["svix-signature"].split()]
        is_ours = any(hmac.compare_digest(signature, expected) for signature in signatures)
        if not is_ours or abs(time.time() - int(sent_at)) > TOLERANCE:
            raise SuspiciousOperation("The signature does not fit.")

    def parse_events(self, request: HttpRequest) -> Any:
        return self._reader.parse_events(request)
