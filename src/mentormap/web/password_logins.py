"""Password logins with the limits of accounts/login_limits.py, on pages and at the API alike."""

from typing import Any, Final, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from mentormap.accounts import login_codes
from mentormap.accounts.login_limits import Attempt, TooManyTries
from mentormap.accounts.models import User
from mentormap.accounts.verification import owner_of
from mentormap.lib import clock
from mentormap.lib.networks import network, plain_address
from mentormap.notifications.mail_limits import LOGIN_CODE
from mentormap.web.known_browsers import browser_of

_NO_ACCOUNT: Final = "-"
"""No email address, so that no account has it: its login takes as long as a wrong password."""


class PasswordLogins(DefaultAccountAdapter):
    """An adapter serves one request. allauth counts by host and account; here the host does not matter.

    `seconds_to_wait` is set when too many failed, `gave_second_factor` when the code was that of the authenticator app.
    """

    seconds_to_wait = 0
    gave_second_factor = False
    _needs_code = False
    _attempt: Attempt
    _usage: ratelimit.RateLimitUsage | None = None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Takes `code` as well. Raises ValidationError `too_many_login_attempts` and `code_required`.

        An address that is not verified logs in to no account, and its password is compared with none: after a sign-up, the
        answer would tell whether the address was taken. Where a code is needed, a wrong password gets the same answer as a
        right one without it: none can be found out.
        """
        code, email = credentials.pop("code", ""), str(credentials.pop("email", ""))
        owner = _account_of(request, email)
        self._attempt = _attempt(request, email, owner)
        known = owner.email if owner else _NO_ACCOUNT
        user = cast("User | None", super().authenticate(request, email=known, **credentials))
        if self._needs_code and (user is None or user.is_active) and not self._is_proved(user, code):
            raise self.validation_error("code_required")
        if user is not None:
            self._take_back()
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002 - allauth's signature
        if not self._attempt.is_known:
            self._usage = ratelimit.consume(request, app="allauth.account", action="unknown_browser")
            if not self._usage:
                raise self._too_many(seconds=60)
        try:
            self._needs_code = self._attempt.begin(now=clock.now())
        except TooManyTries as error:
            raise self._too_many(seconds=error.seconds) from None

    def get_client_ip(self, request: HttpRequest) -> str:
        """allauth would count all of IPv4 as one network of IPv6 where the server listens on both by one socket."""
        return plain_address(super().get_client_ip(request))

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a reset by mail, so that its owner can log in at once."""
        email = str(credentials["email"])
        _attempt(request, email, _account_of(request, email)).forget()

    def _too_many(self, *, seconds: int) -> ValidationError:
        self.seconds_to_wait = seconds
        return self.validation_error("too_many_login_attempts")

    def _take_back(self) -> None:
        self._attempt.succeed(needed_code=self._needs_code, now=clock.now())
        if self._usage:
            self._usage.rollback()

    def _is_proved(self, user: User | None, code: str) -> bool:
        if user is None:
            return False
        if is_mfa_enabled(user):
            return self._is_second_factor(user, code)
        if code:
            return login_codes.redeem(user, code=code, now=clock.now())
        if mailed := login_codes.code_to_mail(user, now=clock.now()):
            self.send_mail(LOGIN_CODE, user.email, {"user": user, "code": mailed})
        return False

    def _is_second_factor(self, user: User, code: str) -> bool:
        """Where two-step login is on, the app's code is proof enough, and not asked for twice."""
        form = AuthenticateForm(data={"code": code}, user=user)
        if not code or not form.is_valid():
            return False
        form.save()
        self.gave_second_factor = True
        return True


def _account_of(request: HttpRequest, email: str) -> User | None:
    """The account with this verified address, or the one that this browser is logged in to: it may be older than this rule."""
    mine = request.user
    return mine if mine.is_authenticated and mine.email == email.lower() else owner_of(email)


def _attempt(request: HttpRequest, email: str, owner: User | None) -> Attempt:
    account = str(owner.pk) if owner else f"nobody {email.lower()}"
    if owner and request.user == owner:
        return Attempt(account, f"login {request.session.session_key}", is_known=True)
    if browser := browser_of(request, [owner] if owner else []):
        return Attempt(account, f"browser {browser}", is_known=True)
    adapter = DefaultAccountAdapter(request)
    return Attempt(account, f"network {network(adapter.get_client_ip(request))}", is_known=False)
