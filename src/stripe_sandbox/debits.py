"""Bank debits, the delayed way to pay: the session completes unpaid, and the money comes, or fails, later."""

from dataclasses import dataclass

SETTLES_AFTER = 60
"""Seconds until a debit settles by itself."""


@dataclass(frozen=True)
class Debit:
    """One debit scheme, with Stripe's test account numbers (https://docs.stripe.com/testing#non-card-payments)."""

    method: str
    name: str
    label: str
    succeeds: str
    fails: str

    @property
    def accounts(self) -> dict[str, bool]:
        """Account number -> whether the money comes."""
        return {self.succeeds: True, self.fails: False}


DEBITS = {
    "eur": Debit("sepa_debit", "SEPA Direct Debit", "IBAN", "AT611904300234573201", "AT861904300235473202"),
    "gbp": Debit("bacs_debit", "Bacs Direct Debit", "Account number", "00012345", "22222227"),
    "usd": Debit("us_bank_account", "US bank account", "Account number", "000123456789", "000111111116"),
}


def methods(currency: str) -> list[str]:
    """Returns the default payment methods of a session."""
    debit = DEBITS.get(currency)
    return ["card", debit.method] if debit else ["card"]
