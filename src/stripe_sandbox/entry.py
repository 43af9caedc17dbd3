"""Input of the hosted page, and its errors in Stripe's sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stripe_sandbox import cards, params
from stripe_sandbox.debits import Debit
from stripe_sandbox.intents import Payer
from stripe_sandbox.paying import CardEntry

REQUIRED = "Required"


@dataclass
class PaymentForm:
    """`values` as typed; `errors` by field, empty when all is well."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def payer(self) -> Payer:
        return Payer(email=self.values["email"], name=self.values["name"])


@dataclass
class CardForm(PaymentForm):
    def card(self) -> CardEntry:
        """Only once there are no errors."""
        month, year = _expiry(self.values["expiry"]) or (0, 0)
        return CardEntry(_digits(self.values["card_number"]), month, year)


def read_card(form: Mapping[str, str], *, now: int) -> CardForm:
    entry = CardForm(_values(form, "email", "card_number", "expiry", "cvc", "name"))
    checks = {
        "email": _email_error(entry.values["email"]),
        "card_number": _number_error(_digits(entry.values["card_number"])),
        "expiry": _expiry_error(entry.values["expiry"], now),
        "cvc": _cvc_error(entry.values["cvc"], _digits(entry.values["card_number"])),
        "name": None if entry.values["name"] else REQUIRED,
    }
    entry.errors = {name: error for name, error in checks.items() if error}
    return entry


def read_debit(form: Mapping[str, str], debit: Debit) -> PaymentForm:
    entry = PaymentForm(_values(form, "email", "account", "name"))
    entry.values["account"] = "".join(entry.values["account"].split()).upper()
    known = entry.values["account"] in debit.accounts
    checks = {
        "email": _email_error(entry.values["email"]),
        "account": None if known else f"Use one of the test accounts: {debit.succeeds} or {debit.fails}.",
        "name": None if entry.values["name"] else REQUIRED,
    }
    entry.errors = {name: error for name, error in checks.items() if error}
    return entry


def _values(form: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in names}


def _digits(number: str) -> str:
    return "".join(number.replace("-", " ").split())


def _email_error(email: str) -> str | None:
    if not email:
        return REQUIRED
    return None if params.is_email(email) else "Your email is invalid."


def _number_error(number: str) -> str | None:
    if not number:
        return REQUIRED
    if not (number.isascii() and number.isdigit()) or len(number) > 19:
        return "Your card number is invalid."
    if len(number) < (15 if cards.brand(number) == "amex" else 16):
        return "Your card number is incomplete."
    return None if cards.passes_luhn(number) else "Your card number is invalid."


def _expiry(text: str) -> tuple[int, int] | None:
    """Month and four-digit year of `MM / YY`, `MMYY` or `MM / YYYY`."""
    digits = "".join(character for character in text if character not in " /-")
    if len(digits) not in {4, 6} or not (digits.isascii() and digits.isdigit()):
        return None
    month, year = int(digits[:2]), int(digits[2:])
    return month, year + 2000 if len(digits) == 4 else year


def _expiry_error(text: str, now: int) -> str | None:
    if not text:
        return REQUIRED
    found = _expiry(text)
    if found is None or not 1 <= found[0] <= 12:
        return "Your card's expiration date is incomplete."
    month, year = found
    today = datetime.fromtimestamp(now, tz=UTC)
    if year < today.year:
        return "Your card's expiration year is in the past."
    if (year, month) < (today.year, today.month):
        return "Your card's expiration date is in the past."
    return "Your card's expiration year is invalid." if year > today.year + 50 else None


def _cvc_error(cvc: str, number: str) -> str | None:
    if not cvc:
        return REQUIRED
    length = 4 if cards.brand(number) == "amex" else 3
    complete = cvc.isascii() and cvc.isdigit() and len(cvc) == length
    return None if complete else "Your card's security code is incomplete."
