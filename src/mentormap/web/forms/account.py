"""django-allauth's forms in our words: one password field, and errors that say what to write."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.internal.constants import LoginStageKey
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.core.validators import MaxLengthValidator

PASSWORD_HELP = "At least 10 characters. Three random words work well."  # noqa: S105 - a sentence
HELP = {"password1": PASSWORD_HELP}
REQUIRED = {
    "login": "Write the email address of your account.",
    "email": "Write your email address.",
    "password": "Write your password.",
    "password1": f"Write a password. {PASSWORD_HELP}",
    "oldpassword": "Write your present password.",
    "code": "Write the code that your app shows.",
}
LABELS = {"login": "Email", "oldpassword": "Present password", "code": "Code"}
BAD_EMAIL = "Write an email address in full, such as sam@example.com."
LONGEST_EMAIL = 254
"""As the columns are; Django's own field lets 320 characters pass."""
LONG_EMAIL = f"Write an email address of at most {LONGEST_EMAIL} characters."


class InOurWords:
    """Labels instead of placeholders, our sentences, and a new password only once: a mistyped one is reset by mail."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
            field.help_text = HELP.get(name, "")
            if name in REQUIRED:
                field.error_messages["required"] = REQUIRED[name]
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = BAD_EMAIL
                field.validators = [*_without_length(field), MaxLengthValidator(LONGEST_EMAIL, LONG_EMAIL)]


def _without_length(field: forms.EmailField) -> list[Any]:
    return [one for one in field.validators if not isinstance(one, MaxLengthValidator)]


class LoginForm(InOurWords, allauth_forms.LoginForm):
    """Has a third field, `code`, once the account asks for more than the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("code"):
            self._ask_for_code()

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()  # type: ignore[no-untyped-call]
        except forms.ValidationError as error:
            if error.code == "code_required":
                self._ask_for_code()
            raise
        return cleaned

    def _ask_for_code(self) -> None:
        self.fields["code"] = forms.CharField(
            label="Code",
            required=False,
            max_length=64,
            help_text="From our mail or, with two-step login on, from your app.",
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        )

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        """As allauth's, with the code; and the second step is over where the code was that of the app."""
        adapter: Any = get_adapter(self.request)
        code = self.cleaned_data.get("code", "").strip()
        self.user = adapter.authenticate(self.request, **credentials, code=code)
        if self.user is None:
            raise adapter.validation_error("email_password_mismatch")
        self._login = Login(user=self.user, email=credentials["email"])
        if adapter.gave_second_factor:
            controller = LoginStageController(self.request, self._login)
            controller.set_handled(LoginStageKey.MFA_AUTHENTICATE.value)
        return self.cleaned_data


class SignupForm(InOurWords, allauth_forms.SignupForm):
    pass


class AddEmailForm(InOurWords, allauth_forms.AddEmailForm):
    pass


class ResetPasswordForm(InOurWords, allauth_forms.ResetPasswordForm):
    pass


class ChangePasswordForm(InOurWords, allauth_forms.ChangePasswordForm):
    pass


class SetPasswordForm(InOurWords, allauth_forms.SetPasswordForm):
    pass


class ResetPasswordKeyForm(InOurWords, allauth_forms.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(InOurWords, allauth_forms.ReauthenticateForm):
    pass


class AuthenticateCodeForm(InOurWords, mfa_forms.AuthenticateForm):
    pass


class ReauthenticateCodeForm(InOurWords, mfa_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(InOurWords, totp_forms.ActivateTOTPForm):
    pass
