"""A person's own page: who they are, and how they log in."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from mentormap.accounts import phones
from mentormap.accounts.feed_addresses import feed_address_of
from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.notifications import outbox, suppressions
from mentormap.notifications.notice_kinds import Channel
from mentormap.web.forms.settings import SettingsForm
from mentormap.web.http.context import MemberRequest
from mentormap.web.http.zone_switch import set_zone_cookie


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: MemberRequest) -> HttpResponse:
    """Name, time zone and locale here; password, email, two-step login and logins by their own pages."""
    form = SettingsForm(
        request.POST if request.method == "POST" else None,
        instance=User.objects.get(pk=request.user.pk),
        viewer_zone=request.viewer_zone,
        now=clock.now(),
    )
    if form.is_valid():
        return _save(request, form)
    status = 422 if form.is_bound else 200
    context = {
        "form": form,
        **_ways_to_log_in(request.user),
        "has_feed": feed_address_of(request.user) is not None,
        "suppression": suppressions.of(request.user.email),
    }
    return render(request, "settings.html", context, status=status)


def _save(request: MemberRequest, form: SettingsForm) -> HttpResponse:
    """The form's columns alone: the password or the address may have been changed since the row was read."""
    form.instance.save(update_fields=form.Meta.fields)
    messages.success(request, gettext("Saved."))
    response = redirect("settings")
    set_zone_cookie(response, form.cleaned_data["time_zone"], secure=request.is_secure())
    return response


@login_required
@require_POST
def mail_again(request: MemberRequest) -> HttpResponse:
    """Removes the suppression of the person's own address, until the next bounce."""
    if suppressions.lift(request.user.email):
        messages.success(
            request,
            gettext("From the next mail on, we write to %(email)s again.") % {"email": request.user.email},
        )
    return redirect("settings")


def _ways_to_log_in(user: User) -> dict[str, object]:
    addresses = list(EmailAddress.objects.filter(user=user))
    return {
        "is_verified": any(address.verified and address.email == user.email for address in addresses),
        "new_email": next((address.email for address in addresses if address.email != user.email), ""),
        "has_two_steps": Authenticator.objects.filter(user=user).exists(),
        "has_sms": Channel.SMS in outbox.set_up(),
        "phone": phones.verified_number(user),
        "login_count": UserSession.objects.filter(user=user).count(),
    }
