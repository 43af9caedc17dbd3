"""Mentors' booking rules as plain values, from which open slots are computed."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from mentormap.availability.models import BookingRules
from mentormap.availability.slots import SlotRules
from mentormap.mentors.models import Mentor

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)


def slot_rules(row: BookingRules) -> SlotRules:
    return SlotRules(
        step_minutes=row.start_step_minutes,
        minimum_notice=timedelta(minutes=row.minimum_notice_minutes),
        horizon=timedelta(days=row.horizon_days),
        buffer_before=timedelta(minutes=row.buffer_before_minutes),
        buffer_after=timedelta(minutes=row.buffer_after_minutes),
        most_a_day=row.most_a_day,
        most_a_week=row.most_a_week,
    )


DEFAULT_RULES: Final = slot_rules(BookingRules())
"""Those of a mentor without a row."""


def rules_of(mentor: Mentor) -> SlotRules:
    """No query where the row was selected along with the mentor."""
    try:
        return slot_rules(mentor.booking_rules)
    except BookingRules.DoesNotExist:
        return DEFAULT_RULES


def rules_by_mentor(mentor_ids: Collection[int]) -> dict[int, SlotRules]:
    """One query; a mentor without a row has the defaults."""
    rows = BookingRules.objects.filter(mentor_id__in=mentor_ids)
    return dict.fromkeys(mentor_ids, DEFAULT_RULES) | {row.mentor_id: slot_rules(row) for row in rows}


def keep_rules(mentor: Mentor, rules: SlotRules) -> None:
    """These are the mentor's rules from now on; sessions already booked stay, and keep the buffers that they were booked with."""
    BookingRules.objects.update_or_create(
        mentor=mentor,
        defaults={
            "start_step_minutes": rules.step_minutes,
            "minimum_notice_minutes": rules.minimum_notice // _MINUTE,
            "horizon_days": rules.horizon // _DAY,
            "buffer_before_minutes": rules.buffer_before // _MINUTE,
            "buffer_after_minutes": rules.buffer_after // _MINUTE,
            "most_a_day": rules.most_a_day,
            "most_a_week": rules.most_a_week,
        },
    )
