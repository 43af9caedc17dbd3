"""Webhooks as each mail service sends them: a hard bounce, a soft one, a complaint, and what proves the sender."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.http import HttpResponseBase
from django.test import Client

TO: Final = "sam@example.com"
LOGIN: Final = "hook:p@ss"
KEY: Final = "a-signing-key"
EC_KEY: Final = ec.generate_private_key(ec.SECP256R1())
RSA_KEY: Final = rsa.generate_private_key(65537, 2048)
HEADERS = dict[str, str]


def pem(key: Any) -> str:
    """The public key as dashboards show it: one line, without its frame."""
    whole = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "".join(whole.decode().splitlines()[1:-1])


SECRETS: Final = {
    "sendgrid": pem(EC_KEY),
    "postal": pem(RSA_KEY),
    "resend": "whsec_" + base64.b64encode(KEY.encode()).decode(),
    **dict.fromkeys(("mailgun", "mailersend", "mailtrap", "mandrill"), KEY),
    **dict.fromkeys(("ses", "postmark", "brevo", "mailjet", "sparkpost"), LOGIN),
}


def _sns(report: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "1",
        "Timestamp": "2026-11-24T12:00:00.000Z",
        "Message": json.dumps({**report, "mail": {"destination": [TO]}}),
    }


def _ses_bounce(kind: str) -> dict[str, Any]:
    bounced = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": TO}]}
    return _sns({"notificationType": "Bounce", "bounce": bounced})


def _mailgun(**event: Any) -> dict[str, Any]:
    now = str(int(time.time()))
    signature = hmac.new(KEY.encode(), f"{now}token".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": now, "token": "token", "signature": signature},
        "event-data": {"recipient": TO, "timestamp": 1_795_521_600, **event},
    }


def _mailersend(kind: str) -> dict[str, Any]:
    return {"type": f"activity.{kind}", "data": {"type": kind, "email": {"recipient": {"email": TO}}}}


def _sparkpost(kind: str, bounce_class: str = "10") -> list[Any]:
    return [{"msys": {"message_event": {"type": kind, "bounce_class": bounce_class, "raw_rcpt_to": TO}}}]


def _resend(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "created_at": "2026-11-24T12:00:00Z", "data": {"to": [TO], **data}}


def _bounced(kind: str) -> dict[str, str]:
    return {"type": kind, "message": "The recipient's email provider sent a bounce message."}


def _mailtrap(kind: str) -> dict[str, Any]:
    return {"events": [{"event": kind, "email": TO, "timestamp": 1_795_521_600, "message_id": "1"}]}


def _mandrill(kind: str) -> list[Any]:
    return [{"event": kind, "ts": 1_795_521_600, "msg": {"email": TO}}]


def _postal(status: str) -> dict[str, Any]:
    return {"timestamp": 1_795_521_600, "payload": {"status": status, "message": {"to": TO}}}


HARD: Final[dict[str, Any]] = {
    "sendgrid": [{"event": "bounce", "type": "bounce", "email": TO, "timestamp": 1_795_521_600}],
    "ses": _ses_bounce("Permanent"),
    "mailgun": _mailgun(event="failed", severity="permanent"),
    "postmark": {"RecordType": "Bounce", "Type": "HardBounce", "Email": TO},
    "brevo": {"event": "hard_bounce", "email": TO},
    "resend": _resend("email.bounced", bounce=_bounced("Permanent")),
    "mailjet": [{"event": "bounce", "hard_bounce": True, "email": TO, "time": 1_795_521_600}],
    "mailersend": _mailersend("hard_bounced"),
    "mailtrap": _mailtrap("bounce"),
    "mandrill": _mandrill("hard_bounce"),
    "postal": _postal("HardFail"),
    "sparkpost": _sparkpost("bounce", "10"),
}
SOFT: Final[dict[str, Any]] = {
    "sendgrid": [{"event": "bounce", "type": "blocked", "email": TO, "timestamp": 1_795_521_600}],
    "ses": _ses_bounce("Transient"),
    "mailgun": _mailgun(event="failed", severity="temporary"),
    "postmark": {"RecordType": "Bounce", "Type": "SoftBounce", "Email": TO},
    "brevo": {"event": "soft_bounce", "email": TO},
    "resend": _resend("email.bounced", bounce=_bounced("Transient")),
    "mailjet": [{"event": "bounce", "hard_bounce": False, "email": TO, "time": 1_795_521_600}],
    "mailersend": _mailersend("soft_bounced"),
    "mailtrap": _mailtrap("soft bounce"),
    "mandrill": _mandrill("soft_bounce"),
    "postal": _postal("SoftFail"),
    "sparkpost": _sparkpost("bounce", "22"),
}
COMPLAINT: Final[dict[str, Any]] = {
    "sendgrid": [{"event": "spamreport", "email": TO, "timestamp": 1_795_521_600}],
    "ses": _sns(
        {"notificationType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": TO}]}}
    ),
    "mailgun": _mailgun(event="complained"),
    "postmark": {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": TO},
    "brevo": {"event": "spam", "email": TO},
    "resend": _resend("email.complained"),
    "mailjet": [{"event": "spam", "email": TO, "time": 1_795_521_600}],
    "mailersend": _mailersend("spam_complaint"),
    "mailtrap": _mailtrap("spam"),
    "mandrill": _mandrill("spam"),
    "sparkpost": _sparkpost("spam_complaint"),
}


def post(
    service: str, report: Any, *, forged: bool = False, headers: HEADERS | None = None
) -> HttpResponseBase:
    """As the service does it, at its address; forged, with what proves nothing."""
    path, body = f"/webhooks/mail/{service}", json.dumps(report).encode()
    if service == "mandrill":
        form = {"mandrill_events": body.decode()}
        return Client().post(path, form, headers=_mandrill_headers(form, forged=forged))
    prove = PROOFS.get(service, _nothing)
    proof = prove(b"something else" if forged else body) | _login(service, "guessed" if forged else "p@ss")
    return Client().post(path, body, content_type="application/json", headers=proof | (headers or {}))


def _login(service: str, password: str) -> HEADERS:
    if SECRETS[service] != LOGIN:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"hook:{password}".encode()).decode()}


def _sns_headers(_body: bytes) -> HEADERS:
    return {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": "1"}


def _sendgrid(body: bytes) -> HEADERS:
    signature = EC_KEY.sign(b"1795521600" + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": "1795521600",
    }


def _svix(body: bytes) -> HEADERS:
    now = str(int(time.time()))
    signature = hmac.digest(KEY.encode(), f"msg_1.{now}.".encode() + body, hashlib.sha256)
    signatures = f"v1,AAAA v1,{base64.b64encode(signature).decode()}"
    return {"svix-id": "msg_1", "svix-timestamp": now, "svix-signature": signatures}


def _hmac(header: str) -> Callable[[bytes], HEADERS]:
    return lambda body: {header: hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()}


def _rsa(body: bytes) -> HEADERS:
    signature = RSA_KEY.sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - Postal's choice
    return {"X-Postal-Signature": base64.b64encode(signature).decode()}


def _mandrill_headers(form: dict[str, str], *, forged: bool) -> HEADERS:
    signed = "http://localhost:3002/webhooks/mail/mandrill" + "".join(
        name + form[name] for name in sorted(form)
    )
    key = b"another" if forged else KEY.encode()
    signature = hmac.digest(key, signed.encode(), hashlib.sha1)
    return {"X-Mandrill-Signature": base64.b64encode(signature).decode()}


def _nothing(_body: bytes) -> HEADERS:
    return {}


PROOFS: Final[dict[str, Callable[[bytes], HEADERS]]] = {
    "ses": _sns_headers,
    "sendgrid": _sendgrid,
    "resend": _svix,
    "mailersend": _hmac("Signature"),
    "mailtrap": _hmac("Mailtrap-Signature"),
    "postal": _rsa,
}
