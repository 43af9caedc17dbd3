"""Refunds as version 0.1.0 sent them: by the number of their row."""

from typing import Any

from mentormap.payments import gateway
from mentormap.payments.models import Payment


def send_by_number(payment: Payment, number: int, *, reference: str = "") -> None:
    """Sends back 50 USD, or repeats it."""
    params: Any = {
        "payment_intent": payment.payment_intent_id,
        "amount": 5_000,
        "reason": "requested_by_customer",
        "metadata": {"refund_id": str(number), "reference": reference or payment.reference},
    }
    gateway.client().v1.refunds.create(params, {"idempotency_key": f"mentormap-refund-{number}-1"})
