"""Turning two-step login on and off: allauth's pages, where the second of two clicks leads where the first one does."""

from typing import cast

from allauth.mfa.totp.views import activate_totp, deactivate_totp
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from mentormap.accounts.models import User
from mentormap.web.http.ended_access import requires_access
from mentormap.web.http.reauthentication import asks_again
from mentormap.web.http.retries import retry_on_integrity_error


@require_http_methods(["GET", "HEAD", "POST"])
@asks_again
@retry_on_integrity_error
@requires_access
def turn_on(request: HttpRequest) -> HttpResponseBase:
    if _is_on(request):
        return redirect("mfa_view_recovery_codes" if request.method == "POST" else "mfa_index")
    page: HttpResponseBase = activate_totp(request)
    return page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@requires_access
def turn_off(request: HttpRequest) -> HttpResponseBase:
    if not _is_on(request):
        return redirect("mfa_index")
    page: HttpResponseBase = deactivate_totp(request)
    return page


def _is_on(request: HttpRequest) -> bool:
    return bool(is_mfa_enabled(cast("User", request.user)))
