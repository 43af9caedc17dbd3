"""Reads bearer tokens, with leeway for clocks that differ between servers.

django-allauth decodes its tokens without leeway, and has no setting for it; the rest is its own code.
"""

from typing import Any, Final, cast

import jwt
from allauth.headless.tokens.strategies.jwt import internal

from mentormap.accounts.models import User

LEEWAY_SECONDS: Final = 30
"""Applies to `iat`, `nbf` and `exp` (RFC 7519, section 4.1), and not to the end of the login on the server."""


def user_and_login_of(token: str) -> tuple[User, str] | None:
    """Returns the person and the key of their login; None for a foreign or expired token, or one whose login has ended."""
    claims = claims_of(token)
    session = internal.get_token_session(claims) if claims else None
    if claims is None or session is None:
        return None
    user = internal.validate_token_user(claims, session)
    if user is None:
        return None
    return cast("User", user), internal.session_key_from_sid(claims["sid"]) or ""


def claims_of(token: str) -> dict[str, Any] | None:
    """Checks signature and times alone, without the database. Returns None for a foreign or expired token."""
    config = internal._get_jwt_config()  # noqa: SLF001 - the key that the token was signed with
    try:
        claims = jwt.decode(
            token, key=config.verifying_key, algorithms=[config.algorithm], leeway=LEEWAY_SECONDS
        )
    except jwt.PyJWTError:
        return None
    texts = [claims.get(name) for name in ("jti", "sub", "sid")]
    return (
        claims
        if claims.get("token_use") == "access" and all(isinstance(text, str) for text in texts)
        else None
    )
