"""Requests that were under way when all access to their account was ended."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from allauth.account.internal.stagekit import unstash_login
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.accounts.security import AccessEnded, require_access

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def requires_access(view: View[Rest]) -> View[Rest]:
    """For allauth's views that write: makes a request one transaction, in which the account is locked. Raises AccessEnded.

    The account is that of this login, also of one that waits for its second step. A GET counts as well: allauth's page of the
    address stores the one that the account had when the request began.
    """

    @wraps(view)
    def requiring(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        account = _account_of(request)
        if account is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            require_access(account)
            return view(request, *args, **kwargs)

    return requiring


def _account_of(request: HttpRequest) -> User | None:
    if request.user.is_authenticated:
        return request.user
    login = unstash_login(request, peek=True)
    return cast("User", login.user) if login else None


class EndedAccessMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Leads to the login, and from there back in if this browser is logged in: an owner who clicks twice comes here as well,
        after the first click has changed the password."""
        if not isinstance(exception, AccessEnded):
            return None
        messages.error(
            request,
            gettext(
                "The password or the address of this account has just been changed, and what was sent after that was not saved. "
                "If it was not you, reset your password now."
            ),
        )
        return redirect("account_login")
