"""Bearer tokens: django-allauth checks the password and the second factor, and makes the token.

A token belongs to a login (a web session) of its own on the server: it ends with logout, after 12 hours, with a new password, and
when the account is deactivated. The request's own web session and cookies are never touched.
"""

import time
from copy import copy
from dataclasses import dataclass
from typing import Any, Final, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.headless import app_settings
from allauth.headless.internal import sessionkit
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from ninja.security import HttpBearer

from mentormap.accounts.models import User
from mentormap.accounts.second_factor import checked_code
from mentormap.accounts.security import AccessEnded
from mentormap.api.problems import ApiProblem, InvalidField, too_many, unauthorized
from mentormap.api.tokens import claims_of, user_and_login_of

TOO_MANY: Final = "too_many_login_attempts"
"""allauth's code for a login that came too soon after failed ones."""


@dataclass(frozen=True)
class Caller:
    """The person who sent a valid token, and the login that it belongs to."""

    user: User
    login_key: str


class ApiRequest(HttpRequest):
    """A request that carried a valid token."""

    auth: Caller


class BearerToken(HttpBearer):
    """Raises the 401 that says whether no token came or a dead one."""

    openapi_bearerFormat = "JWT"  # noqa: N815 - OpenAPI's name

    def __call__(self, request: HttpRequest) -> Caller:
        caller = super().__call__(request)
        if caller is None:
            raise no_token()
        return cast("Caller", caller)

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        valid = user_and_login_of(token)
        if valid is None:
            raise invalid_token()
        request.user, login_key = valid
        return Caller(request.user, login_key)


def is_bearer(request: HttpRequest) -> bool:
    """Returns whether any bearer token was sent, valid or not, by ninja's reading of the header."""
    return request.headers.get("Authorization", "").split(" ")[0].lower() == BearerToken.openapi_scheme


def no_token() -> ApiProblem:
    return unauthorized(
        "no-token",
        "Log in at /api/auth/login and send the token in the header Authorization: Bearer <token>.",
    )


def is_forged_or_expired(request: HttpRequest) -> bool:
    """Returns whether the bearer token can be refused without the database."""
    _, _, token = request.headers.get("Authorization", "").partition(" ")
    return claims_of(token) is None


def invalid_token() -> ApiProblem:
    return unauthorized(
        "invalid-token",
        "This token is unknown, expired or logged out. Log in again at /api/auth/login.",
    )


def log_in(request: HttpRequest, *, email: str, password: str, code: str) -> tuple[str, int]:
    """The token, and the seconds that it lives. Raises ApiProblem."""
    apart = _with_login_of_its_own(request)
    with context.request_context(apart):
        try:
            user = _check_credentials(apart, email=email, password=password, code=code)
        except AccessEnded:
            raise _wrong_credentials() from None
        return _token(apart, user), app_settings.JWT_ACCESS_TOKEN_EXPIRES_IN


def log_out(caller: Caller) -> None:
    """Ends the login, and so its token."""
    sessionkit.session_store().delete(caller.login_key)
    UserSession.objects.filter(session_key=caller.login_key).delete()


def _with_login_of_its_own(request: HttpRequest) -> HttpRequest:
    """A copy, so that neither the login nor the CSRF token that Django makes again reaches the client as a cookie."""
    apart = copy(request)
    apart.META = dict(request.META)
    apart.session = sessionkit.new_session()
    return apart


def _check_credentials(request: HttpRequest, *, email: str, password: str, code: str) -> User:
    """Raises ApiProblem and AccessEnded."""
    adapter: Any = get_adapter(request)
    user = _authenticate(adapter, request, email=email, password=password, code=code)
    if not user.is_active:
        raise ApiProblem(
            403, "account-inactive", "This account is closed. Write to the operator of this site."
        )
    record_authentication(request, user, "password", email=email)
    if not adapter.gave_second_factor:
        _check_second_factor(request, user, code)
    return user


def _authenticate(adapter: Any, request: HttpRequest, *, email: str, password: str, code: str) -> User:
    try:
        user = adapter.authenticate(request, email=email, password=password, code=code)
    except ValidationError as error:
        if error.code == "code_required":
            raise _code_required() from None
        if error.code == "logins_under_way":
            raise too_many(adapter.seconds_to_wait, why="Other logins are being checked.") from None
        raise too_many(adapter.seconds_to_wait) from None
    if user is None:
        raise _wrong_credentials()
    return cast("User", user)


def _wrong_credentials() -> ApiProblem:
    """The same for an unknown address, an address that is not verified, and a wrong password."""
    return unauthorized(
        "wrong-credentials",
        "This email address and this password do not match. Try again. After signing up, first open the link in the "
        f"mail that we sent; a reset at {settings.PUBLIC_URL}{reverse('account_reset_password')} sends a new one.",
    )


def _code_required() -> ApiProblem:
    """The same whether the password is right or wrong: after many wrong ones, none is to be found out."""
    detail = (
        "Many wrong passwords were tried for this account. If this one is right, a code was mailed to its address, or the "
        "authenticator app shows one: send it as `code`, with the same password."
    )
    return unauthorized("code_required", detail, errors=[InvalidField("code", detail)])


def _check_second_factor(request: HttpRequest, user: User, code: str) -> None:
    if not is_mfa_enabled(user):
        return
    if not code:
        raise _second_factor("Send `code` as well: six digits of your authenticator app, or a recovery code.")
    form = checked_code(user, code)
    if form.is_valid():
        return
    if form.has_error("code", TOO_MANY):
        raise too_many(_seconds_to_wait(request, f"mfa-auth-user-{user.pk}"))
    raise _second_factor("This code is not right, or no longer. Send the one that your app shows now.")


def _second_factor(detail: str) -> ApiProblem:
    return unauthorized("mfa_required", detail, errors=[InvalidField("code", detail)])


def _token(request: HttpRequest, user: User) -> str:
    request.session.set_expiry(app_settings.JWT_ACCESS_TOKEN_EXPIRES_IN)
    get_adapter().login(request, user)
    UserSession.objects.create_from_request(request)
    request.session.save()
    return str(JWTTokenStrategy().create_access_token(request))


def _seconds_to_wait(request: HttpRequest, key: str) -> int:
    """Until allauth's limits on codes of the second step let the next one through."""
    waits = [
        _wait(rate, cache.get(_cache_key(request, rate, key)) or [])
        for rate in ratelimit.get_rates(app="allauth.account", action="login_failed")
    ]
    return max([1, *waits])


def _cache_key(request: HttpRequest, rate: Any, key: str) -> str:
    name = ratelimit.get_cache_key(request, app="allauth.account", action="login_failed", rate=rate, key=key)
    return str(name)


def _wait(rate: Any, history: list[float]) -> int:
    """`history` is newest first."""
    if len(history) < rate.amount:
        return 0
    return int(history[rate.amount - 1] + rate.duration - time.time()) + 1
