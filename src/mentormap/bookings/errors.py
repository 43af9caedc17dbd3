"""The base of all refusals of a booking or a change to one: a sentence for people and the facts for programs."""

from enum import Enum, auto

from django.utils.translation import gettext


class RefusalKind(Enum):
    """Says what could make the same request succeed."""

    INVALID = auto()
    """Other input."""
    FORBIDDEN = auto()
    """Something that the person must do first."""
    CONFLICT = auto()
    """A look at the present state."""
    LIMIT = auto()
    """Time."""
    UNAVAILABLE = auto()
    """A service that works again."""


class Refused(Exception):
    """A refusal by a rule. `code` is its stable name, `field` the input to correct, if any; `retry_after` is the number of seconds
    after which the request may be allowed, if known."""

    kind = RefusalKind.INVALID
    code = "refused"
    field = ""
    retry_after: int | None = None

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class PaymentsUnavailable(Refused):
    kind = RefusalKind.UNAVAILABLE
    code = "payments-unavailable"

    def __init__(self, sentence: str = "") -> None:
        super().__init__(
            sentence
            or gettext(
                "Payments are not available right now, and nothing was charged. Please try again in a few minutes."
            )
        )
