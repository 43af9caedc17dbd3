"""What a parameter may be: each kind reads a form value, or refuses it in Stripe's words.

The order and names of fields follow Stripe's published contract; `Unsupported` marks what Stripe takes and the
sandbox does not model.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from stripe_sandbox import currencies, errors
from stripe_sandbox.errors import StripeError
from stripe_sandbox.forms import Raw

METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500


class Parameter(Protocol):
    def read(self, raw: Raw, name: str) -> Any: ...


def _text(raw: Raw, name: str) -> str:
    if isinstance(raw, dict):
        raise StripeError(f"Invalid string: {raw}", param=name)
    if raw == "":
        raise errors.empty_parameter(name)
    return raw


@dataclass(frozen=True)
class String:
    longest: int = 5000

    def read(self, raw: Raw, name: str) -> str:
        value = _text(raw, name)
        if len(value) > self.longest:
            shown = f"{value[:10]}...{value[-4:]}"
            raise StripeError(
                f"Invalid string: {shown}; must be at most {self.longest} characters", param=name
            )
        return value


@dataclass(frozen=True)
class Whole:
    least: int | None = None
    most: int | None = None

    def read(self, raw: Raw, name: str) -> int:
        value = self._number(raw, name)
        if self.least is not None and value < self.least:
            raise self._refusal(f"This value must be greater than or equal to {self.least}.", name)
        if self.most is not None and value > self.most:
            raise self._refusal(
                f"This value must be less than or equal to {self.most} (it currently is '{value}').", name
            )
        return value

    def _number(self, raw: Raw, name: str) -> int:
        text = _text(raw, name)
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise self._refusal(f"Invalid integer: {text}", name)
        return int(text)

    @staticmethod
    def _refusal(message: str, name: str) -> StripeError:
        return StripeError(message, code="parameter_invalid_integer", param=name)


@dataclass(frozen=True)
class Boolean:
    def read(self, raw: Raw, name: str) -> bool:
        text = _text(raw, name)
        if text not in {"true", "false"}:
            raise StripeError(f"Invalid boolean: {text}", param=name)
        return text == "true"


@dataclass(frozen=True)
class Choice:
    values: tuple[str, ...]

    def read(self, raw: Raw, name: str) -> str:
        value = _text(raw, name)
        if value not in self.values:
            raise StripeError(f"Invalid {name}: must be {_one_of(self.values)}", param=name)
        return value


def _one_of(values: tuple[str, ...]) -> str:
    if len(values) < 3:
        return f"one of {' or '.join(values)}" if len(values) > 1 else values[0]
    return f"one of {', '.join(values[:-1])}, or {values[-1]}"


@dataclass(frozen=True)
class Url:
    def read(self, raw: Raw, name: str) -> str:
        value = String().read(raw, name)
        if not is_web_address(value):
            raise StripeError("Not a valid URL", code="url_invalid", param=name)
        return value


def is_web_address(value: str) -> bool:
    """An absolute http or https URL with a host."""
    if any(character.isspace() or ord(character) < 32 for character in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


@dataclass(frozen=True)
class Email:
    def read(self, raw: Raw, name: str) -> str:
        value = String(512).read(raw, name)
        if not is_email(value):
            raise StripeError(f"Invalid email address: {value}", code="email_invalid", param=name)
        return value


def is_email(value: str) -> bool:
    """Roughly RFC 5321: one @, a name, and a domain with a dot inside it."""
    name, at, domain = value.rpartition("@")
    spaced = any(character.isspace() for character in value)
    return bool(at and name and not spaced and "@" not in name and "." in domain.strip("."))


@dataclass(frozen=True)
class Currency:
    def read(self, raw: Raw, name: str) -> str:
        value = _text(raw, name).lower()
        if value not in currencies.ALL:
            known = ", ".join(sorted(currencies.ALL))
            raise StripeError(
                f"Invalid currency: {value}. Stripe currently supports these currencies: {known}", param=name
            )
        return value


@dataclass(frozen=True)
class Metadata:
    """50 keys of 40 characters with values of 500 (https://docs.stripe.com/api/metadata); empty values unset."""

    def read(self, raw: Raw, name: str) -> dict[str, str]:
        if raw == "":
            return {}
        if not isinstance(raw, dict):
            raise StripeError("Invalid object", param=name)
        if len(raw) > METADATA_KEYS:
            raise StripeError(
                f"Metadata can have up to {METADATA_KEYS} keys, but you passed in {len(raw)} keys.",
                param=name,
            )
        pairs = {key: self._value(key, value, name) for key, value in raw.items()}
        return {key: value for key, value in pairs.items() if value != ""}

    @staticmethod
    def _value(key: str, value: Raw, name: str) -> str:
        if isinstance(value, dict):
            raise StripeError(f"Invalid string: {value}", param=f"{name}[{key}]")
        for what, text, longest in (
            ("keys", key, METADATA_KEY_LENGTH),
            ("values", value, METADATA_VALUE_LENGTH),
        ):
            if len(text) > longest:
                raise StripeError(
                    f"Metadata {what} can have up to {longest} characters, but you passed in a {what[:-1]} that is "
                    f"{len(text)} characters. Invalid {what[:-1]}: {text}",
                    param=name,
                )
        return value


@dataclass(frozen=True)
class Many:
    """A list: `name[0]=…`, `name[]=…`."""

    item: Parameter
    most: int = 100

    def read(self, raw: Raw, name: str) -> list[Any]:
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise StripeError("Invalid array", param=name)
        if len(raw) > self.most:
            raise StripeError(
                f"Array too long: maximum {self.most} entries, you passed {len(raw)}.", param=name
            )
        return [self.item.read(raw[key], f"{name}[{key}]") for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Record:
    """Named fields; every other name is an unknown parameter."""

    fields: dict[str, Parameter]
    required: tuple[str, ...] = ()
    unsupported: frozenset[str] = field(default_factory=frozenset)

    def read(self, raw: Raw, name: str = "") -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise StripeError("Invalid object", param=name)
        for key in raw:
            self._expect(key, name)
        for key in self.required:
            if key not in raw:
                raise errors.missing_parameter(_inside(name, key))
        return {key: self.fields[key].read(value, _inside(name, key)) for key, value in raw.items()}

    def _expect(self, key: str, name: str) -> None:
        if key in self.unsupported:
            raise errors.not_modelled(_inside(name, key))
        if key not in self.fields:
            raise errors.unknown_parameter(_inside(name, key))


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


@dataclass(frozen=True)
class Range:
    """`created=…` or `created[gte]=…`, in Unix seconds; read as {"gte": …} and the like."""

    def read(self, raw: Raw, name: str) -> dict[str, int]:
        if isinstance(raw, dict):
            bound = Whole()
            return Record({"gt": bound, "gte": bound, "lt": bound, "lte": bound}).read(raw, name)
        moment = Whole().read(raw, name)
        return {"gte": moment, "lte": moment}


EXPAND = Many(String(), most=20)
PAGING: dict[str, Parameter] = {
    "ending_before": String(),
    "expand": EXPAND,
    "limit": Whole(least=1, most=100),
    "starting_after": String(),
}
