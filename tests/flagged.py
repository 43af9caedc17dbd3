"""Which flags wait for the operator."""

from mentormap.payments.models import Payment


def open_flags(payment: Payment) -> str:
    """Their names, sorted, as in a table."""
    return " ".join(sorted(payment.flags.open().values_list("name", flat=True)))
