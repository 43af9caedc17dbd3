"""What must be so: at every moment among our own tables, and once the jobs have run between them and Stripe."""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from mentormap.availability.models import ReservedCell
from mentormap.bookings.models import (
    HistoryNote,
    NoShowReport,
    PaymentStatus,
    Session,
    SessionHistory,
    SessionStatus,
)
from mentormap.bookings.reconciliation.ledger import ledgers
from mentormap.lib.spans import cells
from mentormap.notifications.models import Delivery, Notice
from mentormap.payments.models import Dispute, Flag, FraudWarning, Payment, Refund
from tests.conftest import Stripe
from tests.consistency.world import objects

BOOKED = (SessionStatus.SCHEDULED, PaymentStatus.PAID)
LIVE_AT_STRIPE = {"pending", "requires_action", "succeeded"}


def assert_sound() -> None:
    """Holds at every moment, whatever processes, networks and people have done."""
    assert [line for line in ledgers().values() if not line.agree] == []
    assert_cells_are_those_of_live_sessions()
    assert_nobody_is_booked_twice()
    for session in Session.objects.select_related("mentor", "payment"):
        assert_history_is_a_chain(session)
        assert_moves_lead_here(session)
        assert_no_show_is_told(session)
        assert_told_once(session)


def assert_cells_are_those_of_live_sessions() -> None:
    """A completed session may keep its cells until they are pruned."""
    kept = set(ReservedCell.objects.values_list("mentor_id", "starts_at", "session_id"))
    scheduled = Session.objects.filter(status=SessionStatus.SCHEDULED)
    due = {(session.mentor_id, cell, session.pk) for session in scheduled for cell in cells(session.reserved)}
    completed = set(Session.objects.filter(status=SessionStatus.COMPLETED).values_list("pk", flat=True))
    assert due == {row for row in kept if row[2] not in completed}


def assert_nobody_is_booked_twice() -> None:
    live = Session.objects.exclude(status=SessionStatus.CANCELLED)
    pairs = combinations(live, 2)
    same = [pair for pair in pairs if pair[0].mentor_id == pair[1].mentor_id]
    assert [pair for pair in same if pair[0].reserved.overlaps(pair[1].reserved)] == []


def assert_history_is_a_chain(session: Session) -> None:
    """Each move starts where the one before ended, the last ended here, and a session is confirmed once."""
    moves = list(SessionHistory.objects.filter(session=session).order_by("pk"))
    ends = [(move.to_status, move.to_payment_status) for move in moves]
    starts = [(move.from_status, move.from_payment_status) for move in moves]
    assert starts == [("", ""), *ends[:-1]]
    assert ends[-1] == (session.status, session.payment_status)
    moved = [
        end
        for end, move in zip(ends, moves, strict=True)
        if not (move.to_start or move.why in HistoryNote.values)
    ]
    assert moved.count(BOOKED) <= 1


def assert_moves_lead_here(session: Session) -> None:
    """Each move to another time starts where the one before ended, and raised the SEQUENCE; the last ended here."""
    moves = list(session.history.exclude(to_start=None).order_by("pk"))
    assert [move.from_start for move in moves[1:]] == [move.to_start for move in moves[:-1]]
    starts = [start for move in moves for start in (move.from_start, move.to_start)]
    known = [*starts, session.scheduled_at]
    assert known[-1] == (starts or known)[-1]
    assert session.earliest_start == min(start for start in known if start)
    was_cancelled = session.history.filter(
        from_status="scheduled", from_payment_status="paid", to_status="cancelled"
    )
    assert session.sequence == len(moves) + was_cancelled.count()


def assert_told_once(session: Session) -> None:
    """Who is booked is told so, both of them, once; who is not, is not. Each move is told, and brings a link of its own."""
    was_booked = session.history.filter(
        from_payment_status="pending", to_payment_status="paid", to_status="scheduled"
    )
    moves = session.history.exclude(to_start=None).count()
    due = [("booked", 0), ("link", 0)] if was_booked.exists() else []
    due += [(occasion, number + 1) for occasion in ("rescheduled", "link") for number in range(moves)]
    notices = Notice.objects.filter(reference=session.pk, occasion__in=["booked", "link", "rescheduled"])
    told = Counter(notices.values_list("occasion", "revision", "person_id"))
    people = {session.student_id, session.mentor.user_id}
    assert told == Counter(
        (occasion, str(revision), person) for occasion, revision in due for person in people
    )
    assert_link_is_due_15_minutes_before(session)


def assert_no_show_is_told(session: Session) -> None:
    """A contested report is flagged until it is decided; each step is told once, to whom it concerns."""
    report = NoShowReport.objects.filter(session=session).first()
    flagged = session.payment.flags.open().filter(name=Flag.Name.NO_SHOW).exists()
    assert flagged == (report is not None and report.contested_at is not None and report.decided_at is None)
    due = []
    if report is not None:
        people = [session.student_id, session.mentor.user_id]
        due = [("no_show_reported", pk) for pk in people if pk != report.reporter_id]
        due += [("no_show_contested", report.reporter_id)] if report.contested_at else []
        due += [("no_show_decided", pk) for pk in people] if report.decided_at else []
    notices = Notice.objects.filter(reference=session.pk, occasion__startswith="no_show_")
    assert sorted(notices.values_list("occasion", "person_id")) == sorted(due)


def assert_link_is_due_15_minutes_before(session: Session) -> None:
    if (session.status, session.payment_status) == BOOKED:
        links = Delivery.objects.filter(
            notice__reference=session.pk, notice__occasion="link", notice__revision=str(session.sequence)
        )
        moves = session.history.filter(to_status="scheduled").exclude(why__in=HistoryNote.values)
        booked_at = moves.latest("pk").at
        assert {link.due_at for link in links} == {max(booked_at, session.link_opens_at())}


def assert_agrees_with(stripe: Stripe) -> None:
    """Holds once the jobs have run while Stripe could be reached, and every checkout's time is past."""
    intents = {intent["id"]: intent for intent in objects(stripe, "payment_intent")}
    charges = {charge["id"]: charge for charge in objects(stripe, "charge")}
    paid = 0
    for checkout in objects(stripe, "checkout.session"):
        payment = Payment.objects.select_related("session").get(checkout_id=checkout["id"])
        assert payment.reference == checkout["client_reference_id"]
        if checkout["payment_status"] == "paid":
            charge = charges[intents[checkout["payment_intent"]]["latest_charge"]]
            assert_money_is_accounted_for(payment, charge)
            paid += 1
        else:
            assert_nothing_is_held(payment, checkout, intents)
    assert Payment.objects.filter(captured_minor__gt=0).count() == paid
    assert_refunds_are_those_of(stripe)
    assert_disputes_are_those_of(stripe)
    assert_warnings_are_those_of(stripe)


def assert_money_is_accounted_for(payment: Payment, charge: Mapping[str, Any]) -> None:
    """A captured payment is confirmed, refunded or flagged."""
    assert (payment.state, payment.captured_minor) == (Payment.State.PAID, charge["amount"])
    assert payment.refunded_minor == charge["amount_refunded"]
    session = payment.session
    is_booked = session.status != SessionStatus.CANCELLED and session.payment_status == PaymentStatus.PAID
    is_given_back = payment.refunded_minor >= payment.owed_minor > 0
    is_all_back = payment.refunded_minor == payment.captured_minor
    is_looked_at = payment.flags.open().exists() or was_dealt_with(payment)
    assert is_booked or is_given_back or is_all_back or owes_nothing(session) or is_looked_at
    assert (session.payment_status == PaymentStatus.REFUNDED) == is_all_back
    assert sum(dispute.is_withdrawn and dispute.is_lost for dispute in payment.disputes.all()) == (
        payment.lost_minor > 0
    )


def was_dealt_with(payment: Payment) -> bool:
    """By an operator, who said how."""
    return payment.flags.exclude(resolved_by=None).exists()


def owes_nothing(session: Session) -> bool:
    """Whether a student cancelled after the earliest start that a moved session ever had: the policy gives nothing back."""
    ended = session.history.filter(to_status=SessionStatus.CANCELLED).first()
    by_student = ended is not None and ended.actor_id == session.student_id
    return bool(by_student and ended and not session.refund_at(ended.at))


def assert_nothing_is_held(
    payment: Payment, checkout: Mapping[str, Any], intents: Mapping[str, Mapping[str, Any]]
) -> None:
    """A checkout that brought no money has no session; while a delayed payment is under way, its hold may live."""
    intent = intents.get(checkout["payment_intent"], {"status": ""})
    if checkout["status"] == "complete" and intent["status"] == "processing":
        assert payment.state == Payment.State.PROCESSING
        return
    assert checkout["status"] != "open"
    assert payment.state in {Payment.State.EXPIRED, Payment.State.FAILED}
    assert payment.session.is_released


def assert_refunds_are_those_of(stripe: Stripe) -> None:
    """Each refund of Stripe's has one row, each row that Stripe accepted has one refund, of the same amount."""
    theirs = {
        refund["id"]: refund["amount"]
        for refund in objects(stripe, "refund")
        if refund["status"] in LIVE_AT_STRIPE
    }
    accepted = Refund.objects.filter(state__in=Refund.ACCEPTED)
    ours = {row.stripe_id: row.amount_minor for row in accepted}
    assert ours == theirs
    assert accepted.count() == len(ours)
    assert_each_was_sent_once(stripe)
    waiting = Refund.objects.filter(state=Refund.State.REQUESTED)
    assert not waiting.exclude(payment__in=Dispute.objects.blocking().values("payment")).exists()


def assert_each_was_sent_once(stripe: Stripe) -> None:
    """Two live refunds of Stripe's with the uid of one row of ours would be money sent twice."""
    uids = [
        refund["metadata"]["refund_id"]
        for refund in objects(stripe, "refund")
        if refund["status"] in LIVE_AT_STRIPE and "refund_id" in refund["metadata"]
    ]
    assert sorted(uids) == sorted(set(uids))


def assert_disputes_are_those_of(stripe: Stripe) -> None:
    """And an operator is asked to look while one is open, and once it is lost."""
    theirs = {
        dispute["id"]: (
            dispute["status"],
            sum(entry["amount"] for entry in dispute["balance_transactions"]) < 0,
        )
        for dispute in objects(stripe, "dispute")
    }
    ours = Dispute.objects.all()
    assert {row.stripe_id: (row.status, row.is_withdrawn) for row in ours} == theirs
    for row in ours:
        names = set(row.payment.flags.open().values_list("name", flat=True))
        dealt_with = set(row.payment.flags.exclude(resolved_by=None).values_list("name", flat=True))
        assert row.is_open or "disputed" not in names
        assert not row.is_open or "disputed" in names | dealt_with
        assert not row.is_lost or "dispute-lost" in names | dealt_with


def assert_warnings_are_those_of(stripe: Stripe) -> None:
    theirs = {
        warning["id"]: warning["actionable"] for warning in objects(stripe, "radar.early_fraud_warning")
    }
    ours = FraudWarning.objects.all()
    assert {row.stripe_id: row.actionable for row in ours} == theirs
    pressing = {row.payment_id for row in ours if row.actionable}
    warned = Flag.objects.filter(name=Flag.Name.FRAUD_WARNING)
    flagged = set(warned.filter(resolved_at=None).values_list("payment_id", flat=True))
    dealt_with = set(warned.exclude(resolved_by=None).values_list("payment_id", flat=True))
    assert flagged <= pressing <= flagged | dealt_with


def assert_decisions_are_kept() -> None:
    """What was decided for the student has gone back, is on its way, or waits for an operator; what for the mentor, has not,
    unless an operator wanted it so."""
    for report in NoShowReport.objects.exclude(decided_at=None).select_related("session__payment"):
        payment = report.session.payment
        if report.decision == NoShowReport.Decision.STUDENT:
            alive = payment.refunds.exclude(state__in=Refund.DEAD)
            back = sum(refund.amount_minor for refund in alive)
            assert back >= payment.captured_minor or payment.flags.open().exists() or was_dealt_with(payment)
        else:
            ours = payment.refunds.filter(is_foreign=False, created_at__gte=report.decided_at)
            assert not ours.exclude(reason__endswith="by an operator").exists()
