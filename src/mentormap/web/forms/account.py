"""django-allauth's forms in our words: one password field, and errors that say what to write."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import EmailAddress, Login
from allauth.account.stages import LoginStageController
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.internal.constants import LoginStageKey
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from mentormap.accounts.models import User
from mentormap.accounts.security import require_access
from mentormap.accounts.verification import has_account, record_proof

RESET = "account/email/password_reset_key"
PASSWORD_HELP = gettext_lazy("At least 10 characters. Three random words work well.")
HELP = {"password1": PASSWORD_HELP}
REQUIRED = {
    "login": gettext_lazy("Write the email address of your account."),
    "email": gettext_lazy("Write your email address."),
    "password": gettext_lazy("Write your password."),
    "password1": gettext_lazy("Write a password. At least 10 characters. Three random words work well."),
    "oldpassword": gettext_lazy("Write your current password."),
    "code": gettext_lazy("Write the code that your app shows."),
}
LABELS = {
    "login": gettext_lazy("Email"),
    "oldpassword": gettext_lazy("Current password"),
    "code": gettext_lazy("Code"),
}
BAD_EMAIL = gettext_lazy("Write an email address in full, such as sam@example.com.")
LONGEST_EMAIL = 254
"""As the columns are; Django's own field lets 320 characters pass."""
LONG_EMAIL = format_lazy(
    gettext_lazy("Write an email address of at most {most} characters."), most=LONGEST_EMAIL
)


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
    """Adds a third field, `code`, once the account needs more than the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("code", "").strip():
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
            label=gettext("Code"),
            max_length=64,
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
        )
        self.use_required_attribute = False  # another password can be tried without a code

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        """Works like allauth's, with the code; a code from the app also completes the second step."""
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
    """Answers the same whether the address has an account or not: it sends a mail and logs nobody in.

    It also takes the same time: it hashes one password and commits one transaction.
    """

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = has_account(value)
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse]:
        email, hashed = self.cleaned_data["email"], make_password(self.cleaned_data["password1"])
        with transaction.atomic():
            user = None if self.account_already_exists else self._new_user(request, email, hashed)
            login = Login(
                user=user,
                email=email,
                signup=True,
                email_verification=EmailVerificationMethod.MANDATORY,
                redirect_url=get_next_redirect_url(request),
            )
            return user, perform_login(request, login)

    def _new_user(self, request: HttpRequest, email: str, hashed: str) -> User:
        user = User.objects.create(email=email, password=hashed)
        self.custom_signup(request, user)
        EmailAddress.objects.create(user=user, email=email, primary=True)
        return user


class AddEmailForm(InOurWords, allauth_forms.AddEmailForm):
    user: User

    def save(self, request: HttpRequest) -> EmailAddress:
        """Keeps the address in use, verified or not: allauth would drop an unverified one and leave the account without any. Raises AccessEnded."""
        with transaction.atomic():
            require_access(self.user)
            waiting = EmailAddress.objects.filter(user=self.user, verified=False)
            waiting.exclude(email=self.user.email).delete()
            address = EmailAddress.objects.create(user=self.user, email=self.cleaned_data["email"])
        send_verification_email_to_address(request, address)
        return address


class ResetPasswordForm(InOurWords, allauth_forms.ResetPasswordForm):
    users: list[User]

    def clean_email(self) -> str:
        """Ignores pending addresses, so that a link proves the address that the account uses."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if user.email == email.lower()]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Sends no mail to an address without an account, but gives the same answer in the same time."""
        email: str = super().save(request, **kwargs)
        if not self.users:
            adapter: Any = get_adapter(request)
            adapter.spend_as_much(RESET, email, {"password_reset_url": request.build_absolute_uri()})
        return email


class ChangePasswordForm(InOurWords, allauth_forms.ChangePasswordForm):
    user: User

    def clean_oldpassword(self) -> str:
        """Counts as a login does: allauth compares the password as often as its limit on changes allows, 5 times a minute."""
        password: str = self.cleaned_data["oldpassword"]
        adapter: Any = get_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("enter_current_password")
        return password


class SetPasswordForm(InOurWords, allauth_forms.SetPasswordForm):
    pass


class ResetPasswordKeyForm(InOurWords, allauth_forms.ResetPasswordKeyForm):
    user: User

    def save(self) -> None:
        """Marks the address as verified, since the link came by mail, after ending all access to an account that was unverified."""
        with transaction.atomic():
            super().save()
            record_proof(self.user)


class ReauthenticateForm(InOurWords, allauth_forms.ReauthenticateForm):
    pass


class AuthenticateCodeForm(InOurWords, mfa_forms.AuthenticateForm):
    pass


class ReauthenticateCodeForm(InOurWords, mfa_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(InOurWords, totp_forms.ActivateTOTPForm):
    pass
