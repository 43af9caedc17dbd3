"""The login of the browser that a request came from."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from mentormap.accounts.models import User

_BEGUN = "login_begun"


def begin_login(request: HttpRequest, user: User) -> None:
    """Notes what the login rests on: its second step may come minutes later."""
    request.session[_BEGUN] = user.get_session_auth_hash()


def is_login_alive(request: HttpRequest, user: User) -> bool:
    """False where all access has ended between the first step and the second."""
    begun = request.session.pop(_BEGUN, "")
    return not begun or begun == user.get_session_auth_hash()


def renew_login(request: HttpRequest, user: User, *, before: str) -> None:
    """Keeps this browser logged in after all access of its user ended, under a new key: a copy of the cookie is dead.

    The same for a login that waits here for this change, as a sign-up does for the address. `before` is what logins rested on.
    """
    if request.user == user:
        update_session_auth_hash(request, user)
        UserSession.objects.create_from_request(request)
    elif request.session.get(_BEGUN) == before:
        begin_login(request, user)
