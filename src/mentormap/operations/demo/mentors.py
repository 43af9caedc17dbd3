"""The demo's mentors with their hours, rules and expertise."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils.text import slugify

from mentormap.accounts.models import User
from mentormap.availability.models import BookingRules, DateOverride, Vacation, WeeklyHours
from mentormap.mentors.models import Expertise, Mentor
from mentormap.operations.demo import content
from mentormap.operations.demo.content import MentorText

_RULES: Final = [
    {"minimum_notice_minutes": 12 * 60},
    {"minimum_notice_minutes": 24 * 60, "buffer_after_minutes": 15, "most_a_day": 3},
    {"minimum_notice_minutes": 4 * 60, "start_step_minutes": 60, "most_a_week": 8},
    {"minimum_notice_minutes": 2 * 24 * 60, "buffer_before_minutes": 15, "buffer_after_minutes": 15},
]
"""Taken in turns by all but Maya."""


def make_mentors(users: Sequence[User], *, now: datetime) -> list[Mentor]:
    """In the order of mentors.toml; the first is Maya, who can be booked at once and at any hour."""
    texts = content.mentors()
    mentors = Mentor.objects.bulk_create(
        _mentor(text, user, now - timedelta(days=380 - 7 * position))
        for position, (text, user) in enumerate(zip(texts, users, strict=True))
    )
    WeeklyHours.objects.bulk_create(
        WeeklyHours(mentor=mentor, weekday=hours.weekday, starts=hours.starts, ends=hours.ends)
        for mentor, text in zip(mentors, texts, strict=True)
        for hours in text.hours
    )
    maya, *others = mentors
    BookingRules.objects.bulk_create(
        [
            BookingRules(mentor=maya, minimum_notice_minutes=0, start_step_minutes=15),
            *(BookingRules(mentor=mentor, **_RULES[mentor.pk % len(_RULES)]) for mentor in others),
        ]
    )
    _take_days_off(maya, others, today=now.date())
    _name_expertise(mentors, texts)
    return mentors


def _take_days_off(maya: Mentor, others: Sequence[Mentor], *, today: date) -> None:
    """After the demo's sessions: nobody is booked on a day off."""

    def ahead(days: int) -> date:
        return today + timedelta(days=days)

    DateOverride.objects.bulk_create(
        [
            DateOverride(mentor=maya, day=ahead(21)),
            DateOverride(mentor=maya, day=ahead(24), starts=time(9), ends=time(11, 30)),
            DateOverride(mentor=maya, day=ahead(24), starts=time(15), ends=time(17)),
            *(DateOverride(mentor=mentor, day=ahead(18 + mentor.pk)) for mentor in others[::3]),
        ]
    )
    Vacation.objects.bulk_create(
        [
            Vacation(
                mentor=maya, first_day=ahead(40), last_day=ahead(46), note="The coast, without a laptop"
            ),
            *(Vacation(mentor=mentor, first_day=ahead(20), last_day=ahead(27)) for mentor in others[::4]),
        ]
    )


def _mentor(text: MentorText, user: User, created_at: datetime) -> Mentor:
    return Mentor(
        user=user,
        headline=text.headline,
        about=text.about,
        hourly_rate_minor=text.hourly_rate.minor,
        currency=text.hourly_rate.currency,
        time_zone=text.time_zone,
        state=Mentor.State.PUBLISHED,
        created_at=created_at,
    )


def _name_expertise(mentors: Sequence[Mentor], texts: Sequence[MentorText]) -> None:
    names = sorted(content.topics())
    Expertise.objects.bulk_create(
        [Expertise(name=name, slug=slugify(name)) for name in names], ignore_conflicts=True
    )
    known = {expertise.name: expertise for expertise in Expertise.objects.filter(name__in=names)}
    Mentor.expertise.through.objects.bulk_create(
        Mentor.expertise.through(mentor=mentor, expertise=known[name])
        for mentor, text in zip(mentors, texts, strict=True)
        for name in text.expertise
    )
