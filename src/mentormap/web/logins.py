"""The login of the browser that a request came from."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from mentormap.accounts.models import User


def renew_login(request: HttpRequest, user: User) -> None:
    """Keeps this browser logged in after all access of its user ended, under a new key: a copy of the cookie is dead."""
    if request.user == user:
        update_session_auth_hash(request, user)
        UserSession.objects.create_from_request(request)
