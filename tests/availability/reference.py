"""Open slots told minute by minute from the words of the rules: slow, and obviously right."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from mentormap.availability.slots import Diary
from mentormap.availability.weekly import WallRange
from mentormap.lib.spans import Span

MINUTE = timedelta(minutes=1)


def offers(start: datetime, diary: Diary) -> bool:
    """Whether a start on a full minute is open."""
    rules, end = diary["rules"], start + diary["duration"]
    if not (diary["now"] < start and diary["now"] + rules.minimum_notice <= start):
        return False
    if start > diary["now"] + rules.horizon or not on_grid(start, diary):
        return False
    guarded = every_minute(Span(start - rules.buffer_before, end + rules.buffer_after))
    return (
        all(ranges_open_at(minute, diary) for minute in every_minute(Span(start, end)))
        and not {cell(minute) for minute in guarded} & set(diary["taken"])
        and not any(span.starts_at <= minute < span.ends_at for span in diary["busy"] for minute in guarded)
        and not is_full(start, diary)
    )


def every_minute(span: Span) -> list[datetime]:
    return [span.starts_at + index * MINUTE for index in range((span.ends_at - span.starts_at) // MINUTE)]


def cell(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


def local(instant: datetime, diary: Diary) -> datetime:
    return instant.astimezone(zone(diary["zone"]))


@cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def ranges_on(day: date, diary: Diary) -> list[WallRange]:
    hours = diary["hours"]
    if any(vacation.first <= day <= vacation.last for vacation in hours.vacations):
        return []
    if day in hours.overrides:
        return list(hours.overrides[day])
    return [WallRange(one.starts, one.ends) for one in hours.weekly if one.weekday == day.weekday()]


def ranges_open_at(instant: datetime, diary: Diary) -> list[WallRange]:
    now = local(instant, diary)
    return [
        wall
        for wall in ranges_on(now.date(), diary)
        if wall.starts <= now.time() and (now.time() < wall.ends or wall.ends == time(0))
    ]


def on_grid(instant: datetime, diary: Diary) -> bool:
    now = local(instant, diary)
    since = (
        (now.hour - wall.starts.hour) * 60 + now.minute - wall.starts.minute
        for wall in ranges_open_at(instant, diary)
    )
    return any(minutes % diary["rules"].step_minutes == 0 for minutes in since)


def is_full(start: datetime, diary: Diary) -> bool:
    """By the year and number of the ISO week, as calendars print them."""
    rules, day = diary["rules"], local(start, diary).date()
    days = [local(other, diary).date() for other in diary["booked"]]
    that_day = sum(other == day for other in days)
    that_week = sum(other.isocalendar()[:2] == day.isocalendar()[:2] for other in days)
    too_many_today = rules.most_a_day is not None and that_day >= rules.most_a_day
    return too_many_today or (rules.most_a_week is not None and that_week >= rules.most_a_week)
