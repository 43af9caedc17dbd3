"""The login of the browser that a request came from."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from mentormap.accounts.models import User

_BEGUN = "login_begun"


def begin_login(request: HttpRequest, user: User) -> None:
    """Stores the account's current hash in the login, because the second step may come minutes later."""
    request.session[_BEGUN] = user.get_session_auth_hash()


def is_login_alive(request: HttpRequest, user: User) -> bool:
    """Returns False if all access was ended between the first step and the second."""
    begun = request.session.pop(_BEGUN, "")
    return not begun or begun == user.get_session_auth_hash()


def renew_login(request: HttpRequest, user: User, *, before: str) -> None:
    """Keeps this browser logged in after all access of its user was ended, with a new key, so that a copied cookie is useless.

    Does the same for a pending login, such as a sign-up that waits for its address. `before` is the hash that logins had before.
    """
    if request.user == user:
        update_session_auth_hash(request, user)
        UserSession.objects.create_from_request(request)
    elif request.session.get(_BEGUN) == before:
        begin_login(request, user)
