"""The kinds of notices: who gets each of them, and on which channels."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import models
from django.utils.translation import gettext, gettext_lazy

from mentormap.lib.languages import Text


class Channel(models.TextChoices):
    """A way to reach a person."""

    EMAIL = "email", gettext_lazy("email")
    SMS = "sms", gettext_lazy("SMS")
    PUSH = "push", gettext_lazy("push")
    IN_APP = "in_app", gettext_lazy("on this site")

    @property
    def way(self) -> str:
        """As it stands in a sentence: "Sent by email"."""
        ways = {
            Channel.EMAIL: gettext("by email"),
            Channel.SMS: gettext("by SMS"),
            Channel.PUSH: gettext("by push"),
            Channel.IN_APP: gettext("on this site"),
        }
        return ways[self]


class Audience(StrEnum):
    STUDENT = "student"
    MENTOR = "mentor"
    OPERATOR = "operator"
    ANYBODY = "anybody"
    """The person who owns, or claims to own, an address."""


class Subject(StrEnum):
    """The kind of object that a notice's reference numbers."""

    SESSION = "session"
    CALENDAR = "busy calendar"
    DELIVERY = "delivery"
    OUTAGE = "outage"
    FLAG = "flag"
    NOTHING = "nothing"


class NoticeKind(StrEnum):
    BOOKED = "booked"
    LINK = "link"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    LATE_PAYMENT_REFUNDED = "late_payment_refunded"
    PAYMENT_FAILED = "payment_failed"
    LET_GO_UNDER_WAY = "let_go_under_way"
    REFUND_FAILED = "refund_failed"
    REFUND_REQUESTED = "refund_requested"
    REFUND_DONE = "refund_done"
    REMINDER = "reminder"
    HOLD_EXPIRING = "hold_expiring"
    FINISHED = "finished"
    NO_SHOW_REPORTED = "no_show_reported"
    NO_SHOW_CONTESTED = "no_show_contested"
    NO_SHOW_WITHDRAWN = "no_show_withdrawn"
    NO_SHOW_DECIDED = "no_show_decided"
    ROOM_FELL_BACK = "room_fell_back"
    CALENDAR_UNREADABLE = "calendar_unreadable"
    ACCOUNT = "account"
    DELIVERY_GIVEN_UP = "delivery_given_up"
    CHANNEL_DEAD = "channel_dead"
    MONEY_FLAGGED = "money_flagged"
    DISPUTE = "dispute"

    @property
    def label(self) -> str:
        """As people read it in a list of what they were sent."""
        return str(_TRAITS[self].label)

    @property
    def audiences(self) -> frozenset[Audience]:
        return _TRAITS[self].audiences

    @property
    def subject(self) -> Subject:
        return _TRAITS[self].subject

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels, unless the person chose others."""
        return _TRAITS[self].channels

    @property
    def fixed(self) -> frozenset[Channel]:
        """Channels that nobody can turn off: receipts, cancellations, what concerns money or access."""
        return _TRAITS[self].fixed


@dataclass(frozen=True)
class _Traits:
    label: Text
    audiences: frozenset[Audience]
    subject: Subject
    channels: tuple[Channel, ...]
    fixed: frozenset[Channel] = frozenset()


_BOTH: Final = frozenset({Audience.STUDENT, Audience.MENTOR})
_STUDENT: Final = frozenset({Audience.STUDENT})
_MENTOR: Final = frozenset({Audience.MENTOR})
_OPERATOR: Final = frozenset({Audience.OPERATOR})
_ANYBODY: Final = frozenset({Audience.ANYBODY})
_MAIL: Final = frozenset({Channel.EMAIL})
_ALL: Final = tuple(Channel)
_QUIET: Final = (Channel.EMAIL, Channel.PUSH, Channel.IN_APP)
_DESK: Final = (Channel.EMAIL, Channel.IN_APP)

_TRAITS: Final[dict[NoticeKind, _Traits]] = {
    NoticeKind.BOOKED: _Traits(gettext_lazy("Booking confirmed"), _BOTH, Subject.SESSION, _QUIET, _MAIL),
    NoticeKind.LINK: _Traits(gettext_lazy("Video link"), _BOTH, Subject.SESSION, _ALL),
    NoticeKind.CANCELLED: _Traits(gettext_lazy("Session cancelled"), _BOTH, Subject.SESSION, _ALL, _MAIL),
    NoticeKind.RESCHEDULED: _Traits(gettext_lazy("Session moved"), _BOTH, Subject.SESSION, _ALL, _MAIL),
    NoticeKind.LATE_PAYMENT_REFUNDED: _Traits(
        gettext_lazy("Payment came too late"), _BOTH, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.PAYMENT_FAILED: _Traits(
        gettext_lazy("Payment failed"), _STUDENT, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.LET_GO_UNDER_WAY: _Traits(
        gettext_lazy("Let go while you were paying"), _STUDENT, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.REFUND_FAILED: _Traits(
        gettext_lazy("Refund failed"), _STUDENT, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.REFUND_REQUESTED: _Traits(
        gettext_lazy("Refund on its way"), _STUDENT, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.REFUND_DONE: _Traits(gettext_lazy("Refund sent"), _STUDENT, Subject.SESSION, _QUIET, _MAIL),
    NoticeKind.REMINDER: _Traits(gettext_lazy("Reminder a day before"), _BOTH, Subject.SESSION, _ALL),
    NoticeKind.HOLD_EXPIRING: _Traits(
        gettext_lazy("A held time is about to end"), _STUDENT, Subject.SESSION, _QUIET
    ),
    NoticeKind.FINISHED: _Traits(gettext_lazy("Asking how it was"), _STUDENT, Subject.SESSION, _QUIET),
    NoticeKind.NO_SHOW_REPORTED: _Traits(
        gettext_lazy("Reported as absent"), _BOTH, Subject.SESSION, _ALL, _MAIL
    ),
    NoticeKind.NO_SHOW_CONTESTED: _Traits(
        gettext_lazy("No-show report contested"), _BOTH, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.NO_SHOW_WITHDRAWN: _Traits(
        gettext_lazy("No-show report withdrawn"), _BOTH, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.NO_SHOW_DECIDED: _Traits(
        gettext_lazy("No-show report decided"), _BOTH, Subject.SESSION, _QUIET, _MAIL
    ),
    NoticeKind.ROOM_FELL_BACK: _Traits(gettext_lazy("Another video room"), _MENTOR, Subject.SESSION, _DESK),
    NoticeKind.CALENDAR_UNREADABLE: _Traits(
        gettext_lazy("A calendar cannot be read"), _MENTOR, Subject.CALENDAR, _DESK
    ),
    NoticeKind.ACCOUNT: _Traits(
        gettext_lazy("Your account"), _ANYBODY, Subject.NOTHING, (Channel.EMAIL,), _MAIL
    ),
    NoticeKind.DELIVERY_GIVEN_UP: _Traits(
        gettext_lazy("Notices given up"), _OPERATOR, Subject.DELIVERY, _DESK
    ),
    NoticeKind.MONEY_FLAGGED: _Traits(
        gettext_lazy("A payment that waits for you"), _OPERATOR, Subject.FLAG, _DESK, _MAIL
    ),
    NoticeKind.DISPUTE: _Traits(gettext_lazy("A disputed payment"), _OPERATOR, Subject.FLAG, _DESK, _MAIL),
    NoticeKind.CHANNEL_DEAD: _Traits(
        gettext_lazy("A channel that does not work"), _OPERATOR, Subject.OUTAGE, _QUIET
    ),
}

ABOUT_SESSIONS: Final = frozenset(occasion for occasion in NoticeKind if occasion.subject == Subject.SESSION)
FOR_OPERATORS: Final = frozenset(
    occasion for occasion in NoticeKind if Audience.OPERATOR in occasion.audiences
)
