"""Stripe's test cards and what each does (https://docs.stripe.com/testing)."""

from dataclasses import dataclass

TEST_MODE_LIVE_CARD = (
    "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test "
    "cards, visit: https://stripe.com/docs/testing."
)


@dataclass(frozen=True)
class Decline:
    """Why a card is refused: Stripe's code, the sentence for the person paying, and the bank's code."""

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

    @property
    def spaced(self) -> str:
        """As it is printed: 4-4-4-4, American Express 4-6-5."""
        cuts = (4, 10) if brand(self.number) == "amex" else (4, 8, 12)
        edges = zip((0, *cuts), (*cuts, len(self.number)), strict=True)
        return " ".join(self.number[first:last] for first, last in edges)


def _decline(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", message, decline_code)


def _refused(code: str, message: str) -> Decline:
    return Decline(code, message, code)


GENERIC = _decline("generic_decline")
INSUFFICIENT = _decline("insufficient_funds", "Your card has insufficient funds.")
EXPIRED = _refused("expired_card", "Your card has expired.")
WRONG_CVC = _refused("incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = _refused(
    "processing_error", "An error occurred while processing your card. Try again in a little bit."
)
VELOCITY = _decline(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
NOT_A_TEST_CARD = _decline("test_mode_live_card", TEST_MODE_LIVE_CARD)

GROUPS = {
    "Payments that succeed": (
        Card("4242424242424242", "Visa"),
        Card("5555555555554444", "Mastercard"),
        Card("378282246310005", "American Express, with a CVC of 4 digits"),
    ),
    "Payments that ask for 3-D Secure": (
        Card("4000002760003184", "Asks every time", authenticate=True),
        Card("4000002500003155", "Asks unless set up before", authenticate=True),
        Card("4000000000003220", "Asks by 3-D Secure 2", authenticate=True),
        Card("4000008400001629", "Asks, then is declined", GENERIC, authenticate=True),
    ),
    "Payments that are declined": (
        Card("4000000000000002", "No reason given", GENERIC),
        Card("4000000000009995", "Insufficient funds", INSUFFICIENT),
        Card("4000000000009987", "Lost card", _decline("lost_card")),
        Card("4000000000009979", "Stolen card", _decline("stolen_card")),
        Card("4000000000000069", "Expired card", EXPIRED),
        Card("4000000000000127", "Wrong CVC", WRONG_CVC),
        Card("4000000000000119", "Processing error", PROCESSING),
        Card("4000000000006975", "Over its limit", VELOCITY),
        Card("4000000000000341", "Is accepted as a card, then declined", GENERIC),
    ),
    "Payments with an aftermath": (
        Card("4000000000007726", "Refunds are pending, then succeed", refunds="pending"),
        Card("4000000000005126", "Refunds succeed, then fail", refunds="fail"),
        Card("4000000000000259", "Disputed as fraudulent", dispute="fraudulent"),
        Card("4000000000002685", "Disputed as not received", dispute="product_not_received"),
        Card("4000000000001976", "An inquiry is opened", dispute="inquiry"),
        Card("4000000000005423", "An early fraud warning comes", early_fraud_warning=True),
    ),
}
CARDS = {card.number: card for cards in GROUPS.values() for card in cards}


def find(number: str) -> Card:
    """Any other number is a real card, which test mode declines."""
    return CARDS.get(number) or Card(number, "Not a test card", NOT_A_TEST_CARD)


def brand(number: str) -> str:
    """Stripe's name of the network that issues numbers beginning so."""
    prefixes = {"34": "amex", "37": "amex", "6011": "discover", "4": "visa"}
    if number[:2] in {"51", "52", "53", "54", "55"} or number[:1] == "2":
        return "mastercard"
    return next((name for prefix, name in prefixes.items() if number.startswith(prefix)), "unknown")


def passes_luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
