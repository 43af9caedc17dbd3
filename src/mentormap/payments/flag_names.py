"""The kinds of flags, each with advice for the operator."""

from django.db import models
from django.utils.translation import gettext_lazy

from mentormap.lib.languages import Text


class FlagName(models.TextChoices):
    PAYMENT_MISMATCH = "payment-mismatch", gettext_lazy("Not what was asked")
    CHECKOUT_MISSING = "checkout-missing", gettext_lazy("Unknown to Stripe")
    REFUND_FAILED = "refund-failed", gettext_lazy("Refund failed")
    REFUND_REFUSED = "refund-refused", gettext_lazy("Refund refused")
    REFUND_NEEDS_ACTION = "refund-needs-action", gettext_lazy("Refund waits for the student")
    DISPUTED = "disputed", gettext_lazy("Disputed")
    DISPUTE_LOST = "dispute-lost", gettext_lazy("Dispute lost")
    FRAUD_WARNING = "fraud-warning", gettext_lazy("Fraud warning")
    NO_SHOW = "no-show", gettext_lazy("Contested no-show")
    UNKNOWN_HERE = "unknown-here", gettext_lazy("Not in our books")


WHAT_TO_DO: dict[str, Text] = {
    FlagName.PAYMENT_MISMATCH: (
        gettext_lazy(
            "Compare the payment with Stripe's dashboard, then refund it, or agree on the session with the student."
        )
    ),
    FlagName.CHECKOUT_MISSING: (
        gettext_lazy(
            "Check that STRIPE_SECRET_KEY belongs to the account that made this checkout, then ask Stripe again."
        )
    ),
    FlagName.REFUND_FAILED: (
        gettext_lazy(
            "Try the refund again, or agree with the student on another way to pay it back and resolve this flag."
        )
    ),
    FlagName.REFUND_REFUSED: (
        gettext_lazy(
            "Stripe's answer says why. Fix the cause, and the refund is tried again by itself; or pay the student back in another way."
        )
    ),
    FlagName.REFUND_NEEDS_ACTION: (
        gettext_lazy(
            "Stripe has asked the student by email where the money should go. Remind the student; the flag clears by itself."
        )
    ),
    FlagName.DISPUTED: (
        gettext_lazy(
            "Answer in Stripe's dashboard before the evidence is due. The flag clears when the dispute is won or closed."
        )
    ),
    FlagName.DISPUTE_LOST: (
        gettext_lazy(
            "The money is gone. Decide whether an upcoming session still takes place, then resolve this flag."
        )
    ),
    FlagName.NO_SHOW: (
        gettext_lazy(
            "Read what both say in the no-show report, ask them if need be, and decide there for one of them: that resolves this flag."
        )
    ),
    FlagName.UNKNOWN_HERE: (
        gettext_lazy(
            "Find it in Stripe's dashboard. If it was booked here, as before a backup was restored, give it back there and ask the student to book again: the flag goes by itself. If another program uses this account, resolve it."
        )
    ),
    FlagName.FRAUD_WARNING: (
        gettext_lazy(
            "The card is probably stolen. Refund in full at once, before a dispute costs its fee; or resolve this flag if you know better."
        )
    ),
}
