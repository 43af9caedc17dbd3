"""The link that the old address gets when an account moves to a new one: it works without a login, and once."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mentormap.accounts.address_changes import AddressTaken, read_undo_token
from mentormap.accounts.models import AddressChange
from mentormap.lib import clock
from mentormap.notifications import access


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Asks first, because mail scanners open links. The token is the only proof; no cookie is needed."""
    change = read_undo_token(token, now=clock.now())
    return _undo(request, change) if change and request.method == "POST" else _show(request, change)


def _undo(request: HttpRequest, change: AddressChange) -> HttpResponse:
    """Redirects to the choice of a new password, because a thief may know the current one."""
    try:
        user = access.undo_address_change(change, now=clock.now())
    except AddressTaken:
        return _show(request, change, is_taken=True)
    if user is None:
        return _show(request, None)
    facts = {"from_email": change.new_email, "to_email": change.old_email}
    get_adapter(request).send_notification_mail(
        "account/email/address_restored", user, facts, email=change.new_email
    )
    return redirect(
        "account_reset_password_from_key",
        uidb36=user_pk_to_url_str(user),
        key=default_token_generator.make_token(user),
    )


def _show(request: HttpRequest, change: AddressChange | None, *, is_taken: bool = False) -> HttpResponse:
    status = 409 if is_taken else 200 if change else 404
    context = {"change": change, "is_taken": is_taken}
    return render(request, "account/address_undo.html", context, status=status)
