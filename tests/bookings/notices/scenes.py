"""For each kind of notice what must have happened that somebody gets it: one world, in which ids, rooms and times are fixed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from mentormap.accounts.models import Phone, User
from mentormap.availability.models import BusyCalendar
from mentormap.bookings import no_shows
from mentormap.bookings.models import PaymentStatus, Room, Session, SessionStatus
from mentormap.bookings.notices import scheduled, write
from mentormap.notifications import account_mails, operators, outages
from mentormap.notifications.models import Delivery, PushSubscription
from mentormap.notifications.notice_kinds import Channel, NoticeKind
from mentormap.payments import flags
from mentormap.payments.models import Flag, Payment, Refund
from tests import make
from tests.bookings.mailing import cancelled, make_refund, moved


@dataclass
class World:
    """Sam has paid for an hour with Maya on Wednesday at 9:00 UTC; Ada operates. All have a phone and a browser that takes push."""

    now: datetime
    sam: User
    maya: User
    ada: User
    session: Session
    later: tuple[datetime, ...] = ()

    @property
    def start(self) -> datetime:
        return self.session.scheduled_at

    def happens(self, **changes: object) -> None:
        Session.objects.update(**changes)
        self.session.refresh_from_db()

    def report(self) -> None:
        """Sam says that Maya did not come."""
        self.now = self.start + timedelta(hours=2)
        self.happens(status=SessionStatus.COMPLETED)
        no_shows.report(self.session, actor=self.sam, text="I waited for half an hour.", now=self.now)


def world(now: datetime) -> World:
    sam, maya, ada = make.sam(), make.person("Maya", time_zone="America/New_York"), make.ada()
    for number, person in enumerate((sam, maya, ada)):
        Phone.objects.create(user=person, number=f"+4915123456{number}", verified_at=now)
        PushSubscription.objects.create(
            user=person, endpoint=f"https://push.example/{number}", created_at=now
        )
    session = make.session(
        id=1,
        uid=UUID(int=1),
        student=sam,
        mentor=make.mentor(maya, id=1, zone="America/New_York"),
        starts_at=now + timedelta(days=2),
        created_at=now,
    )
    return World(now, sam, maya, ada, session)


def _booked(w: World) -> None:
    """Who was away until it is over gets the receipt alone."""
    write.session_booked(w.session, now=w.now)
    w.later = (w.session.ends_at,)


def _link(w: World) -> None:
    w.now = w.session.link_opens_at()
    write.session_booked(w.session, now=w.now)


def _cancelled(w: World) -> None:
    write.session_cancelled(cancelled(w.session, w.sam, w.now, refund_minor=6_000), now=w.now)


def _rescheduled(w: World) -> None:
    moved(w.session, w.sam, w.now)


def _late_payment_refunded(w: World) -> None:
    write.late_payment_refunded(cancelled(w.session, None, w.now, refund_minor=12_000), now=w.now)


def _payment_failed(w: World) -> None:
    w.happens(status=SessionStatus.CANCELLED, payment_status=PaymentStatus.PENDING)
    write.payment_failed(w.session, now=w.now)


def _let_go_under_way(w: World) -> None:
    Payment.objects.update(state=Payment.State.PROCESSING)
    write.let_go_under_way(w.session, now=w.now)


def _refund_failed(w: World) -> None:
    refund = make_refund(w.session, 6_000, w.now, state=Refund.State.FAILED)
    write.refund_failed(w.session, refund=refund, now=w.now)


def _refund_requested(w: World) -> None:
    make_refund(w.session, 6_000, w.now - timedelta(minutes=6), state=Refund.State.REQUESTED)
    make_refund(w.session, 2_000, w.now, state=Refund.State.REQUIRES_ACTION)
    scheduled.run(w.now)


def _refund_done(w: World) -> None:
    make_refund(w.session, 6_000, w.now, state=Refund.State.SUCCEEDED)
    scheduled.run(w.now)


def _reminder(w: World) -> None:
    scheduled.run(w.now)
    w.now = w.start - timedelta(days=1)


def _hold_expiring(w: World) -> None:
    w.happens(
        payment_status=PaymentStatus.PENDING, was_paid=False, hold_expires_at=w.now + timedelta(minutes=9)
    )
    Payment.objects.update(state=Payment.State.OPEN)
    scheduled.run(w.now)


def _finished(w: World) -> None:
    w.now = w.session.ends_at + timedelta(minutes=5)
    w.happens(status=SessionStatus.COMPLETED)
    scheduled.run(w.now)


def _no_show_reported(w: World) -> None:
    w.report()


def _no_show_contested(w: World) -> None:
    w.report()
    no_shows.contest(w.session, actor=w.maya, text="I was there.", now=w.now)


def _no_show_withdrawn(w: World) -> None:
    w.report()
    no_shows.withdraw(w.session, actor=w.sam, now=w.now)


def _no_show_decided(w: World) -> None:
    w.report()
    w.now += timedelta(days=4)
    for report in no_shows.due(w.now):
        no_shows.decide_uncontested(report, now=w.now)


def _room_fell_back(w: World) -> None:
    Room.objects.create(session=w.session, provider="zoom", state=Room.State.FALLEN_BACK)
    write.room_fell_back(w.session, now=w.now)


def _calendar_unreadable(w: World) -> None:
    make.busy_calendar(w.session.mentor, now=w.now, name="Work", failing_since=w.now, last_error="404")
    write.calendar_unreadable(BusyCalendar.objects.get(), now=w.now)


def _account(w: World) -> None:
    text = "Welcome, Sam.\n\nhttp://localhost:3002/email/verify/Mg:1abc\n\nMentorMap"
    account_mails.write(kind="welcome", to=w.sam.email, subject="Welcome", text=text, person=w.sam, now=w.now)


def _delivery_given_up(w: World) -> None:
    write.session_booked(w.session, now=w.now)
    failed = Delivery.objects.filter(channel=Channel.EMAIL, notice__occasion=NoticeKind.BOOKED)
    failed.update(state=Delivery.State.FAILED, last_error="550 no such mailbox")
    operators.report(w.now)


def _channel_dead(w: World) -> None:
    for number in range(operators.DEAD_FAILURES):
        at = w.now + operators.DEAD_AFTER * number / (operators.DEAD_FAILURES - 1)
        outages.note(Channel.EMAIL, "nobody there", now=at)
    w.now += operators.DEAD_AFTER
    operators.report(w.now)


def _money_flagged(w: World) -> None:
    flags.raise_flag(w.session.payment, Flag.Name.PAYMENT_MISMATCH, "100.00 USD came.", now=w.now)
    scheduled.run(w.now)


def _dispute(w: World) -> None:
    flags.raise_flag(w.session.payment, Flag.Name.DISPUTED, "Disputed.", now=w.now)
    scheduled.run(w.now)


SCENES: Final[dict[NoticeKind, Callable[[World], None]]] = {
    NoticeKind.BOOKED: _booked,
    NoticeKind.LINK: _link,
    NoticeKind.CANCELLED: _cancelled,
    NoticeKind.RESCHEDULED: _rescheduled,
    NoticeKind.LATE_PAYMENT_REFUNDED: _late_payment_refunded,
    NoticeKind.PAYMENT_FAILED: _payment_failed,
    NoticeKind.LET_GO_UNDER_WAY: _let_go_under_way,
    NoticeKind.REFUND_FAILED: _refund_failed,
    NoticeKind.REFUND_REQUESTED: _refund_requested,
    NoticeKind.REFUND_DONE: _refund_done,
    NoticeKind.REMINDER: _reminder,
    NoticeKind.HOLD_EXPIRING: _hold_expiring,
    NoticeKind.FINISHED: _finished,
    NoticeKind.NO_SHOW_REPORTED: _no_show_reported,
    NoticeKind.NO_SHOW_CONTESTED: _no_show_contested,
    NoticeKind.NO_SHOW_WITHDRAWN: _no_show_withdrawn,
    NoticeKind.NO_SHOW_DECIDED: _no_show_decided,
    NoticeKind.ROOM_FELL_BACK: _room_fell_back,
    NoticeKind.CALENDAR_UNREADABLE: _calendar_unreadable,
    NoticeKind.ACCOUNT: _account,
    NoticeKind.DELIVERY_GIVEN_UP: _delivery_given_up,
    NoticeKind.CHANNEL_DEAD: _channel_dead,
    NoticeKind.MONEY_FLAGGED: _money_flagged,
    NoticeKind.DISPUTE: _dispute,
}
