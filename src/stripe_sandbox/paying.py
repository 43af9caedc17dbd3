"""Somebody pays on the hosted page: by card, by card with 3-D Secure, or by a bank debit that settles later."""

from dataclasses import asdict, dataclass
from typing import Literal

from stripe_sandbox import cards, checkout, debits, disputes, intents
from stripe_sandbox.books import Books, Json
from stripe_sandbox.cards import Card, Decline
from stripe_sandbox.debits import Debit
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.intents import Payer

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
        return cards.known(self.number)


def pay_by_card(books: Books, session: Json, payer: Payer, entry: CardEntry, *, page_url: str) -> Outcome:
    """`page_url`: where the 3-D Secure page of this session is."""
    means = _card_means(entry, authenticated=False)
    method = intents.add_method(books, means, payer)
    intent = {
        **intents.intent_for(books, session),
        "payment_method": method["id"],
        "last_payment_error": None,
    }
    if entry.card.authenticate:
        _ask_for_authentication(books, session, intent, payer, entry, page_url=page_url)
        return "authenticate"
    return _charge_card(books, session, intent, payer, entry, authenticated=False)


def _card_means(entry: CardEntry, *, authenticated: bool) -> intents.Means:
    return intents.by_card(entry.number, entry.month, entry.year, authenticated=authenticated)


def _ask_for_authentication(
    books: Books, session: Json, intent: Json, payer: Payer, entry: CardEntry, *, page_url: str
) -> None:
    redirect = {"return_url": session["success_url"], "url": page_url}
    waiting = {
        **intent,
        "next_action": {"type": "redirect_to_url", "redirect_to_url": redirect},
        "status": "requires_action",
    }
    books.save(waiting)
    books.keep_backstage(session["id"], waiting={"payer": asdict(payer), "entry": asdict(entry)})
    emit(books, "payment_intent.requires_action", waiting)


def authenticate(books: Books, session: Json, *, passed: bool) -> Outcome:
    """The answer of the 3-D Secure page. Nothing waits when it is answered twice."""
    backstage = books.backstage(session["id"])
    waiting = backstage.get("waiting")
    if waiting is None:
        return "declined"
    books.keep_backstage(session["id"], waiting=None)
    intent = books.read(backstage["intent"], "payment_intent")
    if not passed:
        intents.fail(books, intent, None, NOT_AUTHENTICATED)
        return "declined"
    payer, entry = Payer(**waiting["payer"]), CardEntry(**waiting["entry"])
    return _charge_card(books, session, intent, payer, entry, authenticated=True)


def is_waiting(books: Books, session: Json) -> bool:
    return books.backstage(session["id"]).get("waiting") is not None


def last_error(books: Books, session: Json) -> str | None:
    """What the latest attempt failed with, in a sentence."""
    intent_id = books.backstage(session["id"])["intent"]
    intent = books.find(intent_id or "") or {}
    error = intent.get("last_payment_error") or {}
    return error.get("message")


def _charge_card(
    books: Books, session: Json, intent: Json, payer: Payer, entry: CardEntry, *, authenticated: bool
) -> Outcome:
    card, means = entry.card, _card_means(entry, authenticated=authenticated)
    charge = intents.add_charge(books, intent, means, payer, backstage={"refunds": card.refunds})
    if card.decline is not None:
        intents.fail(books, intent, charge, card.decline)
        return "declined"
    intent = intents.succeed(books, intent, charge)
    _complete(books, session, intent, payer, paid=True)
    disputes.follow(books, charge["id"], card)
    return "complete"


def _complete(books: Books, session: Json, intent: Json, payer: Payer, *, paid: bool) -> None:
    complete = {
        **session,
        "customer_details": checkout.customer_details(email=payer.email, name=payer.name),
        "payment_intent": intent["id"],
        "payment_status": "paid" if paid else "unpaid",
        "status": "complete",
        "url": None,
    }
    books.save(complete)
    emit(books, "checkout.session.completed", complete)


def pay_by_debit(books: Books, session: Json, payer: Payer, debit: Debit, account: str) -> None:
    """Completes the session unpaid; the account number says how it will end."""
    means = intents.by_debit(debit, account)
    method = intents.add_method(books, means, payer)
    intent = {
        **intents.intent_for(books, session),
        "payment_method": method["id"],
        "last_payment_error": None,
    }
    charge = intents.add_charge(books, intent, means, payer, backstage={"refunds": "pending"})
    intents.enter(books, charge)
    intent |= {"latest_charge": charge["id"], "status": "processing"}
    books.save(intent)
    emit(books, "payment_intent.processing", intent)
    _complete(books, session, intent, payer, paid=False)
    books.keep_backstage(session["id"], succeeds=debit.accounts[account])
    books.later(books.now + debits.SETTLES_AFTER, "settle_debit", session["id"])


def is_settling(books: Books, session: Json) -> bool:
    intent = books.find(session["payment_intent"] or "") or {}
    return intent.get("status") == "processing"


def settle_when_due(books: Books, session_id: str) -> None:
    session = checkout.retrieve(books, session_id)
    if is_settling(books, session):
        settle(books, session_id, succeeds=books.backstage(session_id)["succeeds"])


def settle(books: Books, session_id: str, *, succeeds: bool) -> Json:
    """The delayed payment of a session arrives, or fails for good."""
    session = checkout.retrieve(books, session_id)
    if not is_settling(books, session):
        raise StripeError("No delayed payment is under way in this Checkout Session.")
    intent = books.read(session["payment_intent"], "payment_intent")
    charge = books.read(intent["latest_charge"], "charge")
    if succeeds:
        intents.succeed(books, intent, charge)
        session["payment_status"] = "paid"
        books.save(session)
    else:
        intents.fail(books, intent, charge, DEBIT_FAILED)
    emit(books, f"checkout.session.async_payment_{'succeeded' if succeeds else 'failed'}", session)
    return session
