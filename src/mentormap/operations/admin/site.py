"""The admin site. Only what is registered here is shown: no app brings its own tables of tokens along."""

from typing import Any, Final

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy
from unfold.sites import UnfoldAdminSite

from mentormap.lib import clock
from mentormap.operations.admin.dashboard import dashboard

POLICY: Final = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
"""unfold's pages hold inline styles and expressions for Alpine.js; all else stays as strict as elsewhere."""


class OperatorSite(UnfoldAdminSite):
    """Logins, passwords and the second step are django-allauth's, here as everywhere."""

    site_title = site_header = gettext_lazy("MentorMap operator")
    index_title = gettext_lazy("How it stands")
    index_template = "operations/dashboard.html"
    enable_nav_sidebar = True

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return csp_update(POLICY)(super().admin_view(view, cacheable))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**(extra_context or {}), **dashboard(now=clock.now())})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)  # type: ignore[no-untyped-call]
        return response

    def logout(  # type: ignore[override] # Django's promise of a page
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        return redirect("account_logout")

    def password_change(  # type: ignore[override]
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        return redirect("account_change_password")


site = OperatorSite(name="admin")
