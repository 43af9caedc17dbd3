"""Becoming a mentor: a draft, what it still lacks, publishing and pausing."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from itertools import chain, count
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.lib.money import Money, format_money, maximum_charge, minimum_charge, price_of
from mentormap.mentors.models import Expertise, Mentor

SHORTEST_MINUTES: Final = 30
LONGEST_MINUTES: Final = 120


class ProfilePart(StrEnum):
    """A part of a profile that publication requires."""

    HEADLINE = "headline"
    ABOUT = "about"
    EXPERTISE = "expertise"
    RATE = "rate"
    HOURS = "hours"


class NotReady(Exception):
    """The mentor cannot be published yet; `missing` says what is still to do, in the order of the checklist."""

    def __init__(self, missing: list[ProfilePart]) -> None:
        self.missing = missing
        super().__init__(gettext("Something is still missing: see the checklist."))


class RateOutOfRange(ValueError):
    """A session at this hourly rate could not be paid by card; `price` is that session's, `limit` Stripe's."""

    def __init__(self, price: Money, limit: Money, *, minutes: int) -> None:
        self.price, self.limit, self.minutes = price, limit, minutes
        sentence = (
            gettext(
                "A session of %(minutes)s minutes would cost %(price)s, and a card payment must be at least %(limit)s. Name a higher rate."
            )
            if price < limit
            else gettext(
                "A session of %(minutes)s minutes would cost %(price)s, and a card payment must be at most %(limit)s. Name a lower rate."
            )
        )
        amounts = {"price": format_money(price, locale="en"), "limit": format_money(limit, locale="en")}
        super().__init__(sentence % {"minutes": minutes, **amounts})


def mentor_of(user: User) -> Mentor | None:
    """The person's own mentor, whatever its state."""
    return Mentor.objects.select_related("user").filter(user=user).first()


def begin_draft(user: User, *, time_zone: str, now: datetime) -> Mentor:
    """The person's mentor, made as a draft if there is none yet."""
    mentor, _ = Mentor.objects.select_related("user").get_or_create(
        user=user, defaults={"time_zone": time_zone, "created_at": now}
    )
    return mentor


def check_rate(hourly_rate: Money) -> None:
    """Every duration must be chargeable (https://docs.stripe.com/currencies). Raises RateOutOfRange."""
    shortest, least = price_of(hourly_rate, minutes=SHORTEST_MINUTES), minimum_charge(hourly_rate.currency)
    longest, most = price_of(hourly_rate, minutes=LONGEST_MINUTES), maximum_charge(hourly_rate.currency)
    if shortest < least:
        raise RateOutOfRange(shortest, least, minutes=SHORTEST_MINUTES)
    if longest > most:
        raise RateOutOfRange(longest, most, minutes=LONGEST_MINUTES)


def describe(
    mentor: Mentor,
    *,
    headline: str,
    about: str,
    rate: Money | None,
    currency: str,
    expertise: Iterable[Expertise],
    added: Iterable[str],
) -> None:
    """Sets what students read of the mentor; a session already booked keeps its price.

    `added` are names of expertise: one that exists, however it is written, is not made again. Raises RateOutOfRange.
    """
    if rate is not None:
        check_rate(rate)
    helps_with = {*expertise, *(_expertise_named(name) for name in added)}
    mentor.headline, mentor.about = headline.strip(), about.strip()
    mentor.hourly_rate_minor, mentor.currency = rate.minor if rate else None, currency
    with transaction.atomic():
        mentor.save(update_fields=["headline", "about", "hourly_rate_minor", "currency"])
        mentor.expertise.set(helps_with)


def set_policy(
    mentor: Mentor, *, full_refund_hours: int, late_refund_percent: int, reschedule_hours: int
) -> None:
    """For what is booked from now on; a session already booked keeps the policy that it was bought with."""
    mentor.full_refund_hours, mentor.late_refund_percent = full_refund_hours, late_refund_percent
    mentor.reschedule_hours = reschedule_hours
    mentor.save(update_fields=["full_refund_hours", "late_refund_percent", "reschedule_hours"])


def missing_parts(mentor: Mentor, *, has_hours: bool) -> list[ProfilePart]:
    """Returns the parts that a draft still lacks for its publication."""
    there = {
        ProfilePart.HEADLINE: bool(mentor.headline.strip()),
        ProfilePart.ABOUT: bool(mentor.about.strip()),
        ProfilePart.EXPERTISE: mentor.expertise.exists(),
        ProfilePart.RATE: mentor.hourly_rate_minor is not None,
        ProfilePart.HOURS: has_hours,
    }
    return [part for part in ProfilePart if not there[part]]


def publish(mentor: Mentor, *, has_hours: bool) -> None:
    """Students can find and book the mentor from now on. Raises NotReady."""
    missing = missing_parts(mentor, has_hours=has_hours)
    if missing:
        raise NotReady(missing)
    _set_state(mentor, Mentor.State.PUBLISHED)


def pause(mentor: Mentor) -> None:
    """No new bookings; those that stand, stay. A draft stays a draft."""
    if mentor.state == Mentor.State.PUBLISHED:
        _set_state(mentor, Mentor.State.PAUSED)


def hide(mentor: Mentor, *, reason: str, now: datetime) -> None:
    """An operator takes the mentor off the list; booked sessions stay. Hiding twice keeps the first time."""
    Mentor.objects.filter(pk=mentor.pk, hidden_at=None).update(hidden_at=now, hidden_reason=reason)


def unhide(mentor: Mentor) -> None:
    """An operator lets the mentor be found again, if published."""
    Mentor.objects.filter(pk=mentor.pk).update(hidden_at=None, hidden_reason="")


def _set_state(mentor: Mentor, state: Mentor.State) -> None:
    mentor.state = state
    mentor.save(update_fields=["state"])


def _expertise_named(name: str) -> Expertise:
    """In a transaction of its own: two mentors who add the same few would wait for each other in a circle.

    The slug is chosen before the last look: a request that adds the same name after it takes the same slug, and one of the two looks again.
    """
    while True:
        slug = _free_slug(name)
        with suppress(IntegrityError), transaction.atomic():
            known = Expertise.objects.filter(name__iexact=name).first()
            return known or Expertise.objects.create(name=name, slug=slug)


def _free_slug(name: str) -> str:
    """C, C++ and C# would all be "c"."""
    base = slugify(name)[:50] or "topic"
    taken = set(Expertise.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in count(2))
    return next(slug for slug in chain([base], numbered) if slug not in taken)
