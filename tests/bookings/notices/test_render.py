"""Notices: who is told what, when, and that nothing is told which is no longer so."""

import re
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from mentormap.accounts.models import User
from mentormap.bookings import links
from mentormap.bookings.models import Session
from mentormap.bookings.notices import write
from mentormap.notifications.models import Delivery, Notice
from mentormap.payments.models import Payment, Refund
from tests.bookings.mailing import cancelled, mail, make_refund, maybe_mail, moved

pytestmark = pytest.mark.django_db


class Tell(Protocol):
    def __call__(self, session: Session, *, now: datetime) -> None: ...


def due() -> list[tuple[str, str, datetime]]:
    """(occasion, person, when) of all that is written."""
    rows = Delivery.objects.order_by("due_at", "notice__occasion", "notice__person__name")
    return list(rows.values_list("notice__occasion", "notice__person__name", "due_at"))


def test_a_booking_is_told_to_both_and_the_link_comes_15_minutes_before(
    session: Session, now: datetime
) -> None:
    write.session_booked(session, now=now)

    link_at = session.scheduled_at - timedelta(minutes=15)
    assert due() == [
        ("booked", "Maya", now),
        ("booked", "Sam", now),
        ("link", "Maya", link_at),
        ("link", "Sam", link_at),
    ]


def test_the_link_comes_at_once_if_the_session_is_near(session: Session) -> None:
    near = session.scheduled_at - timedelta(minutes=5)

    write.session_booked(session, now=near)

    assert {when for occasion, _, when in due() if occasion == "link"} == {near}


def test_settling_twice_tells_once(session: Session, now: datetime) -> None:
    write.session_booked(session, now=now)
    write.session_booked(session, now=now)

    assert Delivery.objects.count() == 4


@pytest.mark.parametrize("tell", [write.session_cancelled, write.late_payment_refunded])
def test_both_learn_of_an_end(session: Session, now: datetime, tell: Tell) -> None:
    tell(session, now=now)

    assert [person for _, person, _ in due()] == ["Maya", "Sam"]


def test_only_the_student_learns_of_trouble_with_their_bank(session: Session, now: datetime) -> None:
    write.payment_failed(session, now=now)
    write.refund_failed(session, refund=Refund(pk=7), now=now)

    assert [(occasion, person) for occasion, person, _ in due()] == [
        ("payment_failed", "Sam"),
        ("refund_failed", "Sam"),
    ]


def test_revisions_are_the_sequence_and_the_refunds_number(session: Session, now: datetime) -> None:
    session.sequence = 3
    write.session_cancelled(session, now=now)
    write.refund_failed(session, refund=Refund(pk=7), now=now)

    assert set(Notice.objects.values_list("occasion", "revision")) == {
        ("cancelled", "3"),
        ("refund_failed", "7.1"),
    }


def test_no_mail_before_its_time_has_the_video_link(session: Session, sam: User, now: datetime) -> None:
    write.session_booked(session, now=now)
    message = mail("booked", sam, now)

    room = links.meeting_link(session)
    assert room not in message.text
    assert room not in message.html
    assert message.invite is not None
    assert room.encode() not in message.invite.content.replace(b"\r\n ", b"")


def test_the_link_mail_has_the_link(session: Session, sam: User) -> None:
    write.session_booked(session, now=session.link_opens_at())
    message = mail("link", sam, session.link_opens_at())

    assert links.meeting_link(session) in message.text.splitlines()
    assert f'href="{links.meeting_link(session)}"' in message.html
    assert message.invite is None


@pytest.mark.parametrize("occasion", ["booked", "link"])
def test_nothing_is_told_of_a_session_that_was_cancelled_meanwhile(
    session: Session, sam: User, now: datetime, occasion: str
) -> None:
    write.session_booked(session, now=now)
    cancelled(session, sam, now)

    assert maybe_mail(occasion, sam, now) is None


def test_a_move_makes_the_older_link_stale_and_the_receipt_still_comes(
    session: Session, sam: User, now: datetime
) -> None:
    write.session_booked(session, now=now)
    moved(session, sam, now)

    receipt = mail("booked", sam, now)
    assert "Wed 25 Nov 2026, 16:00 (Europe/Berlin)" in receipt.text
    assert receipt.invite is not None
    assert b"SEQUENCE:1\r\n" in receipt.invite.content
    assert maybe_mail("link", sam, now, revision=0) is None
    assert maybe_mail("link", sam, now, revision=1) is not None


def test_of_two_moves_the_last_alone_is_told(session: Session, sam: User, now: datetime) -> None:
    moved(session, sam, now)
    moved(session, sam, now)

    assert maybe_mail("rescheduled", sam, now, revision=1) is None
    assert "now Wed 25 Nov 2026" in mail("rescheduled", sam, now, revision=2).subject


def test_a_move_is_told_with_both_times_and_an_invite_that_replaces_the_first(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    moved(session, sam, now)

    own, theirs = mail("rescheduled", sam, now), mail("rescheduled", maya, now)
    assert re.findall(r"25 Nov 2026, (\d\d:\d\d) \(Europe/Berlin\)", own.text)[:2] == ["10:00", "16:00"]
    assert re.findall(r"25 Nov 2026, (\d\d:\d\d) \(America/New York\)", theirs.text)[:2] == ["04:00", "10:00"]
    for message in (own, theirs):
        assert message.invite is not None
        assert message.invite.method == "REQUEST"
        assert b"SEQUENCE:1\r\n" in message.invite.content
        assert f"UID:{session.uid}".encode() in message.invite.content


def test_who_was_moved_reads_until_when_all_comes_back(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    moved(session, maya, now + timedelta(hours=1))

    text = " ".join(mail("rescheduled", sam, now).text.split())
    assert re.search(r"until Tue 24 Nov 2026, 11:00 .* 50% until Wed 25 Nov 2026, 10:00", text)


@pytest.mark.parametrize(("mover", "reader"), [("maya", "sam"), ("sam", "maya")])
def test_another_time_is_offered_only_while_the_policy_allows_it(
    session: Session, sam: User, maya: User, now: datetime, mover: str, reader: str
) -> None:
    people = {"sam": sam, "maya": maya}
    moved(session, people[mover], now)
    session.refresh_from_db()
    last = session.scheduled_at - timedelta(hours=24)

    in_time, late = (mail("rescheduled", people[reader], at) for at in (last, last + timedelta(seconds=1)))
    for text in (in_time.text, in_time.html):
        assert re.search(r"pick another (one|time),? or cancel", " ".join(text.split()))
    for text in (late.text, late.html):
        assert "pick another" not in text
        assert re.search(r"(does not suit you|cannot make it), cancel on", " ".join(text.split()))


def test_who_moves_late_reads_what_is_left(session: Session, sam: User, now: datetime) -> None:
    moved(session, sam, now)
    late = now + timedelta(hours=30)

    text = " ".join(mail("rescheduled", sam, late).text.split())
    assert "50% until Wed 25 Nov 2026, 10:00 (Europe/Berlin)" in text
    later = mail("rescheduled", sam, now + timedelta(days=2)).text
    assert "%" not in later


def test_no_link_is_sent_after_the_end(session: Session, sam: User, now: datetime) -> None:
    write.session_booked(session, now=now)

    assert maybe_mail("link", sam, session.ends_at) is None


def test_a_person_who_left_gets_no_mail(session: Session, sam: User, now: datetime) -> None:
    write.session_booked(session, now=now)
    User.objects.filter(pk=sam.pk).update(is_active=False)

    assert maybe_mail("booked", sam, now) is None


def test_the_booking_carries_an_invite_that_its_cancellation_takes_back(
    session: Session, sam: User, now: datetime
) -> None:
    write.session_booked(session, now=now)
    booked = mail("booked", sam, now).invite
    write.session_cancelled(cancelled(session, sam, now), now=now)
    ended = mail("cancelled", sam, now).invite

    assert booked is not None
    assert ended is not None
    assert (booked.method, ended.method) == ("REQUEST", "CANCEL")
    assert b"SEQUENCE:0\r\n" in booked.content
    assert b"SEQUENCE:1\r\n" in ended.content


def test_a_mentor_who_never_knew_of_a_hold_is_not_told_of_its_end(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    Session.objects.filter(pk=session.pk).update(was_paid=False)
    write.session_cancelled(cancelled(session, sam, now), now=now)

    assert maybe_mail("cancelled", maya, now) is None
    assert maybe_mail("cancelled", sam, now) is not None


def test_a_payment_that_came_too_late_goes_back(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    write.late_payment_refunded(cancelled(session, None, now), now=now)

    for reader in (sam, maya):
        assert mail("late_payment_refunded", reader, now).invite is None


def test_a_failed_payment_is_told_unless_another_went_through(
    session: Session, sam: User, now: datetime
) -> None:
    write.payment_failed(session, now=now)
    assert maybe_mail("payment_failed", sam, now) is None

    Session.objects.filter(pk=session.pk).update(status="cancelled", payment_status="pending")
    assert maybe_mail("payment_failed", sam, now) is not None


def test_who_let_go_of_a_payment_under_way_is_told_what_becomes_of_it(
    session: Session, sam: User, now: datetime
) -> None:
    write.let_go_under_way(session, now=now)
    assert maybe_mail("let_go_under_way", sam, now) is None

    Payment.objects.update(state=Payment.State.PROCESSING)
    message = mail("let_go_under_way", sam, now)
    for side in (message.text, message.html):
        assert "120.00 USD" in side.replace("\N{NO-BREAK SPACE}", " ")
    assert message.invite is None


def test_a_failed_refund_is_told_until_it_is_tried_anew(session: Session, sam: User, now: datetime) -> None:
    refund = make_refund(session, 6_000, now, state=Refund.State.FAILED)
    write.refund_failed(session, refund=refund, now=now)

    assert "60.00 USD" in mail("refund_failed", sam, now).text
    Refund.objects.update(state=Refund.State.REQUESTED, attempt=2)
    assert maybe_mail("refund_failed", sam, now) is None
    Refund.objects.update(state=Refund.State.FAILED)
    assert maybe_mail("refund_failed", sam, now) is None  # of the first try; the second has its own
