"""Codes of an authenticator app and recovery codes, sent together with a password."""

from allauth.mfa.base.forms import AuthenticateForm
from django.db import transaction

from mentormap.accounts.models import User
from mentormap.accounts.security import require_access


@transaction.atomic
def checked_code(user: User, code: str) -> AuthenticateForm:
    """Uses up the code if it is valid; otherwise, the form says why not. Raises AccessEnded."""
    require_access(user)
    form = AuthenticateForm(data={"code": code}, user=user)
    if form.is_valid():
        form.save()
    return form
