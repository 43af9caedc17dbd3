"""Made-up inputs around nights on which clocks change, in many zones and over two years."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from mentormap.availability.open_hours import DaySpan, Hours
from mentormap.availability.slots import SlotInputs, SlotRules
from mentormap.availability.weekly import WallRange, WeeklyRange
from mentormap.lib.spans import CELL, Span
from tests.availability.reference import MINUTE, cell

DAY = timedelta(days=1)
FIRST_DAY, DAYS = date(2024, 1, 1), 730
ZONE_NAMES = """
    Africa/Cairo Africa/Casablanca Africa/El_Aaiun Africa/Johannesburg Africa/Lagos
    America/Asuncion America/Caracas America/Chicago America/Havana America/Los_Angeles America/Miquelon
    America/New_York America/Nuuk America/Phoenix America/Santiago America/Sao_Paulo America/Scoresbysund
    America/St_Johns Antarctica/Troll Asia/Beirut Asia/Dhaka Asia/Gaza Asia/Hebron Asia/Jerusalem
    Asia/Kathmandu Asia/Kolkata Asia/Tehran Asia/Tokyo Asia/Yangon Atlantic/Azores Australia/Adelaide
    Australia/Brisbane Australia/Eucla Australia/Lord_Howe Australia/Sydney Europe/Berlin Europe/Chisinau
    Europe/Dublin Europe/London Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Easter
    Pacific/Honolulu Pacific/Kiritimati Pacific/Marquesas Pacific/Norfolk Pacific/Pago_Pago UTC
"""
ZONES = ZONE_NAMES.split()
assert len(ZONES) >= 40

lengths = st.integers(0, 3).map(lambda count: count * CELL)
moments = st.one_of(
    st.integers(0, 140).map(lambda count: count * CELL),
    st.integers(0, 2100).map(lambda count: count * MINUTE),
)
quarters = st.integers(0, 95)


@dataclass(frozen=True)
class Case:
    """A inputs, and a window to look at it through."""

    inputs: SlotInputs
    window: Span


@cache
def nights(zone: str) -> list[date]:
    """The days of two years at whose end, or in whose course, the zone changes its clocks."""
    noons = [datetime.combine(FIRST_DAY + number * DAY, time(12), ZoneInfo(zone)) for number in range(DAYS)]
    return [one.date() for one, other in pairwise(noons) if one.utcoffset() != other.utcoffset()]


def nights_of(zone: str) -> st.SearchStrategy[date]:
    """Every other one, if there are any, is one on which clocks are changed; the rest are often the ends of weeks."""
    numbers = st.one_of(
        st.integers(0, DAYS - 1), st.integers(0, DAYS // 7 - 1).map(lambda week: week * 7 + 3)
    )
    any_night = numbers.map(lambda number: FIRST_DAY + number * DAY)
    return st.one_of(any_night, st.sampled_from(nights(zone))) if nights(zone) else any_night


@st.composite
def walls(draw: st.DrawFn) -> WallRange:
    """Long ones more often than short ones, so that there is something to offer."""
    opens = draw(quarters)
    closes = draw(st.one_of(st.just(96), st.integers(opens + 1, 96), st.just(min(opens + 32, 96))))
    return WallRange(_wall(opens), _wall(closes % 96))


def _wall(quarter: int) -> time:
    return time(quarter // 4, quarter % 4 * 15)


@st.composite
def hours(draw: st.DrawFn, night: date) -> Hours:
    """Of the night, the day before and the day after; now and then a day is overridden or off."""
    days = [night - DAY, night, night + DAY]
    weekly = draw(st.lists(st.tuples(st.sampled_from(days), walls()), min_size=2, max_size=6))
    overridden = st.dictionaries(st.sampled_from(days), st.lists(walls(), max_size=2), max_size=2)
    off = st.tuples(st.sampled_from(days), st.integers(0, 2)).map(
        lambda drawn: DaySpan(drawn[0], drawn[0] + drawn[1] * DAY)
    )
    return Hours(
        [WeeklyRange(day.weekday(), wall.starts, wall.ends) for day, wall in weekly],
        draw(st.one_of(st.just({}), overridden)),
        draw(st.one_of(st.just([]), st.just([]), st.just([]), st.lists(off, max_size=1))),
    )


@st.composite
def rules(draw: st.DrawFn) -> SlotRules:
    caps = st.sampled_from([None, None, 1, 2])
    return SlotRules(
        step_minutes=draw(st.sampled_from([15, 30, 60])),
        minimum_notice=draw(st.sampled_from([0, 0, 0, 45, 300])) * MINUTE,
        horizon=draw(st.sampled_from([9999, 9999, 9999, 9999, 1440, 95])) * MINUTE,
        buffer_before=draw(lengths),
        buffer_after=draw(lengths),
        most_a_day=draw(caps),
        most_a_week=draw(caps),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A window of up to 30 hours from the noon before a night on, with hours on the days around it."""
    zone = draw(st.sampled_from(ZONES))
    night = draw(nights_of(zone))
    noon = datetime.combine(night, time(12), UTC)
    start = noon + draw(moments) / 4 // MINUTE * MINUTE
    inputs = SlotInputs(
        hours=draw(hours(night)),
        zone=zone,
        rules=draw(rules()),
        taken=[cell(noon + moment) for moment in draw(st.lists(moments, max_size=3))],
        busy=[
            Span(noon + moment, noon + moment + 40 * MINUTE) for moment in draw(st.lists(moments, max_size=2))
        ],
        booked=[noon + moment * 4 - 3 * DAY for moment in draw(st.lists(moments, max_size=4))],
        duration=draw(st.sampled_from([30, 60, 90, 120])) * MINUTE,
        now=draw(st.one_of(st.just(noon - CELL), moments.map(lambda moment: noon - 12 * CELL + moment / 4))),
    )
    return Case(inputs, Span(start, start + draw(st.integers(240, 1800)) * MINUTE))
