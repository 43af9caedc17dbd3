"""The Jinja2 environment of the pages: what templates may call, and how money and times are written."""

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.forms.renderers import BaseRenderer, DjangoTemplates, Jinja2
from django.template import TemplateDoesNotExist
from django.templatetags.static import static
from django.urls import reverse
from django_htmx.jinja import htmx_script
from heroicons.jinja import heroicon_micro, heroicon_mini, heroicon_outline, heroicon_solid
from jinja2 import Environment, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from mentormap.bookings.models import Session
from mentormap.lib import clock, when
from mentormap.lib.languages import mark_templates
from mentormap.lib.money import Money, format_money, format_number
from mentormap.lib.zones import local_day
from mentormap.web.http.browsers import browser_name
from mentormap.web.http.context import ASSUMED_LOCALE, ASSUMED_ZONE

ICON_STYLES = {
    "outline": heroicon_outline,
    "solid": heroicon_solid,
    "mini": heroicon_mini,
    "micro": heroicon_micro,
}


def environment(**options: Any) -> Environment:
    """Escapes .html alone: a text template that is mailed must not say `&amp;`."""
    made = Environment(  # noqa: S701 - chosen by the template's name
        **{
            **options,
            "autoescape": select_autoescape(["html"], default=False),
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
        }
    )
    mark_templates(made)
    made.globals.update(
        url=url,
        static=static,
        icon=icon,
        htmx_script=htmx_script,
        zone_label=zone_label,
        zone_name=zone_name,
        is_demo=settings.DEMO,
    )
    made.filters.update(
        money=money,
        policy=policy,
        number=number,
        when=when_text,
        when_in=when_in,
        clock_in=clock_in,
        day=day,
        full_day=full_day,
        clock=clock_text,
        clock_at=clock_at,
        wall=wall,
        until=until,
        iso=iso,
        browser_name=browser_name,
    )
    return made


class FormRenderer(BaseRenderer):
    """Draws form fields in Jinja2; the admin's own widgets exist in Django's language only."""

    def __init__(self) -> None:
        self._pages, self._admin = Jinja2(), DjangoTemplates()

    def get_template(self, template_name: str) -> Any:
        try:
            return self._pages.get_template(template_name)
        except TemplateDoesNotExist:
            return self._admin.get_template(template_name)


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named route."""
    return reverse(name, args=args, kwargs=kwargs)


def icon(name: str, style: str = "outline", size: int = 24, **attributes: object) -> str:
    """A heroicon that only decorates: the words beside it say the same."""
    return ICON_STYLES[style](name, size=size, aria_hidden="true", focusable="false", **attributes)


@pass_context
def money(context: Context, amount: Money) -> str:
    """Such as "120.00 USD"."""
    return format_money(amount, locale=_locale(context))


@pass_context
def policy(context: Context, session: Session) -> str:
    """Returns the refund after cancelling this session, with the deadline in the viewer's zone."""
    return session.policy_sentence(now=clock.now(), say=lambda instant: when_text(context, instant))


@pass_context
def number(context: Context, amount: Money) -> str:
    """Such as "120.00"; the currency must stand at the head of the column."""
    return format_number(amount, locale=_locale(context))


@pass_context
def when_text(context: Context, instant: datetime) -> str:
    """Date, time and zone, in the viewer's zone."""
    return when.format_when(instant, _zone(context), _locale(context))


@pass_context
def when_in(context: Context, instant: datetime, zone: str) -> str:
    """Date, time and zone, in a zone that is not the viewer's."""
    return when.format_when(instant, zone, _locale(context))


@pass_context
def day(context: Context, instant: datetime) -> str:
    """The day in the viewer's zone, without the year."""
    return when.format_day(local_day(instant, _zone(context)), _locale(context))


@pass_context
def full_day(context: Context, instant: datetime) -> str:
    """The day in the viewer's zone, with the year."""
    return when.when(instant, _zone(context), _locale(context)).date


@pass_context
def clock_text(context: Context, instant: datetime) -> str:
    """The time of day in the viewer's zone; the zone must stand near."""
    return when.format_clock(instant, _zone(context), _locale(context))


@pass_context
def until(context: Context, instant: datetime, now: datetime) -> str:
    """How long it is till then: "in 3 hours"."""
    return when.format_until(instant, now=now, locale=_locale(context))


@pass_context
def clock_in(context: Context, instant: datetime, zone: str) -> str:
    """Formats the time in another zone, with the day if it differs there: "12:00 America/New York"."""
    there = when.when(instant, zone, _locale(context))
    is_same_day = there.date == when.when(instant, _zone(context), _locale(context)).date
    return f"{there.time} {there.zone}" if is_same_day else f"{there.date}, {there.time} {there.zone}"


@pass_context
def clock_at(context: Context, instant: datetime, zone: str) -> str:
    """The time of day alone, in a zone that is named nearby."""
    return when.format_clock(instant, zone, _locale(context))


@pass_context
def wall(context: Context, time_of_day: time) -> str:
    """A time of day on clocks that are named nearby."""
    return when.format_wall(time_of_day, _locale(context))


@pass_context
def zone_label(context: Context, zone: str = "") -> str:
    """The zone, the viewer's unless another is given, with its offset at this moment."""
    return when.zone_label(zone or _zone(context), at=clock.now(), locale=_locale(context))


@pass_context
def zone_name(context: Context, zone: str = "") -> str:
    """The zone, the viewer's unless another is given, by name alone: "America/New York"."""
    return when.zone_name(zone or _zone(context))


def iso(instant: datetime) -> str:
    """For the `datetime` attribute of `<time>`: RFC 3339 in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zone(context: Context) -> str:
    return str(getattr(_request(context), "viewer_zone", ASSUMED_ZONE))


def _locale(context: Context) -> str:
    return str(getattr(_request(context), "viewer_locale", ASSUMED_LOCALE))


def _request(context: Context) -> object:
    """Raises KeyError in a macro that was imported without `with context`: it would show times in the wrong zone."""
    return context["request"]
