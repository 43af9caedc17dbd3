"""Mails about a no-show report: the report, the deadline for contesting it, and the decision."""

from dataclasses import dataclass

from django.utils.translation import gettext

from mentormap.bookings.models import NoShowReport
from mentormap.bookings.notices.mails.facts import Facts


@dataclass(frozen=True)
class NoShowMail:
    """In the reader's words."""

    facts: Facts
    report: NoShowReport

    @property
    def contest_until(self) -> str:
        return self.facts.instant(self.report.contestable_until)

    @property
    def else_what(self) -> str:
        """The consequence if the reader, who is reported as absent, does not answer."""
        if self.report.is_by_student:
            name = self.facts.other.get_short_name()
            return gettext("Otherwise everything goes back to %(name)s.") % {"name": name}
        return gettext("Otherwise the session counts as held, and nothing comes back.")

    @property
    def how(self) -> str:
        """Says who decided."""
        if self.report.decided_by is None:
            return gettext("The report was not contested within 72 hours, so it stands.")
        return gettext("An operator of MentorMap has decided.")

    @property
    def outcome(self) -> str:
        """The decision, and the refund."""
        other = self.facts.other.get_short_name()
        if self.report.decision == NoShowReport.Decision.MENTOR:
            return gettext("The session counts as held: nothing goes back.")
        if self.facts.is_mentor:
            return gettext(
                "The session is recorded as missed by you: everything that %(other)s paid goes back."
            ) % {"other": other}
        back = self.facts.money(self.facts.going_back(self.facts.refunds(since=self.report.decided_at)))
        return gettext(
            "%(other)s is recorded as absent, and %(back)s goes back to you. Banks show it after 5 to 10 days."
        ) % {"other": other, "back": back}
