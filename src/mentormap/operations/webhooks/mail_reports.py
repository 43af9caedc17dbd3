"""Webhooks of mail services: what bounced, and who complained.

anymail's views check what proves the sender, and read the events. Its signal is not used: what an event does is called by name.
"""

from typing import Any, Final

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mentormap.lib import clock
from mentormap.lib.view_limits import takes_bytes
from mentormap.notifications import bounces

_log = structlog.get_logger(__name__)

_PASSWORD: Final = "webhook_secret"  # noqa: S105 - a parameter's name
VIEWS: Final = {
    "sendgrid": (
        "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
        "tracking_webhook_verification_key",
    ),
    "ses": ("anymail.webhooks.amazon_ses.AmazonSESTrackingWebhookView", _PASSWORD),
    "mailgun": ("anymail.webhooks.mailgun.MailgunTrackingWebhookView", "webhook_signing_key"),
    "postmark": ("anymail.webhooks.postmark.PostmarkTrackingWebhookView", _PASSWORD),
    "brevo": ("anymail.webhooks.brevo.BrevoTrackingWebhookView", _PASSWORD),
    "resend": ("mentormap.operations.webhooks.resend.ResendSignedWebhookView", "signing_secret"),
    "mailjet": ("anymail.webhooks.mailjet.MailjetTrackingWebhookView", _PASSWORD),
    "mailersend": ("anymail.webhooks.mailersend.MailerSendTrackingWebhookView", "signing_secret"),
    "mailtrap": ("anymail.webhooks.mailtrap.MailtrapTrackingWebhookView", "tracking_secret"),
    "mandrill": ("anymail.webhooks.mandrill.MandrillCombinedWebhookView", "webhook_key"),
    "postal": ("anymail.webhooks.postal.PostalTrackingWebhookView", "webhook_key"),
    "sparkpost": ("anymail.webhooks.sparkpost.SparkPostTrackingWebhookView", _PASSWORD),
}
"""anymail's view of each service, loaded when it is needed, and its parameter for what proves that the service sent it."""


@takes_bytes(1024 * 1024)
@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def mail_webhook(request: HttpRequest, service: str) -> HttpResponse:
    """404 for all but the service in use, and for that one without its secret. HEAD is how some try an address."""
    if service != settings.MAIL_SERVICE or not settings.MAIL_WEBHOOK_SECRET:
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()
    if _must_log_in(request, service):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="mail webhook"'})
    return _take(request, service)


def _must_log_in(request: HttpRequest, service: str) -> bool:
    """Amazon sends its password only when it is asked for."""
    return VIEWS[service][1] == _PASSWORD and "Authorization" not in request.headers


def _take(request: HttpRequest, service: str) -> HttpResponse:
    """Whatever anymail raises on bytes that are no proven event is a 400. Where the trouble is ours, a 503 asks to try again."""
    status = 503
    try:
        receiver = receiver_of(service, path=request.path)
        status = 400
        receiver.run_validators(request)
        status = 503 if _is_subscription(request) else 400
        events = receiver.parse_events(request)
    except Exception as error:  # noqa: BLE001
        return _refusal(service, error, status=status)
    now = clock.now()
    for event in events:
        bounces.take(service, event, now=now)
    return HttpResponse()


def receiver_of(service: str, *, path: str) -> Any:
    """anymail's view. Raises what anymail does for a secret that cannot be one."""
    view, parameter = VIEWS[service]
    proof = {parameter: settings.MAIL_WEBHOOK_SECRET}
    if service == "mandrill":  # it signs the address, which a proxy may have changed
        proof["webhook_url"] = f"{settings.PUBLIC_URL}{path}"
    return import_string(view)(**proof)


def _is_subscription(request: HttpRequest) -> bool:
    """Amazon's, which anymail confirms by a call to Amazon; if that fails, Amazon asks again."""
    return request.headers.get("x-amz-sns-message-type") == "SubscriptionConfirmation"


def _refusal(service: str, error: Exception, *, status: int) -> HttpResponse:
    _log.warning("mail_webhook_refused", service=service, error=type(error).__name__)
    return HttpResponse("This is no event of your mail service, or not signed.\n", status=status)
