"""The data of a mentor's page: the person, the open times, the prices, and the viewer's own hold."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import reverse

from mentormap.accounts.verification import has_verified_email
from mentormap.availability.rules import rules_of
from mentormap.availability.slots import SlotInputs
from mentormap.bookings.checkout import price_for
from mentormap.bookings.holds import own_hold
from mentormap.bookings.models import DURATIONS, Session
from mentormap.bookings.policy import CancellationPolicy
from mentormap.bookings.slots.finder import SlotData
from mentormap.lib.money import Money
from mentormap.mentors.models import Mentor, Review
from mentormap.web.forms.booking import USUAL_MINUTES, WRITTEN, BookingForm, read_duration
from mentormap.web.http.context import PageRequest
from mentormap.web.http.drafts import FIELDS, draft_for
from mentormap.web.presenters.picker import Picker, picked_start

REVIEWS = 5


@dataclass(frozen=True)
class MentorPage:
    """Where one viewer books one mentor, at one moment."""

    request: PageRequest
    mentor: Mentor
    now: datetime
    hold: Session | None

    @classmethod
    def of(cls, request: PageRequest, mentor: Mentor, *, now: datetime) -> "MentorPage":
        hold = own_hold(request.user, mentor) if request.user.is_authenticated else None
        return cls(request, mentor, now, hold)

    @property
    def is_own(self) -> bool:
        return self.request.user.pk == self.mentor.user_id

    def form(self) -> BookingForm:
        """As the address says, else as it was left before the login, else as one's own hold has it."""
        asked = {name: self.request.GET[name] for name in FIELDS if name in self.request.GET}
        if picked_start(self.request.GET):
            asked["starts_at"] = picked_start(self.request.GET)
        left = draft_for(self.request, self.mentor.pk) or (facts_of(self.hold) if self.hold else {})
        facts = {**left, **asked}
        if read_duration(facts.get("duration_minutes", "")) is None:
            facts["duration_minutes"] = str(USUAL_MINUTES)
        return BookingForm(initial=facts)

    def context(self, form: BookingForm, next_open: Sequence[datetime] = ()) -> dict[str, Any]:
        return {
            "mentor": self.mentor,
            "form": form,
            "nonce": secrets.token_urlsafe(16),
            "hold": self.hold,
            "payment_page": self.hold.payment_page(now=self.now) if self.hold else "",
            "times": self._times(form, next_open),
            "prices": self._prices(),
            "is_own": self.is_own,
            "must_verify": self._must_verify(),
            "policy": CancellationPolicy.of(self.mentor).sentence(),
            "reviews": self._reviews(),
        }

    @cached_property
    def _slot_data(self) -> SlotData:
        rules = {self.mentor.pk: rules_of(self.mentor)}
        return SlotData.of([self.mentor], now=self.now, own_hold=self.hold, rules=rules)

    def _inputs(self, minutes: int) -> SlotInputs:
        return self._slot_data.inputs(self.mentor, duration_minutes=minutes, now=self.now)

    def _times(self, form: BookingForm, next_open: Sequence[datetime]) -> Picker:
        return Picker.of(
            self.request,
            page=reverse("mentor", args=[self.mentor.pk]),
            owner=self.mentor.user.get_short_name(),
            inputs=self._inputs(form.minutes),
            others=[self._inputs(minutes) for minutes in compared_with(form.minutes)],
            start=form.start,
            next_open=next_open,
        )

    def _prices(self) -> list[tuple[int, Money]]:
        """None as long as a draft has no rate."""
        if self.mentor.hourly_rate is None:
            return []
        return [(minutes, price_for(self.mentor, minutes)) for minutes in DURATIONS]

    def _must_verify(self) -> bool:
        """Returns False for a viewer with a hold, who has verified before."""
        user = self.request.user
        return user.is_authenticated and self.hold is None and not has_verified_email(user)

    def _reviews(self) -> Page[Review]:
        shown = Review.objects.filter(mentor=self.mentor).shown()
        reviews = shown.select_related("student", "mentor__user").order_by("-created_at", "-pk")
        return Paginator(reviews, REVIEWS).get_page(self.request.GET.get("reviews"))


def compared_with(minutes: int) -> list[int]:
    """Returns the durations that show which starts have room for less than these minutes; for the shortest, for no more."""
    return [other for other in DURATIONS if other < minutes] or [USUAL_MINUTES]


def facts_of(session: Session) -> dict[str, str]:
    """The form as it was when it made this session."""
    return {
        "title": session.title,
        "description": session.description,
        "starts_at": session.scheduled_at.strftime(WRITTEN),
        "duration_minutes": str(session.duration_minutes),
    }
