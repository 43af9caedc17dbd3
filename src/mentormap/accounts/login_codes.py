"""Mailed codes for a login from an unknown browser, after many failed logins.

A code is long enough that wrong tries need not end it; otherwise an attacker who knows the password could end every code before
the owner reads it. A valid code is mailed again instead of being replaced, at most twice in its hour, so that the owner always has
one that works, and no flood of mails.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from mentormap.accounts.limits import Limit
from mentormap.accounts.models import LoginCode, User

LIFE: Final = timedelta(hours=1)
MAILS: Final = Limit("mailed login codes", most=2, per=LIFE)
LENGTH: Final = 8
_LETTERS: Final = "23456789BCDFGHJKLMNPQRSTVWXZ"
"""Contains no vowels and nothing that is easily misread; 28**8 codes."""


def code_to_mail(user: User, *, now: datetime) -> str:
    """Returns the valid code, such as `K7PX-3WQD`; empty if it was mailed too often."""
    if not MAILS.take(str(user.pk), now=now):
        return ""
    code = _code(_living(user, now))
    return f"{code[:4]}-{code[4:]}"


def redeem(user: User, *, code: str, now: datetime) -> bool:
    """Uses up the code. Returns whether it was the valid one."""
    living = LoginCode.objects.filter(user=user, made_at__gt=now - LIFE).select_related("user").first()
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    if living is None or not constant_time_compare(_code(living), typed):
        return False
    spent, _ = LoginCode.objects.filter(user=user, seed=living.seed).delete()
    if spent:
        MAILS.clear(str(user.pk))
    return bool(spent)


def prune(*, now: datetime) -> int:
    """Deletes expired codes; returns how many."""
    count, _ = LoginCode.objects.filter(made_at__lte=now - LIFE).delete()
    return count


@transaction.atomic
def _living(user: User, now: datetime) -> LoginCode:
    LoginCode.objects.filter(user=user, made_at__lte=now - LIFE).delete()
    fresh = {"seed": secrets.token_hex(16), "made_at": now}
    return LoginCode.objects.select_related("user").get_or_create(user=user, defaults=fresh)[0]


def _code(living: LoginCode) -> str:
    """Derives the code from a seed and SECRET_KEY, so that the table alone does not reveal it. A new password or address ends it."""
    facts = f"{living.user_id}:{living.seed}:{living.user.login_seal}"
    number = int(salted_hmac("mentormap.login_code", facts, algorithm="sha256").hexdigest(), 16)
    letters = []
    for _ in range(LENGTH):
        number, at = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[at])
    return "".join(letters)
