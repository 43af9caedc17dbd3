"""A browser's subscription to web push (https://w3c.github.io/push-api/#pushsubscription-interface)."""

from base64 import urlsafe_b64decode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from mentormap.lib.outbound.addresses import BadAddress
from mentormap.notifications.channels.push import push_endpoint

POINT_BYTES = 65
SECRET_BYTES = 16


class SubscriptionForm(forms.Form):
    """The endpoint is at a known push service; the keys are of the lengths of RFC 8291 section 3.1.

    `replaces` is the endpoint that the push service has replaced with this one.
    """

    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)
    replaces = forms.CharField(max_length=1000, required=False)

    def clean_endpoint(self) -> str:
        """Returns the rebuilt endpoint, as it is stored and called."""
        try:
            return push_endpoint(self.cleaned_data["endpoint"])
        except BadAddress as refusal:
            raise ValidationError(refusal.sentence) from None

    def clean_p256dh(self) -> str:
        return _of_length(self.cleaned_data["p256dh"], POINT_BYTES)

    def clean_auth(self) -> str:
        return _of_length(self.cleaned_data["auth"], SECRET_BYTES)


def _of_length(text: str, length: int) -> str:
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    if len(raw) != length:
        raise ValidationError(gettext("This is not a key of a push subscription."))
    return text
