"""Somebody pays on the hosted page: by card, by card with 3-D Secure, or by a bank debit that settles later."""

from dataclasses import asdict, dataclass
from typing import Literal

from stripe_sandbox import cards, checkout, debits, disputes, intents
from stripe_sandbox.cards import Card, Decline
from stripe_sandbox.debits import Debit
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.intents import Payer
from stripe_sandbox.unit_of_work import Json, UnitOfWork

Outcome = Literal["complete", "declined", "authenticate"]

NOT_AUTHENTICATED = Decline(
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)
DEBIT_FAILED = Decline(
    "payment_method_provider_decline",
    "The customer's bank account could not be debited.",
    "insufficient_funds",
)


@dataclass(frozen=True)
class CardEntry:
    """A card as it was typed, checked for form alone. `year` has four digits."""

    number: str
    month: int
    year: int

    @property
    def card(self) -> Card:
        return cards.find(self.number)


def pay_by_card(work: UnitOfWork, session: Json, payer: Payer, entry: CardEntry, *, page_url: str) -> Outcome:
    """`page_url`: where the 3-D Secure page of this session is."""
    means = _card_means(entry, authenticated=False)
    method = intents.add_method(work, means, payer)
    intent = {
        **intents.intent_for(work, session),
        "payment_method": method["id"],
        "last_payment_error": None,
    }
    if entry.card.authenticate:
        _ask_for_authentication(work, session, intent, payer, entry, page_url=page_url)
        return "authenticate"
    return _charge_card(work, session, intent, payer, entry, authenticated=False)


def _card_means(entry: CardEntry, *, authenticated: bool) -> intents.Means:
    return intents.by_card(entry.number, entry.month, entry.year, authenticated=authenticated)


def _ask_for_authentication(
    work: UnitOfWork, session: Json, intent: Json, payer: Payer, entry: CardEntry, *, page_url: str
) -> None:
    redirect = {"return_url": session["success_url"], "url": page_url}
    waiting = {
        **intent,
        "next_action": {"type": "redirect_to_url", "redirect_to_url": redirect},
        "status": "requires_action",
    }
    work.save(waiting)
    work.keep_internal(session["id"], waiting={"payer": asdict(payer), "entry": asdict(entry)})
    emit(work, "payment_intent.requires_action", waiting)


def authenticate(work: UnitOfWork, session: Json, *, passed: bool) -> Outcome:
    """The answer of the 3-D Secure page. Nothing waits when it is answered twice."""
    internal = work.internal(session["id"])
    waiting = internal.get("waiting")
    if waiting is None:
        return "declined"
    work.keep_internal(session["id"], waiting=None)
    intent = work.read(internal["intent"], "payment_intent")
    if not passed:
        intents.fail(work, intent, None, NOT_AUTHENTICATED)
        return "declined"
    payer, entry = Payer(**waiting["payer"]), CardEntry(**waiting["entry"])
    return _charge_card(work, session, intent, payer, entry, authenticated=True)


def is_waiting(work: UnitOfWork, session: Json) -> bool:
    return work.internal(session["id"]).get("waiting") is not None


def last_error(work: UnitOfWork, session: Json) -> str | None:
    """Returns the error of the latest attempt, in a sentence."""
    intent_id = work.internal(session["id"])["intent"]
    intent = work.find(intent_id or "") or {}
    error = intent.get("last_payment_error") or {}
    return error.get("message")


def _charge_card(
    work: UnitOfWork, session: Json, intent: Json, payer: Payer, entry: CardEntry, *, authenticated: bool
) -> Outcome:
    card, means = entry.card, _card_means(entry, authenticated=authenticated)
    charge = intents.add_charge(work, intent, means, payer, internal={"refunds": card.refunds})
    if card.decline is not None:
        intents.fail(work, intent, charge, card.decline)
        return "declined"
    intent = intents.succeed(work, intent, charge)
    _complete(work, session, intent, payer, paid=True)
    disputes.follow(work, charge["id"], card)
    return "complete"


def _complete(work: UnitOfWork, session: Json, intent: Json, payer: Payer, *, paid: bool) -> None:
    complete = {
        **session,
        "customer_details": checkout.customer_details(email=payer.email, name=payer.name),
        "payment_intent": intent["id"],
        "payment_status": "paid" if paid else "unpaid",
        "status": "complete",
        "url": None,
    }
    work.save(complete)
    emit(work, "checkout.session.completed", complete)


def pay_by_debit(work: UnitOfWork, session: Json, payer: Payer, debit: Debit, account: str) -> None:
    """Completes the session unpaid; the account number says how it will end."""
    means = intents.by_debit(debit, account)
    method = intents.add_method(work, means, payer)
    intent = {
        **intents.intent_for(work, session),
        "payment_method": method["id"],
        "last_payment_error": None,
    }
    charge = intents.add_charge(work, intent, means, payer, internal={"refunds": "pending"})
    intents.enter(work, charge)
    intent |= {"latest_charge": charge["id"], "status": "processing"}
    work.save(intent)
    emit(work, "payment_intent.processing", intent)
    _complete(work, session, intent, payer, paid=False)
    work.keep_internal(session["id"], succeeds=debit.accounts[account])
    work.later(work.now + debits.SETTLES_AFTER, "settle_debit", session["id"])


def is_settling(work: UnitOfWork, session: Json) -> bool:
    intent = work.find(session["payment_intent"] or "") or {}
    return intent.get("status") == "processing"


def settle_when_due(work: UnitOfWork, session_id: str) -> None:
    session = checkout.retrieve(work, session_id)
    if is_settling(work, session):
        settle(work, session_id, succeeds=work.internal(session_id)["succeeds"])


def settle(work: UnitOfWork, session_id: str, *, succeeds: bool) -> Json:
    """The delayed payment of a session arrives, or fails for good."""
    session = checkout.retrieve(work, session_id)
    if not is_settling(work, session):
        raise StripeError("No delayed payment is under way in this Checkout Session.")
    intent = work.read(session["payment_intent"], "payment_intent")
    charge = work.read(intent["latest_charge"], "charge")
    if succeeds:
        intents.succeed(work, intent, charge)
        session["payment_status"] = "paid"
        work.save(session)
    else:
        intents.fail(work, intent, charge, DEBIT_FAILED)
    emit(work, f"checkout.session.async_payment_{'succeeded' if succeeds else 'failed'}", session)
    return session
