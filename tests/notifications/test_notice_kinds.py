"""The vocabulary: every occasion has a label, somebody who hears of it, and channels."""

import pytest

from mentormap.notifications.notice_kinds import ABOUT_SESSIONS, FOR_OPERATORS, Channel, NoticeKind


@pytest.mark.parametrize("occasion", NoticeKind)
def test_an_occasion_is_complete(occasion: NoticeKind) -> None:
    assert occasion.label
    assert occasion.audiences
    assert Channel.EMAIL in occasion.channels
    assert occasion.fixed <= set(occasion.channels)


def test_what_concerns_money_cannot_be_turned_off() -> None:
    free = {occasion for occasion in ABOUT_SESSIONS if not occasion.fixed}
    assert free == {
        NoticeKind.LINK,
        NoticeKind.REMINDER,
        NoticeKind.HOLD_EXPIRING,
        NoticeKind.FINISHED,
        NoticeKind.ROOM_FELL_BACK,
    }


def test_operators_hear_of_no_session() -> None:
    assert not ABOUT_SESSIONS & FOR_OPERATORS
