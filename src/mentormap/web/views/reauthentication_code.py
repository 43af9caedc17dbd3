"""Proves by a mailed code that a login is its owner's, where the account has neither a password nor a second factor."""

from datetime import datetime
from typing import Any, Final, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.lib.when import format_until
from mentormap.notifications import mail_limits
from mentormap.web.forms.reauthentication import MailedCodeForm, has_code, keep_code, was_sent
from mentormap.web.http.account_adapter import AccountAdapter
from mentormap.web.http.context import PageRequest
from mentormap.web.http.reauthentication import renews_key

MAIL: Final = "account/email/reauthentication_code"


class ByMailedCode(BaseReauthenticateView):
    """A POST of `send` mails a code; one of `code` is the proof."""

    form_class = MailedCodeForm
    template_name = "account/reauthenticate_code.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "send" not in request.POST:
            answer: HttpResponse = super().post(request, *args, **kwargs)
            return answer
        person = cast("User", request.user)
        if refusal := ratelimit.consume_or_429(request, action="request_login_code", key=person.email):
            return refusal
        _mail_code(request, person)
        return HttpResponseRedirect(self.passthrough_next_url(request.path))  # type: ignore[no-untyped-call]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "login": self.request.session}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "was_sent": was_sent(self.request.session)}

    def form_valid(self, form: MailedCodeForm) -> HttpResponse:
        person = cast("User", self.request.user)
        record_authentication(self.request, person, method="code", reauthenticated=True)
        answer: HttpResponse = super().form_valid(form)
        return answer


def _mail_code(request: HttpRequest, person: User) -> None:
    """An earlier code works on where no new mail goes out."""
    adapter = cast("AccountAdapter", get_adapter(request))
    code = adapter.generate_login_code()
    if adapter.write_mail(MAIL, person.email, {"user": person, "code": code}):
        keep_code(request.session, code)
    else:
        messages.warning(request, _held_back(request, person, now=clock.now()))


def _held_back(request: HttpRequest, person: User, *, now: datetime) -> str:
    locale = cast("PageRequest", request).viewer_locale
    wait = mail_limits.wait(person.email, kind=MAIL, now=now)
    again = format_until(now + wait, now=now, locale=locale)
    if has_code(request.session):
        return gettext(
            "We have sent several codes already, and no new one now. The code in our latest mail still works. Another can be sent %(again)s."
        ) % {"again": again}
    return gettext(
        "We have sent several codes already, and no new one now. Another can be sent %(again)s."
    ) % {"again": again}


reauthenticate_by_code = renews_key(login_required(ByMailedCode.as_view()))
