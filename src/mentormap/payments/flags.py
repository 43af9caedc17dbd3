"""Flags: raised when something waits for an operator, cleared when it no longer does."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from mentormap.accounts.models import User
from mentormap.payments import refunds
from mentormap.payments.models import Flag, FlagQuerySet, Payment

OF_REFUNDS = frozenset({Flag.Name.REFUND_FAILED, Flag.Name.REFUND_REFUSED})


def raise_flag(payment: Payment, name: Flag.Name, note: str, *, now: datetime) -> None:
    """Asks the operator to look; call it with the payment's row locked.

    The first time is kept while the flag is open. What an operator has resolved is raised again by another note alone.
    """
    flag = Flag(payment=payment, name=name, note=note, raised_at=now)
    _raise(flag, among=Flag.objects.filter(payment=payment, name=name))


def _raise(flag: Flag, *, among: FlagQuerySet) -> None:
    if among.open().exclude(note=flag.note).update(note=flag.note):
        return
    known = among.filter(note=flag.note)
    if not known.open().exists() and not known.exclude(resolved_by=None).exists():
        Flag.objects.bulk_create([flag], ignore_conflicts=True)


@transaction.atomic
def flag_unknown(found: Mapping[str, str], *, now: datetime) -> None:
    """Flags all that Stripe has and no payment here knows: notes by Stripe's id. Flags for what is no longer there are cleared."""
    flagged = Flag.objects.unmatched()
    flagged.open().exclude(stripe_id__in=found).update(resolved_at=now)
    for stripe_id in found.keys() - dealt_with(found):
        note = found[stripe_id]
        flag = Flag(stripe_id=stripe_id, name=Flag.Name.UNKNOWN_HERE, note=note, raised_at=now)
        _raise(flag, among=flagged.filter(stripe_id=stripe_id))


def dealt_with(found: Mapping[str, str]) -> set[str]:
    """Stripe's ids of unknown money of which an operator has resolved a flag that says as much, or more."""
    resolved = Flag.objects.unmatched().filter(stripe_id__in=found).exclude(resolved_by=None)
    notes_by_id: dict[str, list[str]] = defaultdict(list)
    for stripe_id, note in resolved.values_list("stripe_id", "note"):
        notes_by_id[stripe_id].append(note)
    return {
        stripe_id
        for stripe_id, notes in notes_by_id.items()
        if any(found[stripe_id] in note for note in notes)
    }


def clear(payment: Payment, *names: Flag.Name, now: datetime) -> None:
    """Clears flags that no longer apply."""
    payment.flags.open().filter(name__in=names).update(resolved_at=now)


@transaction.atomic
def resolve(flag: Flag, *, by: User, resolution: str, now: datetime) -> bool:
    """An operator has dealt with it and says how; False if it was no longer open.

    Who resolves a failed or refused refund has paid back in another way, or agreed with the student not to: nobody waits for
    it any more.
    """
    if flag.payment_id:
        Payment.objects.select_for_update().get(pk=flag.payment_id)
    still_open = Flag.objects.open().filter(pk=flag.pk)
    resolved = still_open.update(resolved_at=now, resolved_by=by, resolution=resolution.strip())
    if resolved and flag.payment_id and flag.name in OF_REFUNDS:
        refunds.abandon(flag.payment_id, now=now)
    return bool(resolved)
