"""A cookie that identifies a browser that has logged in to an account before, for accounts/login_limits.py.

It gives no access by itself. It is valid until a new password or address ends all logins, and can hold several accounts.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from mentormap.accounts.models import User

COOKIE: Final = "known_browser"
MOST_ACCOUNTS: Final = 5
_AGE: Final = timedelta(days=365)
_SALT: Final = "mentormap.known_browser"

Browsers = dict[str, list[str]]
"""For each account: this browser's name, and a proof that no logins have been ended since it logged in."""


class KnownBrowserMiddleware:
    """Sets the cookie at a login, and for a browser that is logged in without one.

    Comes after AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.session.get(SESSION_KEY) and request.user.is_authenticated:
            remember(request, response, request.user)
        return response


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    if browser_of(request, [user]):
        return
    others = {key: facts for key, facts in _read(request).items() if key != str(user.pk)}
    newest = {str(user.pk): [secrets.token_urlsafe(12), _proof(user)]}
    kept = dict(list((newest | others).items())[:MOST_ACCOUNTS])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=_AGE,
        httponly=True,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        samesite="Lax",
    )


def browser_of(request: HttpRequest, users: Iterable[User]) -> str:
    """Returns this browser's name at the first of these accounts that knows it; empty for an unknown browser."""
    browsers = _read(request)
    for user in users:
        name, proof = browsers.get(str(user.pk), ["", ""])
        if name and constant_time_compare(proof, _proof(user)):
            return name
    return ""


def _read(request: HttpRequest) -> Browsers:
    """Returns the cookie's content; empty for a cookie that we did not sign."""
    try:
        browsers: Browsers = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_AGE)
    except signing.BadSignature:
        return {}
    return browsers


def _proof(user: User) -> str:
    return salted_hmac(_SALT, user.login_seal, algorithm="sha256").hexdigest()[:16]
