"""Notices: who is told what, when, and that nothing is told which is no longer so."""

from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest

from mentormap.accounts.models import User
from mentormap.bookings import links, notices
from mentormap.bookings.models import Session, SessionHistory, SessionStatus
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery, Notice
from mentormap.payments.models import Payment, Refund
from tests import make


class Tell(Protocol):
    def __call__(self, session: Session, *, now: datetime) -> None: ...


DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam() -> User:
    return make.sam()


@pytest.fixture
def maya() -> User:
    return make.person("Maya", time_zone="America/New_York")


@pytest.fixture
def session(sam: User, maya: User, now: datetime) -> Session:
    """Sam with Maya on Wednesday at 9:00 UTC, booked and paid."""
    mentor = make.mentor(maya, zone="America/New_York")
    return make.session(student=sam, mentor=mentor, starts_at=now + 2 * DAY)


def cancelled(session: Session, actor: User | None, now: datetime, *, refund_minor: int = 0) -> Session:
    """As the program leaves it when `actor` cancels."""
    Session.objects.filter(pk=session.pk).update(status=SessionStatus.CANCELLED, sequence=1)
    SessionHistory.objects.create(
        session=session,
        at=now,
        actor=actor,
        from_status="scheduled",
        from_payment_status="paid",
        to_status="cancelled",
        to_payment_status="paid",
        why="The payment was refunded in full at Stripe.",
    )
    if refund_minor:
        give_back(session, refund_minor, now)
    session.refresh_from_db()
    return session


def give_back(session: Session, amount_minor: int, now: datetime, **fields: Any) -> Refund:
    facts = {"currency": session.currency, "created_at": now, "updated_at": now} | fields
    return Refund.objects.create(payment=session.payment, amount_minor=amount_minor, **facts)


def due() -> list[tuple[str, str, datetime]]:
    """(occasion, person, when) of all that is written."""
    rows = Delivery.objects.order_by("due_at", "notice__occasion", "notice__person__name")
    return list(rows.values_list("notice__occasion", "notice__person__name", "due_at"))


def mail(occasion: str, person: User, now: datetime) -> Message:
    message = maybe_mail(occasion, person, now)
    assert message is not None
    return message


def maybe_mail(occasion: str, person: User, now: datetime) -> Message | None:
    delivery = Delivery.objects.get(notice__occasion=occasion, notice__person=person)
    return notices.render(delivery, now)


def test_a_booking_is_told_to_both_and_the_link_comes_15_minutes_before(
    session: Session, now: datetime
) -> None:
    notices.session_booked(session, now=now)

    link_at = session.scheduled_at - timedelta(minutes=15)
    assert due() == [
        ("booked", "Maya", now),
        ("booked", "Sam", now),
        ("link", "Maya", link_at),
        ("link", "Sam", link_at),
    ]


def test_the_link_comes_at_once_if_the_session_is_near(session: Session) -> None:
    near = session.scheduled_at - timedelta(minutes=5)

    notices.session_booked(session, now=near)

    assert {when for occasion, _, when in due() if occasion == "link"} == {near}


def test_settling_twice_tells_once(session: Session, now: datetime) -> None:
    notices.session_booked(session, now=now)
    notices.session_booked(session, now=now)

    assert Delivery.objects.count() == 4


@pytest.mark.parametrize("tell", [notices.session_cancelled, notices.late_payment_refunded])
def test_both_learn_of_an_end(session: Session, now: datetime, tell: Tell) -> None:
    tell(session, now=now)

    assert [person for _, person, _ in due()] == ["Maya", "Sam"]


def test_only_the_student_learns_of_trouble_with_their_bank(session: Session, now: datetime) -> None:
    notices.payment_failed(session, now=now)
    notices.refund_failed(session, refund_id=7, now=now)

    assert [(occasion, person) for occasion, person, _ in due()] == [
        ("payment_failed", "Sam"),
        ("refund_failed", "Sam"),
    ]


def test_revisions_are_the_sequence_and_the_refunds_number(session: Session, now: datetime) -> None:
    session.sequence = 3
    notices.session_cancelled(session, now=now)
    notices.refund_failed(session, refund_id=7, now=now)

    assert set(Notice.objects.values_list("occasion", "revision")) == {
        ("cancelled", "3"),
        ("refund_failed", "7"),
    }


def test_the_students_confirmation_says_everything(session: Session, sam: User, now: datetime) -> None:
    notices.session_booked(session, now=now)
    message = mail("booked", sam, now)

    assert (message.to, message.subject) == (
        "Sam <sam@example.com>",
        "Booked: System design review with Maya, Wed 25 Nov 2026",
    )
    assert message.text == (
        "Hello Sam,\n"
        "\n"
        "Your session with Maya is booked and paid.\n"
        "\n"
        "What:       System design review\n"
        "Mentor:     Maya, Staff engineer who makes systems simple\n"
        "When:       Wed 25 Nov 2026, 10:00 (Europe/Berlin)\n"
        "For Maya:   Wed 25 Nov 2026, 04:00 (America/New York)\n"
        "Duration:   60 minutes\n"
        "Price:      120.00 USD\n"
        "\n"
        "You wrote:\n"
        "\n"
        "  Need help with distributed systems\n"
        "\n"
        "WHAT HAPPENS NEXT\n"
        "\n"
        "1. The calendar invite is attached. Open it to keep the time.\n"
        "2. The video link comes by mail 15 minutes before the start. It is then on\n"
        "   the session's page, too.\n"
        "3. If something comes up, cancel on that page. Full refund until 24 hours\n"
        "   before the start, then 50 %, none after the start. Until Tue 24 Nov 2026,\n"
        "   10:00 (Europe/Berlin) everything comes back.\n"
        "\n"
        f"Your session: http://localhost:3002/sessions/{session.pk}\n"
        f"About Maya: http://localhost:3002/mentors/{session.mentor_id}\n"
        "\n"
        "RECEIPT\n"
        "\n"
        "Paid:       120.00 USD\n"
        "On:         Mon 23 Nov 2026, 10:00 (Europe/Berlin)\n"
        "For:        60 minutes with Maya\n"
        f"Reference:  {session.stripe_payment_id}\n"
        "\n"
        "--\n"
        "MentorMap. All your sessions: http://localhost:3002/sessions\n"
    )


def test_the_mentor_learns_who_comes_and_why_in_their_own_time(
    session: Session, maya: User, now: datetime
) -> None:
    notices.session_booked(session, now=now)
    message = mail("booked", maya, now)

    assert message.subject == "New session: System design review with Sam, Wed 25 Nov 2026"
    for line in (
        "Sam has booked and paid a session with you.",
        "Student:    Sam",
        "When:       Wed 25 Nov 2026, 04:00 (America/New York)",
        "For Sam:    Wed 25 Nov 2026, 10:00 (Europe/Berlin)",
        "  Need help with distributed systems",
    ):
        assert line in message.text.splitlines()


def test_a_reader_without_a_zone_reads_the_mentors(session: Session, sam: User, now: datetime) -> None:
    User.objects.filter(pk=sam.pk).update(time_zone="")
    notices.session_booked(session, now=now)

    text = mail("booked", sam, now).text
    assert "When:       Wed 25 Nov 2026, 04:00 (America/New York)" in text
    assert "For Maya" not in text


def test_full_refund_is_not_promised_once_its_time_is_past(session: Session, sam: User) -> None:
    late = session.scheduled_at - timedelta(hours=23)
    notices.session_booked(session, now=late)

    assert "everything comes back" not in mail("booked", sam, late).text


def test_no_mail_before_its_time_has_the_video_link(session: Session, sam: User, now: datetime) -> None:
    notices.session_booked(session, now=now)
    message = mail("booked", sam, now)

    room = links.meeting_link(session)
    assert room not in message.text
    assert room not in message.html
    assert message.invite is not None
    assert room.encode() not in message.invite.content.replace(b"\r\n ", b"")


def test_the_link_mail_has_the_link(session: Session, sam: User) -> None:
    notices.session_booked(session, now=session.link_opens_at())
    message = mail("link", sam, session.link_opens_at())

    assert message.subject == "Video link: System design review, 10:00 (Europe/Berlin)"
    assert links.meeting_link(session) in message.text.splitlines()
    assert f'href="{links.meeting_link(session)}"' in message.html
    assert message.invite is None


@pytest.mark.parametrize("occasion", ["booked", "link"])
def test_nothing_is_told_of_a_session_that_was_cancelled_meanwhile(
    session: Session, sam: User, now: datetime, occasion: str
) -> None:
    notices.session_booked(session, now=now)
    cancelled(session, sam, now)

    assert maybe_mail(occasion, sam, now) is None


def test_an_older_invite_is_not_sent_after_a_change(session: Session, sam: User, now: datetime) -> None:
    notices.session_booked(session, now=now)
    Session.objects.filter(pk=session.pk).update(sequence=1)

    assert maybe_mail("booked", sam, now) is None
    assert maybe_mail("link", sam, now) is None


def test_no_link_is_sent_after_the_end(session: Session, sam: User, now: datetime) -> None:
    notices.session_booked(session, now=now)

    assert maybe_mail("link", sam, session.ends_at) is None


def test_a_person_who_left_gets_no_mail(session: Session, sam: User, now: datetime) -> None:
    notices.session_booked(session, now=now)
    User.objects.filter(pk=sam.pk).update(is_active=False)

    assert maybe_mail("booked", sam, now) is None


def test_the_booking_carries_an_invite_that_its_cancellation_takes_back(
    session: Session, sam: User, now: datetime
) -> None:
    notices.session_booked(session, now=now)
    booked = mail("booked", sam, now).invite
    notices.session_cancelled(cancelled(session, sam, now), now=now)
    ended = mail("cancelled", sam, now).invite

    assert booked is not None
    assert ended is not None
    assert (booked.method, ended.method) == ("REQUEST", "CANCEL")
    assert b"SEQUENCE:0\r\n" in booked.content
    assert b"SEQUENCE:1\r\n" in ended.content


def first_paragraphs(message: Message) -> str:
    return message.text.split("\n\n")[1]


def test_each_reads_who_cancelled_in_their_own_words(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    notices.session_cancelled(cancelled(session, maya, now, refund_minor=12_000), now=now)

    assert first_paragraphs(mail("cancelled", sam, now)) == "Maya cancelled your session."
    assert first_paragraphs(mail("cancelled", maya, now)) == "You cancelled your session with Sam."


def test_an_operator_and_the_program_are_named_too(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    notices.session_cancelled(cancelled(session, make.ada(), now), now=now)

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
            "120.00 USD goes back to you: all that you paid. It goes to the card or account",
            "Sam gets everything (120.00 USD) back.",
        ),
        (6_000, "60.00 of 120.00 USD goes back to you.", "Sam gets 60.00 of 120.00 USD back."),
        (
            0,
            "Nothing comes back. The cancellation policy: Full refund until 24 hours before the start",
            "Sam gets nothing back.",
        ),
    ],
)
def test_both_read_what_comes_back(
    session: Session, now: datetime, refund_minor: int, to_student: str, to_mentor: str
) -> None:
    sam, maya = session.participants()
    notices.session_cancelled(cancelled(session, sam, now, refund_minor=refund_minor), now=now)

    assert to_student in " ".join(mail("cancelled", sam, now).text.split())
    assert to_mentor in " ".join(mail("cancelled", maya, now).text.split())


def test_a_failed_refund_does_not_count_as_coming_back(session: Session, sam: User, now: datetime) -> None:
    notices.session_cancelled(cancelled(session, sam, now), now=now)
    give_back(session, 12_000, now, state=Refund.State.FAILED)

    assert "Nothing comes back." in mail("cancelled", sam, now).text


def test_what_was_paid_elsewhere_goes_back_that_way(session: Session, sam: User, now: datetime) -> None:
    Payment.objects.filter(pk=session.payment_id).update(source=Payment.Source.RECORDED)
    notices.session_cancelled(cancelled(session, sam, now, refund_minor=12_000), now=now)

    assert "It comes the way in which you paid." in " ".join(mail("cancelled", sam, now).text.split())


def test_a_mentor_who_never_knew_of_a_hold_is_not_told_of_its_end(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    Session.objects.filter(pk=session.pk).update(was_paid=False)
    notices.session_cancelled(cancelled(session, sam, now), now=now)

    assert maybe_mail("cancelled", maya, now) is None
    assert maybe_mail("cancelled", sam, now) is not None


def test_a_payment_that_came_too_late_goes_back(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    notices.late_payment_refunded(cancelled(session, None, now), now=now)

    assert mail("late_payment_refunded", sam, now).subject == (
        "Not booked, your money goes back: System design review"
    )
    assert "Sam gets everything back" in mail("late_payment_refunded", maya, now).text


def test_a_failed_payment_is_told_unless_another_went_through(
    session: Session, sam: User, now: datetime
) -> None:
    notices.payment_failed(session, now=now)
    assert maybe_mail("payment_failed", sam, now) is None

    Session.objects.filter(pk=session.pk).update(status="cancelled", payment_status="pending")
    assert "nothing was charged" in " ".join(mail("payment_failed", sam, now).text.split())


def test_a_failed_refund_is_told_until_it_is_tried_anew(session: Session, sam: User, now: datetime) -> None:
    refund = give_back(session, 6_000, now, state=Refund.State.FAILED)
    notices.refund_failed(session, refund_id=refund.pk, now=now)

    assert "We sent you 60.00 USD" in mail("refund_failed", sam, now).text
    Refund.objects.update(state=Refund.State.REQUESTED)
    assert maybe_mail("refund_failed", sam, now) is None


def test_what_people_type_is_escaped_in_html_and_plain_in_text(
    session: Session, sam: User, now: datetime
) -> None:
    Session.objects.filter(pk=session.pk).update(title="<b>R&D</b>", description="<script>alert(1)</script>")
    notices.session_booked(session, now=now)
    message = mail("booked", sam, now)

    assert "What:       <b>R&D</b>" in message.text
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in message.html
    assert "<script" not in message.html


def test_a_title_of_many_lines_stays_one_subject(session: Session, sam: User, now: datetime) -> None:
    Session.objects.filter(pk=session.pk).update(title="A\r\nBcc: olga@example.com")
    notices.session_booked(session, now=now)

    assert mail("booked", sam, now).subject == "Booked: A Bcc: olga@example.com with Maya, Wed 25 Nov 2026"


def test_text_mails_stay_under_78_columns(session: Session, sam: User, maya: User, now: datetime) -> None:
    Session.objects.filter(pk=session.pk).update(title="word " * 40, description="word " * 300)
    notices.session_booked(session, now=now)
    texts = [mail(occasion, person, now).text for occasion in ("booked", "link") for person in (sam, maya)]

    assert max(len(line) for text in texts for line in text.splitlines()) < 78
