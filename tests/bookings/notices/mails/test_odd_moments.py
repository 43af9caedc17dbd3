"""What mails say when they come late, or when something has changed since they were written."""

from datetime import datetime, timedelta

import pytest

from mentormap.accounts.models import User
from mentormap.bookings.models import Room, Session, SessionStatus
from mentormap.bookings.notices import scheduled, write
from mentormap.bookings.notices.render import render_notice
from mentormap.mentors.models import Mentor
from mentormap.notifications.channels.email import Message
from mentormap.notifications.models import Delivery
from mentormap.payments import flags
from mentormap.payments.models import Flag, Payment, Refund
from tests import make
from tests.bookings.mailing import cancelled, mail, make_refund, maybe_mail, moved

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def words(message: Message) -> list[str]:
    """Both sides, each on one line."""
    return [" ".join(side.split()) for side in (message.text, message.html)]


def test_nobody_is_sent_to_cancel_what_has_begun(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    write.session_booked(session, now=now)
    for person in (sam, maya):
        for text in words(mail("booked", person, session.scheduled_at - MINUTE)):
            assert "cancel on that page" in text
        for text in words(mail("booked", person, session.scheduled_at)):
            assert "cancel" not in text


def test_nobody_is_sent_to_cancel_what_was_moved_and_has_begun(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    moved(session, maya, now)
    session.refresh_from_db()
    for person in (sam, maya):
        for text in words(mail("rescheduled", person, session.scheduled_at)):
            assert "cancel" not in text.replace("cancellation", "cancel").replace("/cancel", "")
        assert maybe_mail("rescheduled", person, session.ends_at) is None


@pytest.mark.parametrize("status", [SessionStatus.SCHEDULED, SessionStatus.COMPLETED])
def test_the_receipt_comes_even_after_the_session(
    session: Session, sam: User, maya: User, now: datetime, status: str
) -> None:
    write.session_booked(session, now=now)
    Session.objects.update(status=status)
    message = mail("booked", sam, session.ends_at)
    assert message.subject == "Receipt: System design review with Maya, Wed 25 Nov 2026"
    assert message.invite is None
    for text in words(message):
        assert "is over" in text
        assert "60 minutes with Maya" in text
        assert "What happens next" not in text
    assert maybe_mail("booked", maya, session.ends_at) is None


def test_a_mentor_is_reminded_of_what_their_own_cancelling_brings(
    session: Session, sam: User, maya: User
) -> None:
    soon = session.scheduled_at - 23 * HOUR
    scheduled.run(soon)
    for text in words(mail("reminder", maya, soon)):
        assert "If you cancel, Sam gets everything back." in text
        assert "50%" not in text
    for text in words(mail("reminder", sam, soon)):
        assert "A cancellation brings 50% back" in text


def test_who_has_begun_to_pay_is_not_asked_to(session: Session, sam: User, now: datetime) -> None:
    Session.objects.update(payment_status="pending", was_paid=False, hold_expires_at=now + 10 * MINUTE)
    Payment.objects.update(state=Payment.State.OPEN)
    scheduled.run(now)
    assert maybe_mail("hold_expiring", sam, now) is not None
    Payment.objects.update(state=Payment.State.PROCESSING)
    assert maybe_mail("hold_expiring", sam, now) is None


def test_what_never_was_in_a_calendar_is_not_taken_out_of_it(
    session: Session, sam: User, now: datetime
) -> None:
    Session.objects.update(was_paid=False)
    write.session_cancelled(cancelled(session, None, now), now=now)
    message = mail("cancelled", sam, now)
    assert message.invite is None
    for text in words(message):
        assert "invite" not in text


@pytest.mark.parametrize(("state", "path"), [("published", "/mentors/{}"), ("paused", "/mentors")])
def test_no_mail_leads_to_a_mentor_who_cannot_be_found(
    session: Session, sam: User, now: datetime, state: str, path: str
) -> None:
    Mentor.objects.update(state=state)
    Session.objects.update(status="cancelled", payment_status="pending")
    Payment.objects.update(state=Payment.State.PROCESSING)
    write.payment_failed(session, now=now)
    write.late_payment_refunded(session, now=now)
    write.let_go_under_way(session, now=now)
    url = f"http://localhost:3002{path.format(session.mentor_id)}"
    for occasion in ("payment_failed", "late_payment_refunded", "let_go_under_way"):
        message = mail(occasion, sam, now)
        assert f": {url}\n" in message.text
        assert f'href="{url}"' in message.html


def test_two_moves_at_once_are_told_from_where_the_reader_was(
    session: Session, sam: User, maya: User, now: datetime
) -> None:
    write.session_booked(session, now=now)
    Delivery.objects.filter(notice__occasion="booked").update(sent_at=now)
    moved(session, sam, now + HOUR)
    moved(session, maya, now + HOUR + MINUTE)
    text = mail("rescheduled", sam, now + 2 * HOUR, revision=2).text
    assert "Was:        Wed 25 Nov 2026, 10:00 (Europe/Berlin)" in text
    assert "Now:        Wed 25 Nov 2026, 22:00 (Europe/Berlin)" in text
    Delivery.objects.filter(notice__occasion="rescheduled", notice__revision="1").update(sent_at=now + HOUR)
    text = mail("rescheduled", sam, now + 2 * HOUR, revision=2).text
    assert "Was:        Wed 25 Nov 2026, 16:00 (Europe/Berlin)" in text


def test_labels_are_kept_apart_from_their_values(session: Session, sam: User, now: datetime) -> None:
    User.objects.filter(pk=session.mentor.user_id).update(name="Francisca")
    write.session_booked(session, now=now)
    assert "\nFor Francisca: Wed 25 Nov 2026, 04:00 (America/New York)\n" in mail("booked", sam, now).text


@pytest.mark.parametrize(("minutes", "when"), [(16, "15 minutes before the start"), (14, "now")])
def test_a_mentor_hears_when_the_other_rooms_link_comes(
    session: Session, maya: User, minutes: int, when: str
) -> None:
    late = session.scheduled_at - minutes * MINUTE
    Room.objects.create(session=session, provider="zoom", state=Room.State.FALLEN_BACK)
    write.room_fell_back(session, now=late)
    for text in words(mail("room_fell_back", maya, late)):
        assert f"get the link {when}; nothing needs to be installed." in text


@pytest.mark.parametrize(("hours", "is_offered"), [(72, True), (73, False)])
def test_an_absence_is_asked_about_while_it_can_be_reported(
    session: Session, sam: User, hours: int, *, is_offered: bool
) -> None:
    late = session.scheduled_at + hours * HOUR
    Session.objects.update(status="completed")
    scheduled.run(session.ends_at)
    for text in words(mail("finished", sam, late)):
        assert ("Did Maya not come?" in text) is is_offered


def test_a_refund_that_waits_for_the_student_says_so_once(session: Session, sam: User, now: datetime) -> None:
    refund = make_refund(session, 6_000, now)
    scheduled.run(now + 5 * MINUTE)
    assert "on its way back" in mail("refund_requested", sam, now + 5 * MINUTE).text
    Refund.objects.update(state=Refund.State.REQUIRES_ACTION)
    assert [scheduled.run(now + 6 * MINUTE) for _ in range(2)] == [1, 0]
    written = Delivery.objects.filter(notice__occasion="refund_requested", channel="email").order_by("pk")
    first, second = (render_notice(each, now + 6 * MINUTE) for each in written)
    assert first is None
    assert isinstance(second, Message)
    assert second.subject.startswith("Your refund needs an answer from you: 60.00")
    for text in words(second):
        assert "Stripe has sent you an email that asks where to send it" in text
        assert "5 to 10 days" not in text
    Refund.objects.filter(pk=refund.pk).update(state=Refund.State.SUCCEEDED)
    assert [render_notice(each, now + 6 * MINUTE) for each in written] == [None, None]


def test_operators_who_left_hear_nothing_more(session: Session, now: datetime) -> None:
    ada = make.ada()
    flags.raise_flag(session.payment, Flag.Name.NO_SHOW, "Look.", now=now)
    scheduled.run(now)
    assert maybe_mail("money_flagged", ada, now) is not None
    User.objects.filter(pk=ada.pk).update(is_staff=False)
    assert maybe_mail("money_flagged", ada, now) is None
