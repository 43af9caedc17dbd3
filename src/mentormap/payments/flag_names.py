"""The kinds of flags, each with advice for the operator."""

from django.db import models


class FlagName(models.TextChoices):
    PAYMENT_MISMATCH = "payment-mismatch", "Not what was asked"
    CHECKOUT_MISSING = "checkout-missing", "Unknown to Stripe"
    REFUND_FAILED = "refund-failed", "Refund failed"
    REFUND_REFUSED = "refund-refused", "Refund refused"
    REFUND_NEEDS_ACTION = "refund-needs-action", "Refund waits for the student"
    DISPUTED = "disputed", "Disputed"
    DISPUTE_LOST = "dispute-lost", "Dispute lost"
    FRAUD_WARNING = "fraud-warning", "Fraud warning"
    NO_SHOW = "no-show", "Contested no-show"
    UNKNOWN_HERE = "unknown-here", "Not in our books"


WHAT_TO_DO: dict[str, str] = {
    FlagName.PAYMENT_MISMATCH: (
        "Compare the payment with Stripe's dashboard, then refund it, or agree on the session with the student."
    ),
    FlagName.CHECKOUT_MISSING: (
        "Check that STRIPE_SECRET_KEY belongs to the account that made this checkout, then ask Stripe again."
    ),
    FlagName.REFUND_FAILED: (
        "Try the refund again, or agree with the student on another way to pay it back and resolve this flag."
    ),
    FlagName.REFUND_REFUSED: (
        "Stripe's answer says why. Fix the cause, and the refund is tried again by itself; or pay the student back in another way."
    ),
    FlagName.REFUND_NEEDS_ACTION: (
        "Stripe has asked the student by email where the money should go. Remind the student; the flag clears by itself."
    ),
    FlagName.DISPUTED: (
        "Answer in Stripe's dashboard before the evidence is due. The flag clears when the dispute is won or closed."
    ),
    FlagName.DISPUTE_LOST: (
        "The money is gone. Decide whether an upcoming session still takes place, then resolve this flag."
    ),
    FlagName.NO_SHOW: (
        "Read what both say in the no-show report, ask them if need be, and decide there for one of them: that resolves this flag."
    ),
    FlagName.UNKNOWN_HERE: (
        "Find it in Stripe's dashboard. If it was booked here, as before a backup was restored, give it back there and ask the student to book again: the flag goes by itself. If another program uses this account, resolve it."
    ),
    FlagName.FRAUD_WARNING: (
        "The card is probably stolen. Refund in full at once, before a dispute costs its fee; or resolve this flag if you know better."
    ),
}
