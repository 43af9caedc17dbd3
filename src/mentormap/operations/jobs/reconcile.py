"""`mentormap reconcile`: the reconciler's jobs once, said in words; or what they would do, without doing any of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mentormap.bookings.reconciliation import reconcile, stripe_audit
from mentormap.bookings.reconciliation.pending import PendingWork, pending
from mentormap.bookings.reconciliation.stripe_audit import Discrepancy
from mentormap.bookings.settlement import settle
from mentormap.lib.plain_text import one_line
from mentormap.operations.health import checks
from mentormap.payments import flags, inbox
from mentormap.payments.gateway import GatewayError
from mentormap.payments.models import StripeEvent

Write = Callable[[str], object]


@dataclass(frozen=True)
class Comparison:
    """What Stripe's lists say and our rows do not; `error` is why they could not be read, if they could not.

    `dealt_with` are Stripe's ids of what an operator has resolved.
    """

    differences: list[Discrepancy]
    dealt_with: set[str] = field(default_factory=set)
    error: str = ""

    @property
    def is_clean(self) -> bool:
        """Returns whether everything left can be repaired by settling, or was resolved by an operator."""
        return not self.error and not stripe_audit.unknown(self.differences).keys() - self.dealt_with

    def what_of(self, difference: Discrepancy, verb: str) -> str:
        """Returns in a sentence what happens about it."""
        if difference.payment_id:
            return f"{verb} payment {difference.payment_id}."
        is_dealt_with = difference.stripe_id in self.dealt_with
        return "An operator has dealt with it." if is_dealt_with else "This needs an operator."


def dry_run(write: Write, *, now: datetime) -> bool:
    """Writes what a run would do; changes no row and asks Stripe for lists alone. Whether the books agree."""
    items, waiting = list(pending(now)), StripeEvent.objects.filter(handled_at=None).count()
    write(f"Events of Stripe's that wait to be acted upon: {waiting}.")
    write(f"Outstanding: {_count(len(items), 'payment or refund', 'payments and refunds')}")
    for item in items:
        write(f"  {item.name}: {item.found}. Would {item.remedy}.")
    found = _compared(now, is_to_mend=False)
    _write_differences(found, "Would settle", write)
    return _write_books(write) and found.is_clean


def run(write: Write, *, now: datetime) -> bool:
    """Runs the jobs and writes what became of what was outstanding. Whether the books agree."""
    items = list(pending(now))
    _hear_of_events(write, now=now)
    reconcile.run(now)
    write(f"Outstanding were: {_count(len(items), 'payment or refund', 'payments and refunds')}")
    for item in items:
        write(f"  {item.name}: {item.found}. {_outcome(item)}")
    found = _compared(now, is_to_mend=True)
    _write_differences(found, "Settled", write)
    return _write_books(write) and found.is_clean


def _hear_of_events(write: Write, *, now: datetime) -> None:
    try:
        inbox.poll(now=now)
    except GatewayError as error:
        write(f"Stripe's events could not be read: {_one_line(error)}")
    handled = inbox.drain(apply=settle.apply_event, now=now)
    write(f"Events of Stripe's acted upon: {handled}.")


def _outcome(item: PendingWork) -> str:
    after = item.state_now()
    return f"It is still {after}." if after == item.row.state else f"It was {item.row.state} and is {after}."


def _compared(now: datetime, *, is_to_mend: bool) -> Comparison:
    try:
        found = list(stripe_audit.differences(now))
        if is_to_mend:
            stripe_audit.settle_or_flag(found, now=now)
    except GatewayError as error:
        return Comparison([], error=_one_line(error))
    return Comparison(found, flags.dealt_with(stripe_audit.unknown(found)))


def _write_differences(found: Comparison, verb: str, write: Write) -> None:
    if found.error:
        write(f"Stripe's lists could not be compared: {found.error}")
        return
    places = _count(len(found.differences), "place")
    write(f"Stripe's lists of the last {stripe_audit.LOOK_BACK.days} days differ from ours in {places}")
    for difference in found.differences:
        write(f"  {difference.sentence} {found.what_of(difference, verb)}")


def _write_books(write: Write) -> bool:
    """The invariant with its figures, by currency."""
    findings = checks.books()
    for finding in findings:
        write(f"{'Books agree' if finding.is_ok else 'BOOKS DIFFER'}: {finding.message}.")
    return all(finding.is_ok for finding in findings)


def _count(number: int, one: str, many: str = "") -> str:
    """Such as "1 place:" before what it counts, or "0 places."."""
    end = ":" if number else "."
    return f"{number} {one if number == 1 else many or one + 's'}{end}"


def _one_line(error: Exception) -> str:
    return one_line(str(error))[:300]
