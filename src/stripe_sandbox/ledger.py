"""Balance transactions: what each charge, refund and dispute did to the account's balance, in minor units."""

from stripe_sandbox.unit_of_work import Json, UnitOfWork

AVAILABLE_AFTER = 2 * 24 * 3600
DISPUTE_FEE = 1500
RATE_PER_MILLE, FIXED_FEE = 29, 30
CATEGORIES = {
    "adjustment": "dispute",
    "payment": "charge",
    "payment_failure_refund": "charge_failure",
    "payment_refund": "refund",
}


def enter(work: UnitOfWork, type: str, amount: int, source: Json, *, fee: int = 0) -> Json:  # noqa: A002
    """`source` is the charge, refund or dispute; amounts are positive when the account gains."""
    currency = source["currency"]
    entry = work.add(
        "balance_transaction",
        "txn",
        {
            "amount": amount,
            "available_on": work.now + AVAILABLE_AFTER,
            "balance_type": "payments",
            "currency": currency,
            "description": source.get("description"),
            "exchange_rate": None,
            "fee": fee,
            "fee_details": _fee_details(fee, currency),
            "net": amount - fee,
            "reporting_category": CATEGORIES.get(type, type),
            "source": source["id"],
            "status": "pending",
            "type": type,
        },
    )
    work.later(entry["available_on"], "make_available", entry["id"])
    return entry


def make_available(work: UnitOfWork, entry_id: str) -> None:
    """A debit's entry waits until the money has come."""
    entry = work.read(entry_id, "balance_transaction")
    source = work.find(entry["source"]) or {}
    if source.get("object") == "charge" and source["status"] == "pending":
        work.later(work.now + AVAILABLE_AFTER, "make_available", entry_id)
    else:
        work.save({**entry, "status": "available"})


def charge_fee(amount: int) -> int:
    """2.9 % and 30 minor units, whatever the currency: believable, not exact; never more than the charge."""
    return min(amount, amount * RATE_PER_MILLE // 1000 + FIXED_FEE)


def _fee_details(fee: int, currency: str) -> list[Json]:
    if not fee:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
