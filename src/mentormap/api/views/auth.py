"""Logging in and out."""

from django.http import HttpRequest
from ninja import Router, Status

from mentormap.api import auth
from mentormap.api.auth import ApiRequest, BearerToken
from mentormap.api.schemas import Credentials, Token, refusals

router = Router(tags=["Login"])


@router.post(
    "/login", response={200: Token, **refusals(400, 401, 403, 411, 413, 415, 422, 429)}, summary="Log in"
)
def login(request: HttpRequest, credentials: Credentials) -> Token:
    """A token for 12 hours.

    Logging in needs a verified address: until the link in the mail after sign-up is opened, the answer is 401
    `wrong-credentials`, as for a wrong password. A password reset by mail also verifies the address.
    With a second factor, the answer is 401 `mfa_required` unless `code` is right. After 50 failed logins in a day the
    answer is 401 `code_required`, for right and wrong passwords alike: with the right password, a code is mailed to the account's
    address, valid for an hour; send it as `code`, with email and password. With a second factor, send its code instead.
    Five failed logins from one network close the account to that network for 15 minutes, with 429 and `Retry-After`.
    Logins sent while others of yours are still being checked may get 429 as well, with a `Retry-After` of 2 seconds.
    """
    token, seconds = auth.log_in(
        request,
        email=credentials.email.strip(),
        password=credentials.password,
        code=(credentials.code or "").strip(),
    )
    return Token(access_token=token, expires_in=seconds)


@router.post("/logout", auth=BearerToken(), response={204: None, **refusals(401)}, summary="Log out")
def logout(request: ApiRequest) -> Status[None]:
    """The token is dead afterwards."""
    auth.log_out(request.auth)
    return Status(204, None)
