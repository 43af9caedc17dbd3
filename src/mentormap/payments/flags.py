"""Flags: what waits for an operator, raised when something is wrong, gone when it has mended itself or was dealt with."""

from datetime import datetime

from django.db import transaction

from mentormap.accounts.models import User
from mentormap.payments import refunds
from mentormap.payments.models import Flag, Payment

OF_REFUNDS = frozenset({Flag.Name.REFUND_FAILED, Flag.Name.REFUND_REFUSED})


def raise_flag(payment: Payment, name: Flag.Name, note: str, *, now: datetime) -> None:
    """Asks the operator to look; call it with the payment's row locked.

    The first time is kept while the flag is open. What an operator has resolved is raised anew by another note alone.
    """
    if payment.flags.open().filter(name=name).exclude(note=note).update(note=note):
        return
    known = payment.flags.filter(name=name, note=note)
    if not known.open().exists() and not known.exclude(resolved_by=None).exists():
        Flag.objects.create(payment=payment, name=name, note=note, raised_at=now)


def clear(payment: Payment, *names: Flag.Name, now: datetime) -> None:
    """They have mended themselves."""
    payment.flags.open().filter(name__in=names).update(resolved_at=now)


@transaction.atomic
def resolve(flag: Flag, *, by: User, resolution: str, now: datetime) -> bool:
    """An operator has dealt with it and says how; False if it was no longer open.

    Who resolves a failed or refused refund has paid back in another way, or agreed with the student not to: nobody waits for
    it any more.
    """
    Payment.objects.select_for_update().get(pk=flag.payment_id)
    still_open = Flag.objects.open().filter(pk=flag.pk)
    resolved = still_open.update(resolved_at=now, resolved_by=by, resolution=resolution.strip())
    if resolved and flag.name in OF_REFUNDS:
        refunds.give_up(flag.payment_id, now=now)
    return bool(resolved)
