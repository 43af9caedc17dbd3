"""Proves by a mailed code that a login is its owner's, where the account has neither a password nor a second factor."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.core import ratelimit
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from mentormap.accounts.models import User
from mentormap.web.forms.reauthentication import MailedCodeForm, keep_code, was_sent
from mentormap.web.reauthentication import renews_key


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
    adapter = get_adapter(request)
    code = adapter.generate_login_code()
    keep_code(request.session, code)
    adapter.send_mail("account/email/reauthentication_code", person.email, {"user": person, "code": code})


reauthenticate_by_code = renews_key(login_required(ByMailedCode.as_view()))
