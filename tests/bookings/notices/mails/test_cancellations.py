"""Mails of a cancellation: who cancelled, and what comes back."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Session, SessionHistory
from mentormap.bookings.notices import write
from mentormap.bookings.notices.mails.facts import Facts
from mentormap.mentors.models import Mentor
from mentormap.notifications.channels.email import Message
from mentormap.payments.models import Dispute, Payment, Refund
from tests import make
from tests.bookings.mailing import cancelled, mail, make_refund, maybe_mail

pytestmark = pytest.mark.django_db


def first_paragraphs(message: Message) -> str:
    return message.text.split("\n\n")[1]


def test_each_reads_who_cancelled_in_their_own_words(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    write.session_cancelled(cancelled(session, maya, now, refund_minor=12_000), now=now)

    assert first_paragraphs(mail("cancelled", sam, now)) == "Maya cancelled your session."
    assert first_paragraphs(mail("cancelled", maya, now)) == "You cancelled your session with Sam."


def test_an_operator_and_the_program_are_named_too(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    write.session_cancelled(cancelled(session, make.ada(), now), now=now)

    assert first_paragraphs(mail("cancelled", sam, now)) == (
        "An operator of MentorMap cancelled your session with Maya."
    )
    SessionHistory.objects.filter(to_status="cancelled").update(actor=None)
    assert first_paragraphs(mail("cancelled", sam, now)) == (
        "Your session with Maya was cancelled. The payment was refunded in full at\nStripe."
    )


@pytest.mark.parametrize(
    ("refund_minor", "to_student", "to_mentor"),
    [
        (
            12_000,
            "120.00 USD goes back",
            "(120.00 USD)",
        ),
        (6_000, "60.00 of 120.00 USD", "60.00 of 120.00 USD"),
        (
            0,
            "Full refund until 24 hours before the start",
            "nothing back",
        ),
    ],
)
def test_both_read_what_comes_back(
    session: Session, now: datetime, refund_minor: int, to_student: str, to_mentor: str
) -> None:
    sam, maya = session.participants()
    write.session_cancelled(cancelled(session, sam, now, refund_minor=refund_minor), now=now)

    assert to_student in " ".join(mail("cancelled", sam, now).text.split())
    assert to_mentor in " ".join(mail("cancelled", maya, now).text.split())


def test_it_is_the_receipt_of_who_cancels_at_once(session: Session, sam: User, now: datetime) -> None:
    write.session_booked(session, now=now)
    write.session_cancelled(cancelled(session, sam, now, refund_minor=6_000), now=now)

    assert maybe_mail("booked", sam, now) is None
    message = mail("cancelled", sam, now)
    receipt = message.text.split("RECEIPT\n\n")[1].split("\n\n")[0]
    assert receipt.replace(session.stripe_payment_id or "?", "pi_1") == (
        "Paid:       120.00 USD\n"
        f"On:         {Facts(session, sam, now).paid_at}\n"
        "Goes back:  60.00 USD\n"
        "Reference:  pi_1"
    )
    assert ">Receipt</h2>" in message.html
    Payment.objects.update(captured_minor=0)
    assert "RECEIPT" not in mail("cancelled", sam, now).text


def test_a_failed_refund_does_not_count_as_coming_back(session: Session, sam: User, now: datetime) -> None:
    write.session_cancelled(cancelled(session, sam, now), now=now)
    make_refund(session, 12_000, now, state=Refund.State.FAILED)

    assert "Your bank sent the refund back to us." in mail("cancelled", sam, now).text


@pytest.mark.parametrize(
    ("refund_minor", "to_student", "to_mentor", "in_receipt"),
    [
        (
            10_000,
            "100.00 USD goes back",
            "100.00 of 120.00 USD",
            "Went back: 20.00 USD Goes back: 100.00 USD",
        ),
        (
            6_000,
            "60.00 of 120.00 USD",
            "60.00 of 120.00 USD",
            "Went back: 20.00 USD Goes back: 60.00 USD",
        ),
        (
            0,
            "Nothing comes back",
            "nothing back",
            "Went back: 20.00 USD Reference:",
        ),
    ],
)
def test_what_had_gone_back_before_is_told_apart(
    session: Session, now: datetime, refund_minor: int, to_student: str, to_mentor: str, in_receipt: str
) -> None:
    sam, maya = session.participants()
    make_refund(session, 2_000, now - timedelta(hours=10), state=Refund.State.SUCCEEDED)
    write.session_cancelled(cancelled(session, sam, now, refund_minor=refund_minor), now=now)

    text = " ".join(mail("cancelled", sam, now).text.split())
    assert to_student in text
    assert " 20.00 USD had gone back" in text
    assert in_receipt in text
    assert to_mentor in " ".join(mail("cancelled", maya, now).text.split())


def test_what_the_bank_did_not_take_is_still_the_students(session: Session, now: datetime) -> None:
    sam, maya = session.participants()
    make_refund(session, 2_000, now - timedelta(hours=10), state=Refund.State.SUCCEEDED)
    write.session_cancelled(cancelled(session, sam, now), now=now)
    make_refund(session, 10_000, now, state=Refund.State.FAILED)

    assert "The money is still yours" in " ".join(mail("cancelled", sam, now).text.split())
    assert "100.00 of 120.00 USD" in mail("cancelled", maya, now).text


def test_a_moved_session_names_the_start_that_counts(session: Session, sam: User, now: datetime) -> None:
    Session.objects.update(scheduled_at=session.scheduled_at + timedelta(days=2))
    session.refresh_from_db()
    write.session_cancelled(cancelled(session, sam, now), now=now)

    assert "counts from Wed 25 Nov 2026, 10:00 (Europe/Berlin)" in " ".join(
        mail("cancelled", sam, now).text.split()
    )


def test_a_refund_that_waits_for_the_student_is_not_said_to_be_on_its_way(
    session: Session, sam: User, now: datetime
) -> None:
    write.session_cancelled(cancelled(session, sam, now), now=now)
    make_refund(session, 12_000, now, state=Refund.State.REQUIRES_ACTION)

    text = " ".join(mail("cancelled", sam, now).text.split())
    assert "Stripe has sent you an email that asks where to send it: answer that first." in text
    assert "5 to 10 days" not in text


def test_a_refund_that_waits_for_a_dispute_is_not_promised_within_days(
    session: Session, sam: User, now: datetime
) -> None:
    write.session_cancelled(cancelled(session, sam, now, refund_minor=12_000), now=now)
    Dispute.objects.create(
        payment=session.payment,
        stripe_id="du_1",
        status="under_review",
        amount_minor=12_000,
        currency="USD",
        opened_at=now,
        updated_at=now,
    )
    text = " ".join(mail("cancelled", sam, now).text.split())
    assert "The bank holds the money because of a dispute, so it comes once that is decided." in text
    assert "5 to 10 days" not in text


def test_what_was_paid_elsewhere_goes_back_that_way(session: Session, sam: User, now: datetime) -> None:
    Payment.objects.filter(pk=session.payment_id).update(source=Payment.Source.RECORDED)
    write.session_cancelled(cancelled(session, sam, now, refund_minor=12_000), now=now)

    assert "It comes the way in which you paid." in " ".join(mail("cancelled", sam, now).text.split())


def test_the_way_to_other_times_is_shown_while_there_are_any(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    write.session_cancelled(cancelled(session, maya, now), now=now)

    assert "Find another time with Maya" in mail("cancelled", sam, now).text
    Mentor.objects.update(state=Mentor.State.PAUSED)
    assert "Find another time" not in mail("cancelled", sam, now).text
