"""The mailed code for reauthentication, stored as a hash in the login until it is used or 10 minutes have passed."""

import time
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext, gettext_lazy

LIFE: Final = timedelta(minutes=10)
_KEPT: Final = "reauthentication_code"


def keep_code(login: SessionBase, code: str) -> None:
    """Stores the code, replacing an earlier one."""
    login[_KEPT] = {"hash": _hash(code), "until": time.time() + LIFE.total_seconds()}


def has_code(login: SessionBase) -> bool:
    """Returns whether a code in this login still works."""
    return was_sent(login) and time.time() <= login[_KEPT]["until"]


def was_sent(login: SessionBase) -> bool:
    return _KEPT in login


class MailedCodeForm(forms.Form):
    code = forms.CharField(
        max_length=20,
        error_messages={"required": gettext_lazy("Enter the code that we have sent.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, login: SessionBase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login = login

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not has_code(self.login):
            raise ValidationError(gettext("This code has expired. Ask for a new one."))
        if not constant_time_compare(self.login[_KEPT]["hash"], _hash(code)):
            raise ValidationError(
                gettext("This is not the code that we sent. Use the one in the latest mail.")
            )
        del self.login[_KEPT]
        return code


def _hash(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return salted_hmac("mentormap.reauthentication_code", letters, algorithm="sha256").hexdigest()
