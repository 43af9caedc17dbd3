"""Mails about a cancellation: who cancelled, and the refund."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext

from mentormap.accounts.models import User
from mentormap.bookings.models import SessionHistory, SessionStatus
from mentormap.bookings.notices.mails.facts import Facts
from mentormap.lib.money import Money, format_part
from mentormap.payments.models import Payment, Refund


@dataclass(frozen=True)
class Cancellation:
    """In the reader's words, from the session's history and its refunds."""

    facts: Facts

    @cached_property
    def _move(self) -> SessionHistory | None:
        moves = self.facts.session.history.filter(from_status=SessionStatus.SCHEDULED)
        return moves.filter(to_status=SessionStatus.CANCELLED).select_related("actor").last()

    @property
    def actor(self) -> User | None:
        return self._move.actor if self._move else None

    @property
    def is_by_reader(self) -> bool:
        return self.actor == self.facts.reader

    @property
    def leads_to_mentor(self) -> bool:
        """Returns whether to offer the student other times: not to the person who cancelled, nor where the mentor cannot be found now."""
        return not self.is_by_reader and self.facts.session.mentor.is_listed

    @property
    def sentence(self) -> str:
        """Names the person who cancelled, or the reason if there was none."""
        other = self.facts.other
        facts = {"other": other.name}
        if self.actor is None:
            sentence = gettext("Your session with %(other)s was cancelled.") % facts
            return f"{sentence} {self._move.reason if self._move else ''}".strip()
        if self.is_by_reader:
            return gettext("You cancelled your session with %(other)s.") % facts
        if self.actor == other:
            return gettext("%(other)s cancelled your session.") % facts
        return gettext("An operator of MentorMap cancelled your session with %(other)s.") % facts

    @cached_property
    def _refunds(self) -> list[Refund]:
        """The refunds of this cancellation; all of them, if a refund ended the session."""
        return self.facts.refunds(since=self._move.at if self._move and self._move.actor else None)

    @cached_property
    def refund(self) -> Money:
        return self.facts.going_back(self._refunds)

    @cached_property
    def _before(self) -> Money:
        """The amount refunded before this cancellation."""
        ids = {refund.pk for refund in self._refunds}
        return self.facts.going_back(refund for refund in self.facts.refunds() if refund.pk not in ids)

    @property
    def returned(self) -> str:
        """How much the student gets back, such as "60.00 of 120.00 USD", for the mentor to read; also where the bank did not
        take it yet."""
        owed = self.facts.owed(self._refunds)
        if not owed:
            return gettext("nothing")
        if self._is_all(owed):
            return gettext("everything (%(price)s)") % {"price": self.facts.price}
        return self._part(owed)

    @property
    def refund_sentence(self) -> str:
        """How much the student gets back, how and when, for the student to read."""
        if not self._captured:
            return gettext("No money has reached us. If a payment still comes, all of it goes back.")
        if not self.refund and any(refund.has_failed for refund in self._refunds):
            return gettext(
                "Your bank sent the refund back to us. The money is still yours, and we are looking for another way."
            )
        return " ".join(sentence for sentence in self._refund_sentences() if sentence)

    def _refund_sentences(self) -> list[str]:
        if not self.refund:
            return [gettext("Nothing comes back."), self._policy, self._earlier]
        if self._is_all(self.refund):
            whole = gettext("%(price)s goes back to you: all that you paid.") % {"price": self.facts.price}
            return [whole, self._way]
        if self._is_all(self.refund + self._before):
            amount = self.facts.money(self.refund)
            rest = gettext("%(amount)s goes back to you: the rest of what you paid.") % {"amount": amount}
            return [rest, self._way, self._earlier]
        part = gettext("%(amount)s goes back to you.") % {"amount": self._part(self.refund)}
        return [part, self._way, self._policy, self._earlier]

    @property
    def _earlier(self) -> str:
        if not self._before:
            return ""
        return gettext("%(amount)s had gone back to you before.") % {"amount": self.facts.money(self._before)}

    @property
    def _policy(self) -> str:
        session = self.facts.session
        policy = session.cancellation_policy.sentence()
        sentence = gettext("The cancellation policy: %(policy)s") % {"policy": policy}
        if session.earliest_start == session.scheduled_at:
            return sentence
        start = self.facts.instant(session.earliest_start)
        moved = gettext("As the session was moved, that counts from %(start)s, its earliest start.")
        return f"{sentence} {moved % {'start': start}}"

    @property
    def receipt(self) -> list[tuple[str, str]]:
        """The payment and its refunds; empty if no money reached us. After an immediate cancellation this is the only mail."""
        session = self.facts.session
        if not self._captured:
            return []
        return [
            (gettext("Paid"), self.facts.money(self._captured)),
            (gettext("Started"), self.facts.begun_at),
            (gettext("On"), self.facts.paid_at),
            (gettext("Went back"), self.facts.money(self._before) if self._before else ""),
            (gettext("Goes back"), self.facts.money(self.refund) if self.refund else ""),
            (gettext("Reference"), session.stripe_payment_id or ""),
        ]

    @property
    def _captured(self) -> Money:
        return self.facts.session.payment.captured

    def _part(self, amount: Money) -> str:
        return format_part(amount, self.facts.session.money, locale=self.facts.reader.locale)

    def _is_all(self, amount: Money) -> bool:
        return amount.minor >= self._captured.minor

    @property
    def _way(self) -> str:
        payment = self.facts.session.payment
        if payment.source == Payment.Source.RECORDED:
            return gettext("It comes the way in which you paid.")
        if payment.disputes.blocking().exists():
            return gettext("The bank holds the money because of a dispute, so it comes once that is decided.")
        if any(refund.state == Refund.State.REQUIRES_ACTION for refund in self._refunds):
            return gettext("Stripe has sent you an email that asks where to send it: answer that first.")
        return gettext(
            "It goes to the card or account that you paid with, where it shows after 5 to 10 days."
        )
