"""A person's phone number: give it, prove it by a code, forget it."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mentormap.accounts import phones
from mentormap.accounts.models import Phone
from mentormap.accounts.phones import PhoneRefused, TooManyCodes
from mentormap.lib import clock
from mentormap.notifications import outbox
from mentormap.notifications.channels import sms
from mentormap.notifications.channels.sms import SmsMessage
from mentormap.notifications.errors import FinalError, RetryableError
from mentormap.notifications.notice_kinds import Channel
from mentormap.web.forms.phone import CodeForm, NumberForm
from mentormap.web.http.context import MemberRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: MemberRequest) -> HttpResponse:
    """Not there where the operator has no SMS provider."""
    if Channel.SMS not in outbox.set_up():
        raise Http404
    if request.method != "POST":
        return _show(request, NumberForm(), CodeForm())
    if "forget" in request.POST:
        phones.forget(request.user)
        messages.success(request, gettext("Your number is forgotten. No more messages go to it."))
        return redirect("settings_phone")
    return _verify(request) if "code" in request.POST else _send(request)


def _send(request: MemberRequest) -> HttpResponse:
    """The code is sent at once, within the provider's time limits: the person waits for it."""
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _show(request, form, CodeForm(), status=422)
    try:
        number = phones.normalise(form.cleaned_data["number"])
        _send_code(request, number)
    except TooManyCodes as refusal:
        form.add_error(refusal.field, str(refusal))
        response = _show(request, form, CodeForm(), status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    except PhoneRefused as refusal:
        form.add_error(refusal.field, str(refusal))
    except (RetryableError, FinalError):
        form.add_error(
            "number",
            gettext(
                "The message could not be sent just now, and nothing has changed. Try again in a few minutes."
            ),
        )
    if form.errors:
        return _show(request, form, CodeForm(), status=422)
    messages.success(request, gettext("We have sent a code. Type it here within 10 minutes."))
    return redirect("settings_phone")


def _send_code(request: MemberRequest, number: str) -> None:
    """Raises PhoneRefused, RetryableError and FinalError, after which an earlier number or code counts as before."""
    before = Phone.objects.filter(user=request.user).first()
    address = get_adapter().get_client_ip(request)
    code = phones.new_code(request.user, number=number, now=clock.now(), address=address)
    try:
        sms.send(
            SmsMessage(
                to=number,
                body=gettext("%(code)s is your MentorMap code. Nobody but you needs it.") % {"code": code},
            )
        )
    except (RetryableError, FinalError):
        phones.take_back(request.user, number=number, code=code, before=before)
        raise


def _verify(request: MemberRequest) -> HttpResponse:
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            phones.verify(request.user, code=form.cleaned_data["code"], now=clock.now())
        except PhoneRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, gettext("Proved: messages may go to this number."))
            return redirect("settings_notices")
    return _show(request, NumberForm(), form, status=422)


def _show(request: MemberRequest, number: NumberForm, code: CodeForm, *, status: int = 200) -> HttpResponse:
    known = Phone.objects.filter(user=request.user).exclude(number="").first()
    context = {
        "number_form": number,
        "code_form": code,
        "number": phones.display(known.number) if known else "",
        "is_verified": bool(known and known.verified_at),
    }
    return render(request, "settings/phone.html", context, status=status)
