"""Requests that were under way when all access to their account was ended."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from mentormap.accounts.models import User
from mentormap.accounts.security import AccessEnded, require_access

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def requires_access(view: View[Rest]) -> View[Rest]:
    """For allauth's views that write: makes a POST one transaction, in which the account is locked. Raises AccessEnded."""

    @wraps(view)
    def requiring(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            require_access(cast("User", request.user))
            return view(request, *args, **kwargs)

    return requiring


class EndedAccessMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Leads to the login: an owner's double-click also comes here, after the first click has changed the password."""
        if not isinstance(exception, AccessEnded):
            return None
        messages.error(
            request,
            "The password or the address of this account was changed at the same moment, so nothing was saved here. Log in again.",
        )
        return redirect("account_login")
