"""What must hold once the jobs have run, between our tables, and between them and the sandbox's."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.mail.backends.filebased import EmailBackend

from mentormap.availability.models import ReservedCell
from mentormap.bookings.models import PaymentStatus, Session, SessionStatus
from mentormap.bookings.reconciliation.ledger import ledgers
from mentormap.lib.spans import Span, cells
from mentormap.notifications import outbox
from mentormap.notifications.channels.email import message_id_of
from mentormap.notifications.models import Delivery, Notice
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.payments.models import Dispute, Payment, Refund, StripeEvent
from stripe_sandbox.app import Sandbox
from stripe_sandbox.unit_of_work import UnitOfWork
from tests.flagged import open_flags
from tests.kill.journeys import End

Claim = tuple[str, object, object]
"""What is claimed, then two things that must be equal."""


def complaints(sandbox: Sandbox) -> list[str]:
    """Each sentence says what does not hold; all does where there is none."""
    claims = [*_books_agree(), *_same_money(sandbox), *_nothing_is_left(sandbox), *_told_once(), *_mailed()]
    for session in Session.objects.with_people():
        claims += _session_agrees(session)
    claims.append(("cells and sessions", _cells_reserved(), _cells_of_sessions()))
    return [f"{what}: {first!r} is not {second!r}" for what, first, second in claims if first != second]


def ends() -> tuple[End, ...]:
    return tuple(_end(session) for session in Session.objects.with_people().order_by("pk"))


def _end(session: Session) -> End:
    notices = Notice.objects.filter(reference=session.pk).select_related("person")
    sent = sorted(f"{notice.occasion} {notice.person}" for notice in notices)
    mails = Delivery.objects.filter(notice__in=notices, state=Delivery.State.SENT)
    mailed = sorted(
        f"{mail.notice.occasion} {mail.notice.person}" for mail in mails.select_related("notice__person")
    )
    payment = session.payment
    return End(
        session.status,
        session.payment_status,
        payment.refunded_minor,
        tuple(sent),
        mailed=tuple(mailed),
        flags=open_flags(payment),
    )


def _books_agree() -> Iterator[Claim]:
    for currency, line in ledgers().items():
        yield (f"books in {currency}: {line}", line.agree, True)


def _same_money(sandbox: Sandbox) -> Iterator[Claim]:
    """Each charge and each refund at Stripe is one row of ours, and the other way round."""
    charges = _objects(sandbox, "charge", "json_extract(body, '$.captured')")
    captured = Payment.objects.filter(captured_minor__gt=0).values_list("payment_intent_id", "captured_minor")
    yield (
        "captured here and at Stripe",
        sorted(captured),
        sorted((charge["payment_intent"], charge["amount_captured"]) for charge in charges),
    )
    ours = [
        (row.stripe_id, row.amount_minor, row.state, None if row.is_foreign else row.uid.hex)
        for row in Refund.objects.all()
    ]
    theirs = [
        (refund["id"], refund["amount"], refund["status"], refund["metadata"].get("refund_id"))
        for refund in _objects(sandbox, "refund")
    ]
    yield ("refunds here and at Stripe", sorted(ours, key=str), sorted(theirs, key=str))
    yield (
        "disputes here and at Stripe",
        sorted(Dispute.objects.values_list("stripe_id", "amount_minor", "status")),
        sorted((each["id"], each["amount"], each["status"]) for each in _objects(sandbox, "dispute")),
    )


def _objects(sandbox: Sandbox, kind: str, condition: str = "1") -> list[dict[str, Any]]:
    with sandbox.store.transaction() as rows:
        return UnitOfWork(rows, 0).select(f"kind = ? AND {condition}", (kind,), newest_first=False, most=1000)


def _nothing_is_left(sandbox: Sandbox) -> Iterator[Claim]:
    """Every payment is final, every event handled, and nobody can pay for what is over."""
    states = set(Payment.objects.values_list("state", flat=True))
    yield ("payments that are not final", states - Payment.FINAL, set())
    yield ("events not handled", list(StripeEvent.objects.filter(handled_at=None)), [])
    open_checkouts = _objects(sandbox, "checkout.session", "json_extract(body, '$.status') = 'open'")
    yield ("checkouts open at Stripe", [checkout["id"] for checkout in open_checkouts], [])


def _told_once() -> Iterator[Claim]:
    notices = [
        (pk, channel.value)
        for pk, occasion in Notice.objects.values_list("pk", "occasion")
        for channel in outbox.set_up() & set(NoticeKind(occasion).channels)
    ]
    yield ("a delivery a channel", sorted(Delivery.objects.values_list("notice", "channel")), sorted(notices))


def _mailed() -> Iterator[Claim]:
    """What is marked as sent went out and nothing else did; a mail went out twice at most where its sender was killed."""
    sent = Delivery.objects.filter(state=Delivery.State.SENT).select_related("notice")
    text = "".join(file.read_text("utf-8") for file in Path(EmailBackend().file_path).glob("*"))
    times = Counter(re.findall(r"^Message-ID: (.*)$", text, re.MULTILINE))
    yield ("mails marked as sent and mails sent", {message_id_of(mail) for mail in sent}, set(times))
    yield (f"no mail was repeated but one: {times}", sum(times.values()) - len(times) <= 1, True)


def _session_agrees(session: Session) -> Iterator[Claim]:
    """Captured money is a session that stands, a refund of what is owed, or a flag; and its history tells how."""
    payment = session.payment
    was_captured = payment.captured_minor > 0
    yield (f"{session}: paid and captured", session.payment_status != PaymentStatus.PENDING, was_captured)
    yield (f"{session}: paid and settled", payment.state == Payment.State.PAID, was_captured)
    if was_captured and session.status == SessionStatus.CANCELLED and not payment.flags.open().exists():
        back, owed = payment.refunded_minor, payment.owed_minor
        yield (f"{session}: {back} given back of {owed} owed", back >= max(owed, 1), True)
    moves = list(session.history.all())
    came_from = [("", ""), *((move.to_status, move.to_payment_status) for move in moves)]
    went_to = [*((move.from_status, move.from_payment_status) for move in moves)]
    yield (f"{session}: history", [*went_to, (session.status, session.payment_status)], came_from)


def _cells_reserved() -> list[tuple[int, datetime]]:
    return sorted(ReservedCell.objects.values_list("session_id", "starts_at"))


def _cells_of_sessions() -> list[tuple[int, datetime]]:
    """Of those that are ahead, and of those that ended less than a day ago."""
    standing = Session.objects.exclude(status=SessionStatus.CANCELLED)
    return sorted(
        (session.pk, cell)
        for session in standing
        for cell in cells(Span(session.reserves_from, session.reserves_to))
    )
