"""Stripe's test cards and what each does (https://docs.stripe.com/testing), and reading a card from a form."""

from dataclasses import dataclass

TEST_MODE_LIVE_CARD = (
    "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test "
    "cards, visit: https://stripe.com/docs/testing."
)
BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}


@dataclass(frozen=True)
class Decline:
    """Why a card is refused: Stripe's code, the bank's code and the sentence for the person paying."""

    code: str
    message: str
    decline_code: str | None = None


@dataclass(frozen=True)
class Card:
    """How one test card behaves. `refunds`: "at once", "pending" first, or "fail" after having succeeded."""

    number: str
    note: str
    decline: Decline | None = None
    authenticate: bool = False
    dispute: str | None = None
    early_fraud_warning: bool = False
    refunds: str = "at once"
    country: str = "US"
    listed: bool = True

    @property
    def brand(self) -> str:
        return brand(self.number)

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return spaced(self.number)


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", message, decline_code)


VELOCITY = _declined(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
GENERIC = _declined("generic_decline")

_CARDS = (
    Card("4242424242424242", "Succeeds"),
    Card("5555555555554444", "Succeeds (Mastercard)"),
    Card("378282246310005", "Succeeds (American Express, CVC of 4 digits)"),
    Card("4000056655665556", "Succeeds (Visa debit)", listed=False),
    Card("6011111111111117", "Succeeds (Discover)", listed=False),
    Card("4000000000000002", "Is declined", GENERIC),
    Card("4000000000009995", "Has insufficient funds", _declined("insufficient_funds", "Your card has insufficient funds.")),
    Card("4000000000009987", "Was lost", _declined("lost_card")),
    Card("4000000000009979", "Was stolen", _declined("stolen_card")),
    Card("4000000000000069", "Has expired", Decline("expired_card", "Your card has expired.", "expired_card")),
    Card("4000000000000127", "Has another CVC", Decline("incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc")),
    Card(
        "4000000000000119",
        "Meets a processing error",
        Decline("processing_error", "An error occurred while processing your card. Try again in a little bit.", "processing_error"),
    ),
    Card("4000000000006975", "Is over its limit", VELOCITY),
    Card("4000000000000341", "Attaches, then is declined", GENERIC),
    Card("4000002500003155", "Asks for 3-D Secure", authenticate=True),
    Card("4000002760003184", "Always asks for 3-D Secure", authenticate=True),
    Card("4000000000003220", "Asks for 3-D Secure 2", authenticate=True),
    Card("4000008400001629", "Asks for 3-D Secure, then is declined", GENERIC, authenticate=True),
    Card("4000000000000259", "Is disputed as fraudulent", dispute="fraudulent"),
    Card("4000000000002685", "Is disputed as not received", dispute="product_not_received"),
    Card("4000000000001976", "Opens an inquiry", dispute="inquiry"),
    Card("4000000000005423", "Gets an early fraud warning", early_fraud_warning=True),
    Card("4000000000007726", "Refunds are pending first, then succeed", refunds="pending"),
    Card("4000000000005126", "Refunds succeed first, then fail", refunds="fail"),
)  # fmt: skip
CARDS = {card.number: card for card in _CARDS}


def known(number: str) -> Card:
    """Any other number is a real card, which test mode declines."""
    return CARDS.get(number) or Card(
        number, "Not a test card", _declined("test_mode_live_card", TEST_MODE_LIVE_CARD)
    )


def brand(number: str) -> str:
    prefixes = {"34": "amex", "37": "amex", "6011": "discover", "4": "visa"}
    if number[:2] in {"51", "52", "53", "54", "55"} or number[:1] == "2":
        return "mastercard"
    return next((name for prefix, name in prefixes.items() if number.startswith(prefix)), "unknown")


def spaced(number: str) -> str:
    """As it is printed: 4-4-4-4, American Express 4-6-5."""
    cuts = (4, 10) if brand(number) == "amex" else (4, 8, 12)
    return " ".join(number[first:last] for first, last in zip((0, *cuts), (*cuts, len(number)), strict=True))


def passes_luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
