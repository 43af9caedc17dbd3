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
class AuditResult:
    """What Stripe's lists say and our rows do not; `error` is why they could not be read, if they could not.

    `dealt_with` are Stripe's ids of what an operator has resolved.
    """

    discrepancies: list[Discrepancy]
    dealt_with: set[str] = field(default_factory=set)
    error: str = ""

    @property
    def is_clean(self) -> bool:
        """Returns whether everything left can be repaired by settling, or was resolved by an operator."""
        return not self.error and not stripe_audit.unknown(self.discrepancies).keys() - self.dealt_with

    def next_step(self, discrepancy: Discrepancy, word: str) -> str:
        """Returns in a sentence what happens about it."""
        if discrepancy.payment_id:
            return f"{word} payment {discrepancy.payment_id}."
        is_dealt_with = discrepancy.stripe_id in self.dealt_with
        return "An operator has dealt with it." if is_dealt_with else "This needs an operator."


def dry_run(write: Write, *, now: datetime) -> bool:
    """Writes what a run would do; changes no row and asks Stripe for lists alone. Whether the books agree."""
    items, waiting = list(pending(now)), StripeEvent.objects.filter(handled_at=None).count()
    write(f"Events of Stripe's that wait to be acted upon: {waiting}.")
    write(f"Outstanding: {_count(len(items), 'payment or refund', 'payments and refunds')}")
    for item in items:
        write(f"  {item.name}: {item.found}. Would {item.remedy}.")
    found = _audit(now, is_repairing=False)
    _write_discrepancies(found, "Would settle", write)
    return _write_books(write) and found.is_clean


def run(write: Write, *, now: datetime) -> bool:
    """Runs the jobs and writes what became of what was outstanding. Whether the books agree."""
    items = list(pending(now))
    _hear_of_events(write, now=now)
    reconcile.run(now)
    write(f"Outstanding were: {_count(len(items), 'payment or refund', 'payments and refunds')}")
    for item in items:
        write(f"  {item.name}: {item.found}. {_outcome(item)}")
    found = _audit(now, is_repairing=True)
    _write_discrepancies(found, "Settled", write)
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


def _audit(now: datetime, *, is_repairing: bool) -> AuditResult:
    try:
        found = list(stripe_audit.discrepancies(now))
        if is_repairing:
            stripe_audit.settle_or_flag(found, now=now)
    except GatewayError as error:
        return AuditResult([], error=_one_line(error))
    return AuditResult(found, flags.dealt_with(stripe_audit.unknown(found)))


def _write_discrepancies(found: AuditResult, word: str, write: Write) -> None:
    if found.error:
        write(f"Stripe's lists could not be compared: {found.error}")
        return
    places = _count(len(found.discrepancies), "place")
    write(f"Stripe's lists of the last {stripe_audit.LOOK_BACK.days} days differ from ours in {places}")
    for discrepancy in found.discrepancies:
        write(f"  {discrepancy.sentence} {found.next_step(discrepancy, word)}")


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
