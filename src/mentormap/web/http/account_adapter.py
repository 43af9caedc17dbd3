"""Our changes to django-allauth's account pages and mails."""

from contextlib import nullcontext
from typing import Any, Final, cast
from urllib.parse import urlsplit

import structlog
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from mentormap.accounts import address_changes, second_steps
from mentormap.accounts.address_changes import AddressTaken
from mentormap.accounts.models import AddressChange, User
from mentormap.accounts.security import require_access
from mentormap.accounts.verification import owner_of, verified_email
from mentormap.lib import clock
from mentormap.lib.encryption import Unreadable
from mentormap.lib.languages import in_language_of
from mentormap.notifications import access, account_mails, mail_limits
from mentormap.web.http.drafts import keep_with_login, mentor_of_draft
from mentormap.web.http.logins import begin_login, is_login_alive, renew_login
from mentormap.web.http.password_logins import PasswordLogins
from mentormap.web.http.redirects import is_local

_log = structlog.get_logger(__name__)
ADDRESS_TAKEN: Final = "account/email/address_taken"
ADDRESS_TAKEN_MESSAGE: Final = "account/messages/email_confirmation_failed.txt"
EMAIL_CHANGED: Final = "account/email/email_changed"


class AccountAdapter(PasswordLogins):
    """Mails name this site's public address, whatever host a request came by; errors say what to do instead."""

    error_messages = {
        **PasswordLogins.error_messages,
        "account_inactive": gettext_lazy("This account is closed. Write to us if that is a mistake."),
        "code_required": gettext_lazy(
            "Many wrong passwords were tried for this account today, so logging in also needs a code. If your password is right, we have mailed you the code; with two-step login on, use the code in your app. If no mail comes, check the password."
        ),
        "duplicate_email": gettext_lazy("This is already your address. Write another one."),
        "email_password_mismatch": gettext_lazy(
            "Email and password do not match. Try again. If you have just signed up, first open the link in our mail. “Forgot your password?” sends you a new link."
        ),
        "email_taken": gettext_lazy(
            "There is an account with this address already. Log in, or reset its password."
        ),
        "enter_current_password": gettext_lazy("This is not your current password. Try again, or reset it."),
        "incorrect_password": gettext_lazy("This is not your password. Try again, or reset it."),
        "login_limit": gettext_lazy("Too many failed logins. Wait %s, or reset your password."),
        "logins_under_way": gettext_lazy(
            "Other logins are being checked at this moment. Wait 2 seconds, then try again."
        ),
        "too_many_login_attempts": gettext_lazy(
            "Too many failed logins. Wait 15 minutes, or reset your password."
        ),
        "rate_limited": gettext_lazy("Too many tries in a short time. Wait a minute, then try again."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """allauth's name for it."""
        self.write_mail(template_prefix, email, context)

    def write_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> bool:
        """Into the outbox: no page waits for a mail server. As in templates `user` is the person who asks, `person` is added.

        Returns whether it will be sent: code that makes an earlier mail useless asks for that first.
        """
        person = context.get("user")
        subject, text = self._words(template_prefix, email, context)
        return account_mails.write(
            kind=template_prefix, to=email, subject=subject, text=text, person=person, now=clock.now()
        )

    def spend_as_much(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Takes as long as a mail would, but sends none, so that the time does not reveal whether an address has an account."""
        self._words(template_prefix, email, context)
        mail_limits.may_mail(email, kind=template_prefix, now=clock.now())

    def _words(self, template_prefix: str, email: str, context: dict[str, Any]) -> tuple[str, str]:
        person = context.get("user")
        ours = {
            "person": person,
            "reset_address": public_url(reverse("account_reset_password")),
            "logins_address": public_url(reverse("usersessions_list")),
        }
        links = {name: public_url(value) for name, value in context.items() if name.endswith("_url")}
        asking = {"request": allauth_context.request, "email": email}
        with in_language_of(person.locale) if person else nullcontext():
            mail = self.render_mail(template_prefix, email, {**asking, **context, **ours, **links})
            return str(mail.subject), str(mail.body)

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **facts: Any) -> HttpResponse | None:
        begin_login(request, cast("User", user))
        refusal: HttpResponse | None = super().pre_login(request, user, **facts)
        return refusal

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        if not is_login_alive(request, cast("User", user)):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        keep_with_login(request)

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Saves only the password's column; allauth would save the whole row, as it was when the request began.

        Called when a password is set, changed or reset. If the person is logged in, allauth renews that login afterwards.
        Raises AccessEnded, such as for a reset link that is used twice at the same time.
        """
        user.set_password(password)
        with transaction.atomic():
            require_access(cast("User", user))
            user.save(update_fields=["password"])
            access.end_access_for_new_password(cast("User", user))

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC, signup: bool
    ) -> None:
        """Tells the owner of an address that is taken, instead of sending a link that could not work; the page looks the same."""
        email = emailconfirmation.email_address.email
        if owner_of(email):
            self.send_mail(ADDRESS_TAKEN, email, {})
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Verifies the address, after its link was opened: it replaces the previous one, and all access but this browser's ends."""
        user = email_address.user
        before, change = user.get_session_auth_hash(), None
        try:
            with transaction.atomic():
                # from here on, no other request can change the account's addresses
                address_changes.lock_accounts(user.pk, email_address.email)
                access.end_access(user)
                old = verified_email(user)
                self._verify(request, email_address)
                if old and old != email_address.email:
                    change = address_changes.record(user, old=old, new=email_address.email, now=clock.now())
        except AddressTaken:
            facts = {"email": email_address.email}
            self.add_message(request, messages.ERROR, ADDRESS_TAKEN_MESSAGE, facts)
            return False
        renew_login(request, user, before=before)
        if change:
            self._tell_old_address(change)
        return True

    def _verify(self, request: HttpRequest, email_address: EmailAddress) -> None:
        """Raises AddressTaken, and Http404 if the address was dropped after the link was read: allauth would store it again."""
        if not EmailAddress.objects.filter(pk=email_address.pk).exists():
            raise Http404
        address_changes.make_room(email_address.email, email_address.user)
        if not super().confirm_email(request, email_address):
            raise AddressTaken

    def _tell_old_address(self, change: AddressChange) -> None:
        facts = {
            "from_email": change.old_email,
            "to_email": change.new_email,
            "undo_address": address_changes.undo_url(change),
            "undo_days": address_changes.UNDO_WITHIN.days,
        }
        super().send_notification_mail(EMAIL_CHANGED, change.user, facts, email=change.old_email)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Skips allauth's own mail about a changed address, which would also go to an address that was never verified."""
        if template_prefix != EMAIL_CHANGED:
            super().send_notification_mail(template_prefix, user, context, email)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Adds the mailed code: allauth has no method for an account without a password, and would let it pass."""
        known: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if known or not user.is_authenticated:
            return known
        url = reverse("account_reauthenticate_code")
        return [{"id": "reauthenticate_code", "description": gettext("Use a mailed code"), "url": url}]

    def is_safe_url(self, url: str | None) -> bool:
        """Same origin only; allauth alone would accept any allowed host."""
        return is_local(allauth_context.request, url)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """To the booking that had to wait for this, if it was filled in in this browser."""
        mentor_id = mentor_of_draft(request)
        if mentor_id is not None:
            return f"{reverse('mentor', args=[mentor_id])}#book"
        return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        return reverse("settings")


class TwoStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "This code did not fit. Write the one that your app shows now; a recovery code logs you in, too."
        ),
        "unreadable_secret": gettext_lazy(
            "Your code cannot be checked at the moment. Write to the people who run this site."
        ),
        "unverified_email": gettext_lazy(
            "Verify your email address first: we sent a link to it. Then turn two-step login on."
        ),
    }

    def encrypt(self, text: str) -> str:
        return second_steps.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ValidationError, which the form shows, after SECRET_KEY was changed without SECRET_KEY_FALLBACKS."""
        try:
            return second_steps.decrypt(encrypted_text)
        except Unreadable:
            _log.error("second_step_unreadable", to_fix="set SECRET_KEY_FALLBACKS, see docs/operating.md")
            raise self.validation_error("unreadable_secret") from None


def public_url(url: str) -> str:
    """The same address at PUBLIC_URL."""
    return settings.PUBLIC_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()
