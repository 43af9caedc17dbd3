"""A person's phone number, used only once its owner has proved it by a code."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext
from phonenumbers import PhoneNumber, PhoneNumberType

from mentormap.accounts import phone_limits
from mentormap.accounts.models import Phone, User
from mentormap.accounts.security import require_access
from mentormap.accounts.verification import has_verified_email

CODE_LIFE: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Includes the type of numbers, as in North America, that may or may not be mobile."""
NO_COUNTRY: Final = "001"
"""The region code for satellite phones and international services, which cost many times as much."""


class PhoneRefused(ValueError):
    """`field` is the input to correct: the number or the code."""

    field = "number"


class BadNumber(PhoneRefused):
    def __init__(self) -> None:
        super().__init__(gettext("Write the whole number with its country code, such as +49 1512 3456789."))


class NotMobile(PhoneRefused):
    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Codes go to mobile phones only, and this is the number of a landline, a satellite phone or a service that costs extra. "
                "Write the number of a mobile phone."
            )
        )


class VerifyEmailFirst(PhoneRefused):
    def __init__(self) -> None:
        super().__init__(
            gettext("Verify your email address first: open the link that we sent. Then add your phone.")
        )


class TooManyCodes(PhoneRefused):
    """`retry_after`: seconds until the next code can be sent."""

    def __init__(self, why: str, wait: timedelta) -> None:
        self.retry_after = max(1, int(wait.total_seconds()))
        minutes = max(1, round(wait.total_seconds() / 60))
        again = f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes < 90 else f"{minutes // 60} hours"
        super().__init__(gettext("%(why)s Ask for another one in %(again)s.") % {"why": why, "again": again})


class BadCode(PhoneRefused):
    field = "code"

    def __init__(self, sentence: str = "") -> None:
        super().__init__(
            sentence or gettext("This is not the code that we sent. Look at the latest message.")
        )


def normalise(typed: str) -> str:
    """Returns the number of a mobile phone in E.164 form, such as +4915123456789. Raises BadNumber and NotMobile."""
    try:
        number = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException:
        raise BadNumber from None
    if not phonenumbers.is_valid_number(number):
        raise BadNumber
    if not is_mobile(number):
        raise NotMobile
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(number: PhoneNumber) -> bool:
    """Returns whether the number is a mobile phone of a country, so that a message to it is cheap."""
    is_of_country = phonenumbers.region_code_for_number(number) != NO_COUNTRY
    return is_of_country and phonenumbers.number_type(number) in MOBILE


def display(number: str) -> str:
    """As people read it: +49 1512 3456789."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@transaction.atomic
def new_code(user: User, *, number: str, now: datetime, address: str = "") -> str:
    """Six digits to be sent to that number; an earlier number and its proof are forgotten. Raises PhoneRefused and AccessEnded.

    `address` is the client's address. Each code costs the operator money, and the phone may be a stranger's: phone_limits.
    """
    number = normalise(number)
    require_access(user)
    if not has_verified_email(user):
        raise VerifyEmailFirst
    phone = _lock_phone(user)
    reached = phone_limits.count(user.pk, number, address, now=now)
    if reached:
        raise TooManyCodes(reached.why, reached.wait)
    code = f"{secrets.randbelow(1_000_000):06}"
    phone.number, phone.verified_at = number, None
    phone.code_hash, phone.code_sent_at, phone.code_tries = _hash(user, number, code), now, 0
    phone.save()
    return code


def take_back(user: User, *, number: str, code: str, before: Phone | None) -> None:
    """After a message that could not be sent: the number, its proof and the code of before count again.

    Does nothing where another code was made meanwhile. That this one was asked for stays counted: providers may bill it.
    """
    kept = before or Phone(user=user)
    Phone.objects.filter(user=user, code_hash=_hash(user, number, code)).update(
        number=kept.number,
        verified_at=kept.verified_at,
        code_hash=kept.code_hash,
        code_sent_at=kept.code_sent_at,
        code_tries=kept.code_tries,
    )


def verify(user: User, *, code: str, now: datetime) -> Phone:
    """The number is the person's from now on. Raises BadCode, also for a right code after 10 minutes or 5 wrong ones."""
    phone = Phone.objects.filter(user=user, verified_at=None).first()
    if phone is None or phone.code_sent_at is None or now - phone.code_sent_at > CODE_LIFE:
        raise BadCode(gettext("This code has expired. Ask for a new one."))
    left = Phone.objects.filter(pk=phone.pk, code_hash=phone.code_hash, code_tries__lt=MOST_TRIES)
    if not left.update(code_tries=F("code_tries") + 1):
        raise BadCode(gettext("Too many wrong codes. Ask for a new one."))
    digits = "".join(letter for letter in code if letter.isdigit())
    if not hmac.compare_digest(phone.code_hash, _hash(user, phone.number, digits)):
        raise BadCode
    if not Phone.objects.filter(pk=phone.pk, code_hash=phone.code_hash).update(verified_at=now, code_hash=""):
        raise BadCode(gettext("This code has expired. Ask for a new one."))
    phone.refresh_from_db()
    return phone


def forget(user: User) -> None:
    """No more messages to it. How many codes were sent today stays known."""
    Phone.objects.filter(user=user).update(number="", verified_at=None, code_hash="")


def forget_unproved(user: User) -> None:
    """Deletes a number that is not confirmed yet; a confirmed one stays."""
    Phone.objects.filter(user=user, verified_at=None).update(number="", code_hash="")


def verified_number(user: User) -> str:
    """Empty where there is none."""
    phone = Phone.objects.filter(user=user).exclude(verified_at=None).first()
    return phone.number if phone else ""


def proved_among(people: Collection[int]) -> set[int]:
    """Returns those of these people who have a verified number, in one query."""
    proved = Phone.objects.filter(user__in=people).exclude(verified_at=None)
    return set(proved.values_list("user", flat=True))


def _lock_phone(user: User) -> Phone:
    """The person's row, made if there is none."""
    Phone.objects.get_or_create(user=user)
    return Phone.objects.select_for_update().get(user=user)


def _hash(user: User, number: str, code: str) -> str:
    """Useless to anyone who reads the database, and not reusable for another number."""
    facts = f"phone code {user.pk} {number} {code}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), facts, "sha256").hexdigest()
