"""What a session's pages say of its money: refunds, disputes, and payments that are under way."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.bookings.settlement.settle import settle
from mentormap.mentors.models import Mentor
from mentormap.notifications.models import Notice
from mentormap.payments.models import Dispute, Payment, Refund
from tests import make
from tests.conftest import Stripe
from tests.sandbox_client import pay_by_debit
from tests.web.reading import browser, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_edge"), pytest.mark.long]

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "refunded_minor", "note"),
    [
        ("requested", 0, "Paid , refund on its way: 60.00 of 120.00 USD"),
        ("succeeded", 6_000, "Paid , 60.00 of 120.00 USD refunded"),
        ("failed", 0, "Paid , the refund failed, and we are looking into it"),
    ],
)
def test_refunds_are_told_in_words(
    maya: Mentor, now: datetime, state: str, refunded_minor: int, note: str
) -> None:
    sam = make.sam()
    ended = make.session(student=sam, mentor=maya, starts_at=now + DAY, status="cancelled")
    Refund.objects.create(
        payment=ended.payment, amount_minor=6_000, currency="USD", state=state, created_at=now, updated_at=now
    )
    Payment.objects.filter(pk=ended.payment_id).update(refunded_minor=refunded_minor)

    for path in ("/sessions", f"/sessions/{ended.pk}"):
        assert note in words(browser(sam).get(path))


@pytest.mark.parametrize(
    ("state", "student_reads", "mentor_reads"),
    [
        ("requested", "60.00 USD: on its way", "60.00 USD: on its way"),
        ("failed", "60.00 USD: failed: the bank sent it back to us", "60.00 USD: failed: the bank sent it back to us"),
        ("requires_action", "waits for your word: Stripe has sent you an email", "waits for the student's word: Stripe has sent the student an email"),
    ],
)  # fmt: skip
def test_each_refund_says_where_it_stands(
    sam: User,
    maya: Mentor,
    session: Session,
    now: datetime,
    state: str,
    student_reads: str,
    mentor_reads: str,
) -> None:
    make_refund(session, now, state=state)
    for person, reads in ((sam, student_reads), (maya.user, mentor_reads)):
        assert reads in words(browser(person).get(f"/sessions/{session.pk}"))


def make_refund(session: Session, now: datetime, *, state: str) -> None:
    Payment.objects.filter(pk=session.payment_id).update(paid_at=now)
    Refund.objects.create(
        payment=session.payment,
        amount_minor=6_000,
        currency="USD",
        state=state,
        created_at=now,
        updated_at=now,
    )


def make_dispute(session: Session, now: datetime, *, status: str) -> None:
    Payment.objects.filter(pk=session.payment_id).update(paid_at=now)
    Dispute.objects.create(
        payment=session.payment,
        stripe_id="du_1",
        status=status,
        reason="fraudulent",
        amount_minor=12_000,
        currency="USD",
        opened_at=now,
        updated_at=now,
    )


@pytest.mark.parametrize(
    ("status", "student_reads", "mentor_reads"),
    [
        ("warning_needs_response", "Inquiry 120.00 USD: your bank has asked us about this payment", "Inquiry 120.00 USD: the student's bank has asked us"),
        ("warning_closed", "Inquiry 120.00 USD: your bank's question is closed", "the student's bank's question is closed"),
        ("needs_response", "Dispute 120.00 USD: your bank holds the money", "Dispute 120.00 USD: the student's bank holds the money"),
        ("under_review", "looks at our answer", "looks at our answer"),
        ("won", "your bank has decided that the payment stands", "the student's bank has decided"),
        ("lost", "your bank has given the money back to the cardholder", "the student's bank has given the money back"),
        ("prevented", "settled with your bank before it began", "settled with the student's bank"),
        ("unheard_of", "Dispute 120.00 USD: your bank holds the money", "Dispute 120.00 USD: the student's bank holds"),
    ],
)  # fmt: skip
def test_a_dispute_is_told_to_both_by_where_it_stands(
    sam: User,
    maya: Mentor,
    session: Session,
    now: datetime,
    status: str,
    student_reads: str,
    mentor_reads: str,
) -> None:
    make_dispute(session, now, status=status)
    for person, reads in ((sam, student_reads), (maya.user, mentor_reads)):
        assert reads in words(browser(person).get(f"/sessions/{session.pk}"))


def test_while_a_dispute_goes_on_pages_do_not_promise_money_at_once(
    sam: User, session: Session, now: datetime
) -> None:
    make_dispute(session, now, status="needs_response")
    assert "The bank holds this money because of a dispute" in words(
        browser(sam).get(f"/sessions/{session.pk}/cancel")
    )
    make_refund(session, now, state="requested")
    Session.objects.update(status="cancelled")
    page = words(browser(sam).get(f"/sessions/{session.pk}"))
    assert "Paid , refund waits for the bank: 60.00 of 120.00 USD" in page
    assert "60.00 USD: waits until the dispute is decided" in page


def test_what_was_let_go_while_the_bank_is_at_work_says_what_becomes_of_it(
    stripe: Stripe, sam: User, maya: Mentor, now: datetime
) -> None:
    held = make.hold(student=sam, mentor=maya, starts_at=now + 2 * DAY + timedelta(hours=6), now=now)
    pay_by_debit(stripe.sandbox, held.payment.checkout_id or "")
    settle(held.payment_id, now=now)
    assert "held for you until it has answered" in words(browser(sam).get(f"/sessions/{held.pk}"))
    assert "that cannot be stopped" in words(browser(sam).get(f"/sessions/{held.pk}/cancel"))
    response = browser(sam).post(f"/sessions/{held.pk}/let-go", follow=True)
    assert "If your bank still completes the payment, all of it goes back to you." in words(response)
    mail = Notice.objects.get()
    assert (mail.occasion, mail.person) == ("let_go_under_way", sam)


def test_what_was_let_go_says_that_nothing_was_charged(sam: User, maya: Mentor, now: datetime) -> None:
    ended = make.session(
        student=sam, mentor=maya, starts_at=now + DAY, status="cancelled", payment_status="pending"
    )
    assert "Pending , nothing was charged" in words(browser(sam).get(f"/sessions/{ended.pk}"))
