"""Django's mail backend for Mailgun: anymail's, which hands over the whole mail as it is.

Mailgun's other endpoint takes text and HTML, and has no place for an invite beside them
(https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages).
"""

from typing import Any

from anymail.backends import mailgun
from django.core.mail import EmailMessage


class EmailBackend(mailgun.EmailBackend):
    """Named by settings.EMAIL_BACKEND."""

    def build_message_payload(self, message: EmailMessage, defaults: dict[str, Any]) -> "WholeMail":
        return WholeMail(message, defaults, self)  # type: ignore[no-untyped-call]


class WholeMail(mailgun.MailgunPayload):
    def get_api_endpoint(self) -> str:
        return f"{super().get_api_endpoint()}.mime"  # type: ignore[no-untyped-call]

    def serialize_data(self) -> dict[str, Any]:
        return {"to": self.data["to"]}

    def get_request_params(self, api_url: str) -> dict[str, Any]:
        raw = self.message.message().as_bytes(linesep="\r\n")
        params: dict[str, Any] = super().get_request_params(api_url)  # type: ignore[no-untyped-call]
        return {**params, "files": [("message", ("message.mime", raw, "message/rfc2822"))]}

    def add_alternative(self, content: str, mimetype: str) -> None:
        """It is in the mail."""

    def add_attachment(self, attachment: object) -> None:
        """It is in the mail."""
