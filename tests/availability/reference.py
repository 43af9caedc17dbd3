"""Open slots told minute by minute from the words of the rules: slow, and obviously right."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from mentormap.availability.slots import SlotInputs
from mentormap.availability.weekly import WallRange
from mentormap.lib.spans import Span

MINUTE = timedelta(minutes=1)


def offers(start: datetime, inputs: SlotInputs) -> bool:
    """Whether a start on a full minute is open."""
    rules, end = inputs.rules, start + inputs.duration
    if not (inputs.now < start and inputs.now + rules.minimum_notice <= start):
        return False
    if start > inputs.now + rules.horizon or not on_grid(start, inputs):
        return False
    guarded = every_minute(Span(start - rules.buffer_before, end + rules.buffer_after))
    return (
        all(ranges_open_at(minute, inputs) for minute in every_minute(Span(start, end)))
        and not {cell(minute) for minute in guarded} & set(inputs.taken)
        and not any(span.starts_at <= minute < span.ends_at for span in inputs.busy for minute in guarded)
        and not is_full(start, inputs)
    )


def every_minute(span: Span) -> list[datetime]:
    return [span.starts_at + index * MINUTE for index in range((span.ends_at - span.starts_at) // MINUTE)]


def cell(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


def local(instant: datetime, inputs: SlotInputs) -> datetime:
    return instant.astimezone(zone(inputs.zone))


@cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def ranges_on(day: date, inputs: SlotInputs) -> list[WallRange]:
    hours = inputs.hours
    if any(vacation.first <= day <= vacation.last for vacation in hours.vacations):
        return []
    if day in hours.overrides:
        return list(hours.overrides[day])
    return [WallRange(one.starts, one.ends) for one in hours.weekly if one.weekday == day.weekday()]


def ranges_open_at(instant: datetime, inputs: SlotInputs) -> list[WallRange]:
    now = local(instant, inputs)
    return [
        wall
        for wall in ranges_on(now.date(), inputs)
        if wall.starts <= now.time() and (now.time() < wall.ends or wall.ends == time(0))
    ]


def on_grid(instant: datetime, inputs: SlotInputs) -> bool:
    now = local(instant, inputs)
    since = (
        (now.hour - wall.starts.hour) * 60 + now.minute - wall.starts.minute
        for wall in ranges_open_at(instant, inputs)
    )
    return any(minutes % inputs.rules.step_minutes == 0 for minutes in since)


def is_full(start: datetime, inputs: SlotInputs) -> bool:
    """By the year and number of the ISO week, as calendars print them."""
    rules, day = inputs.rules, local(start, inputs).date()
    days = [local(other, inputs).date() for other in inputs.booked]
    that_day = sum(other == day for other in days)
    that_week = sum(other.isocalendar()[:2] == day.isocalendar()[:2] for other in days)
    too_many_today = rules.most_a_day is not None and that_day >= rules.most_a_day
    return too_many_today or (rules.most_a_week is not None and that_week >= rules.most_a_week)
