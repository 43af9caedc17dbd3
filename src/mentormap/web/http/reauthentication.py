"""Asks for the password again, or for a second factor, before actions that a stolen login must not be able to do.

allauth shows the page and leads back: a submitted form is kept in the login and processed afterwards.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.usersessions.models import UserSession
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import urlencode

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def is_recent(request: HttpRequest) -> bool:
    """Returns whether this login was reauthenticated within the last five minutes; logging in does not count."""
    proofs = [record for record in _records(request) if record.get("reauthenticated")]
    return bool(proofs) and time.time() - proofs[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def ask_again(request: HttpRequest) -> None:
    """Raises ReauthenticationRequired, which allauth's middleware turns into its page, unless the last one is recent.

    allauth's own check would let an account without a password pass.
    """
    if not is_recent(request):
        raise ReauthenticationRequired


def address_to_ask_at(request: HttpRequest, *, back: str) -> str:
    """Returns the address of the page that asks, for scripts."""
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    return f"{ways[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: back})}"


def asks_again(view: View[Rest], *, to: frozenset[str] = frozenset()) -> View[Rest]:
    """Asks at each request, or only at a POST of one of the fields in `to`."""

    @login_required
    @wraps(view)
    def asking(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if not to or to & request.POST.keys():
            ask_again(request)
        return view(request, *args, **kwargs)

    return asking


def renews_key(view: View[Rest]) -> View[Rest]:
    """Gives the login a new key after a reauthentication, so that a copy of its cookie does not benefit from it."""

    @wraps(view)
    def renewing(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        before, key = len(_records(request)), request.session.session_key
        answer = view(request, *args, **kwargs)
        if len(_records(request)) > before and request.session.session_key == key:
            request.session.cycle_key()
            UserSession.objects.filter(session_key=key).update(session_key=request.session.session_key)
        return answer

    return renewing


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    return get_authentication_records(request, request.user) if request.user.is_authenticated else []
