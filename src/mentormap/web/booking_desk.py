"""What the page of one mentor knows before it is drawn: the person, the open times, the prices, and one's own hold."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from mentormap.accounts.verification import has_verified_email
from mentormap.bookings.checkout import DURATIONS, own_hold, price_for
from mentormap.bookings.models import Session
from mentormap.bookings.openings import Openings
from mentormap.bookings.policy import CancellationPolicy
from mentormap.lib.money import Money
from mentormap.mentors.models import Mentor, Review
from mentormap.web.context import PageRequest
from mentormap.web.drafts import FIELDS, draft_for
from mentormap.web.forms.booking import WRITTEN, BookingForm, read_start
from mentormap.web.open_days import Asked, OpenDays, open_days

REVIEWS = 5


@dataclass(frozen=True)
class Desk:
    """Where one viewer books one mentor, at one moment."""

    request: PageRequest
    mentor: Mentor
    now: datetime
    hold: Session | None

    @classmethod
    def of(cls, request: PageRequest, mentor: Mentor, *, now: datetime) -> "Desk":
        hold = own_hold(request.user, mentor) if request.user.is_authenticated else None
        return cls(request, mentor, now, hold)

    @property
    def is_own(self) -> bool:
        return self.request.user.pk == self.mentor.user_id

    def form(self) -> BookingForm:
        """As the address says, else as it was left before the login, else as one's own hold has it."""
        asked = {name: self.request.GET[name] for name in FIELDS if name in self.request.GET}
        left = draft_for(self.request, self.mentor.pk) or (_facts_of(self.hold) if self.hold else {})
        return BookingForm(initial={**left, **asked})

    def context(self, form: BookingForm, asked: Asked, next_open: Sequence[datetime] = ()) -> dict[str, Any]:
        days, zone = self._days(form, asked), self.request.viewer_zone
        return {
            "mentor": self.mentor,
            "form": form,
            "nonce": secrets.token_urlsafe(16),
            "hold": self.hold,
            "days": days,
            "prices": self._prices(),
            "next_open": next_open,
            "is_own": self.is_own,
            "must_verify": self._must_verify(),
            "policy": CancellationPolicy.of(self.mentor).sentence(),
            "reviews": self._reviews(),
            "tiles": days.tiles(self.request.viewer_locale),
            "lost_start": form.start if form.start and days.has_lost(form.start, zone) else None,
        }

    def _days(self, form: BookingForm, asked: Asked) -> OpenDays:
        openings = Openings.of([self.mentor], now=self.now, own_hold=self.hold)
        diary = openings.diary(self.mentor, duration_minutes=form.minutes, now=self.now)
        return open_days(asked, zone=self.request.viewer_zone, diary=diary)

    def _prices(self) -> list[tuple[int, Money]]:
        """None as long as a draft has no rate."""
        if self.mentor.hourly_rate is None:
            return []
        return [(minutes, price_for(self.mentor, minutes)) for minutes in DURATIONS]

    def _must_verify(self) -> bool:
        """Who has a hold has verified before."""
        user = self.request.user
        return user.is_authenticated and self.hold is None and not has_verified_email(user)

    def _reviews(self) -> Page[Review]:
        reviews = (
            Review.objects.filter(mentor=self.mentor).select_related("student").order_by("-created_at", "-pk")
        )
        return Paginator(reviews, REVIEWS).get_page(self.request.GET.get("reviews"))


def asked_for(values: QueryDict, start: datetime | None) -> Asked:
    """What the person wants to see; a time that was picked brings its day with it."""
    picked = read_start(values.get("pick", ""))
    if picked:
        return Asked(start=picked)
    first = values.get("weeks") or values.get("first", "")
    return Asked(first=_read_day(first), day=_read_day(values.get("day", "")), start=start)


def _facts_of(hold: Session) -> dict[str, str]:
    return {
        "title": hold.title,
        "description": hold.description,
        "starts_at": hold.scheduled_at.strftime(WRITTEN),
        "duration_minutes": str(hold.duration_minutes),
    }


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
