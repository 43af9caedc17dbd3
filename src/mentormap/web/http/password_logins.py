"""Password logins with the limits of accounts/login_limits.py, on pages and at the API alike."""

from typing import Any, Final, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest

from mentormap.accounts import login_codes
from mentormap.accounts.login_limits import Attempt, TooManyTries, TriesUnderWay
from mentormap.accounts.models import User
from mentormap.accounts.second_factor import checked_code
from mentormap.accounts.verification import owner_of
from mentormap.lib import clock
from mentormap.lib.networks import counted_address, network, plain_address
from mentormap.notifications.mail_limits import LOGIN_CODE
from mentormap.web.http.known_browsers import browser_of

_NO_ACCOUNT: Final = "-"
"""No email address, so that no account has it: its login takes as long as a wrong password."""


class PasswordLogins(DefaultAccountAdapter):
    """An adapter serves one request. allauth counts by host and account; here the host does not matter.

    `seconds_to_wait` is set when a try was refused, `gave_second_factor` when the code was that of the authenticator app.
    """

    seconds_to_wait = 0
    gave_second_factor = False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Takes `code` as well. Raises AccessEnded, and ValidationError `too_many_login_attempts`, `logins_under_way` and
        `code_required`.

        An address that is not verified logs in to no account, and its password is compared with none: after a sign-up, the
        answer would tell whether the address was taken. Where a code is needed, a wrong password gets the same answer as a
        right one without it: none can be found out.
        """
        code, email = credentials.pop("code", ""), str(credentials.pop("email", ""))
        owner = _account_of(request, email)
        attempt = _attempt(request, email, owner)
        needs_code = self._begin(attempt)
        try:
            known = owner.email if owner else _NO_ACCOUNT
            user = cast("User | None", super().authenticate(request, email=known, **credentials))
            if needs_code and (user is None or user.is_active) and not self._is_proved(user, code):
                raise self.validation_error("code_required")
            if user is not None:
                attempt.succeed(needed_code=needs_code, now=clock.now())
            return user
        finally:
            attempt.end(now=clock.now())

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Keeps allauth from counting as well."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """allauth would count all of IPv4 as one network of IPv6 where the server listens on both by one socket."""
        return plain_address(super().get_client_ip(request))

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a reset by mail, so that its owner can log in at once."""
        email = str(credentials["email"])
        _attempt(request, email, _account_of(request, email)).forget()

    def _begin(self, attempt: Attempt) -> bool:
        """Returns whether a mailed code is needed."""
        try:
            return attempt.begin()
        except TriesUnderWay as refusal:
            self.seconds_to_wait = refusal.seconds
            raise self.validation_error("logins_under_way") from None
        except TooManyTries as refusal:
            self.seconds_to_wait = refusal.seconds
            raise self.validation_error("login_limit", _minutes(refusal.seconds)) from None

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
        self.gave_second_factor = bool(code) and checked_code(user, code).is_valid()
        return self.gave_second_factor


def _minutes(seconds: int) -> str:
    """Rounds up, so that a try after that long is not refused again."""
    count = -(-seconds // 60)
    return f"{count} minutes" if count > 1 else "1 minute"


def _account_of(request: HttpRequest, email: str) -> User | None:
    """The account with this verified address, or the one that this browser is logged in to: it may be older than this rule."""
    mine = request.user
    return mine if mine.is_authenticated and mine.email == email.lower() else owner_of(email)


def _attempt(request: HttpRequest, email: str, owner: User | None) -> Attempt:
    account = str(owner.pk) if owner else f"nobody {email.lower()}"
    address = DefaultAccountAdapter(request).get_client_ip(request)
    source, is_known = f"network {network(address)}", False
    if owner and request.user == owner:
        source, is_known = f"login {request.session.session_key}", True
    elif browser := browser_of(request, [owner] if owner else []):
        source, is_known = f"browser {browser}", True
    return Attempt(account, source, counted_address(address), is_known=is_known, began=clock.now())
