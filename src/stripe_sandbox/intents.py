"""PaymentIntents, their charges and payment methods: the three objects that a payment leaves behind."""

from dataclasses import dataclass

from stripe_sandbox import cards, defaults, ids, ledger
from stripe_sandbox.cards import Decline
from stripe_sandbox.debits import Debit
from stripe_sandbox.events import emit
from stripe_sandbox.unit_of_work import Json, UnitOfWork

FINGERPRINT = "Xt5EWLLDS7FJjR1c"


@dataclass(frozen=True)
class Payer:
    email: str
    name: str


@dataclass(frozen=True)
class Means:
    """A way to pay. `details` is both the payment method's part and the charge's."""

    type: str
    details: Json
    charge_prefix: str
    entry_type: str


def by_card(number: str, month: int, year: int, *, authenticated: bool) -> Means:
    details: Json = {
        "brand": cards.brand(number),
        "country": "US",
        "exp_month": month,
        "exp_year": year,
        "fingerprint": FINGERPRINT,
        "funding": "credit",
        "last4": number[-4:],
        "regulated_status": "unregulated",
        "wallet": None,
    }
    charged = {
        **details,
        "amount_authorized": None,
        "authorization_code": None,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "installments": None,
        "mandate": None,
        "network": details["brand"],
        "network_token": {"used": False},
        "network_transaction_id": None,
        "three_d_secure": defaults.THREE_D_SECURE if authenticated else None,
    }
    return Means("card", charged, "ch", "charge")


def by_debit(debit: Debit, account: str) -> Means:
    parts: dict[str, Json] = {
        "sepa_debit": {"bank_code": account[4:9], "branch_code": "", "country": account[:2], "mandate": None},
        "bacs_debit": {"mandate": None, "sort_code": "108800"},
        "us_bank_account": {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "payment_reference": None,
            "routing_number": "110000000",
        },
    }
    details = {**parts[debit.method], "fingerprint": FINGERPRINT, "last4": account[-4:]}
    return Means(debit.method, details, "py", "payment")


def intent_for(work: UnitOfWork, session: Json) -> Json:
    """One intent a session, kept over failed attempts; the session names it only once it is complete."""
    internal = work.internal(session["id"])
    if internal["intent"] is not None:
        return work.read(internal["intent"], "payment_intent")
    intent = work.add("payment_intent", "pi", _intent(session, internal["intent_data"]))
    intent["client_secret"] = f"{intent['id']}_secret_{ids.new('x')[2:]}"
    work.save(intent)
    work.keep_internal(session["id"], intent=intent["id"])
    emit(work, "payment_intent.created", intent)
    return intent


def _intent(session: Json, data: Json) -> Json:
    copied = ("application_fee_amount", "on_behalf_of", "receipt_email", "transfer_data", "transfer_group")
    return {
        **defaults.INTENT,
        **{name: data.get(name) for name in copied},
        "amount": session["amount_total"],
        "amount_received": 0,
        "currency": session["currency"],
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": data.get("metadata", {}),
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": session["payment_method_types"],
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }


def add_method(work: UnitOfWork, means: Means, payer: Payer) -> Json:
    details = {"mandate", "network", "network_token", "network_transaction_id", "three_d_secure"}
    details |= {"amount_authorized", "authorization_code", "installments", "payment_reference"}
    part = {name: value for name, value in means.details.items() if name not in details}
    if means.type == "card":
        part |= {
            "display_brand": part["brand"],
            "generated_from": None,
            "networks": {"available": [part["brand"]], "preferred": None},
            "three_d_secure_usage": {"supported": True},
        }
    return work.add(
        "payment_method",
        "pm",
        {
            "allow_redisplay": "limited",
            "billing_details": _billing(payer),
            "customer": None,
            "customer_account": None,
            "livemode": False,
            "metadata": {},
            "type": means.type,
            means.type: part,
        },
    )


def _billing(payer: Payer) -> Json:
    return {
        "address": defaults.ADDRESS,
        "email": payer.email,
        "name": payer.name,
        "phone": None,
        "tax_id": None,
    }


def add_charge(work: UnitOfWork, intent: Json, means: Means, payer: Payer, *, internal: Json) -> Json:
    """A charge under way: `succeed` or `fail` says how it ends."""
    return work.add(
        "charge",
        means.charge_prefix,
        {
            **defaults.CHARGE,
            "amount": intent["amount"],
            "amount_captured": 0,
            "balance_transaction": None,
            "billing_details": _billing(payer),
            "calculated_statement_descriptor": "MENTORING",
            "captured": True,
            "currency": intent["currency"],
            "description": intent["description"],
            "metadata": intent["metadata"],
            "outcome": _outcome("authorized", "approved_by_network", None, "Payment complete."),
            "paid": False,
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "payment_method_details": {"type": means.type, means.type: means.details},
            "statement_descriptor": intent["statement_descriptor"],
            "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
            "status": "pending",
        },
        {"entry_type": means.entry_type, **internal},
    )


def _outcome(type: str, network_status: str, reason: str | None, message: str) -> Json:  # noqa: A002
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "seller_message": message,
        "type": type,
    }


def enter(work: UnitOfWork, charge: Json) -> Json:
    """The charge on the balance. A debit is entered when the bank is asked, long before the money comes
    (https://support.stripe.com/questions/changes-to-balance-transaction-behavior-for-debit-payment-methods)."""
    entry_type = work.internal(charge["id"])["entry_type"]
    fee = ledger.charge_fee(charge["amount"])
    entry = ledger.enter(work, entry_type, charge["amount"], charge, fee=fee)
    charge = {**charge, "balance_transaction": entry["id"]}
    work.save(charge)
    return charge


def succeed(work: UnitOfWork, intent: Json, charge: Json) -> Json:
    charge = {
        **(charge if charge["balance_transaction"] else enter(work, charge)),
        "amount_captured": charge["amount"],
        "paid": True,
        "status": "succeeded",
    }
    intent = {
        **intent,
        "amount_received": charge["amount"],
        "latest_charge": charge["id"],
        "next_action": None,
        "processing": None,
        "status": "succeeded",
    }
    work.save(charge)
    work.save(intent)
    emit(work, "charge.succeeded", charge)
    emit(work, "payment_intent.succeeded", intent)
    return intent


def fail(work: UnitOfWork, intent: Json, charge: Json | None, decline: Decline) -> Json:
    """The intent can be paid by other means. Without a charge when the bank was never asked."""
    if charge is not None:
        charge = _fail_charge(charge, decline) | _taken_off(work, charge)
        work.save(charge)
        emit(work, "charge.failed", charge)
    method = work.find(intent["payment_method"] or "")
    intent = {
        **intent,
        "last_payment_error": _payment_error(decline, charge, method),
        "latest_charge": charge["id"] if charge else intent["latest_charge"],
        "next_action": None,
        "payment_method": None,
        "processing": None,
        "status": "requires_payment_method",
    }
    work.save(intent)
    emit(work, "payment_intent.payment_failed", intent)
    return intent


def _fail_charge(charge: Json, decline: Decline) -> Json:
    reason = decline.decline_code or decline.code
    message = "The bank did not return any further details with this decline."
    return {
        **charge,
        "captured": False,
        "failure_code": decline.code,
        "failure_message": decline.message,
        "outcome": _outcome("issuer_declined", "declined_by_network", reason, message),
        "status": "failed",
    }


def _taken_off(work: UnitOfWork, charge: Json) -> Json:
    """Takes a failed debit off the balance by an entry of its own, and so its fee."""
    if not charge["balance_transaction"]:
        return {}
    fee = ledger.charge_fee(charge["amount"])
    entry = ledger.enter(work, "payment_failure_refund", -charge["amount"], charge, fee=-fee)
    return {"failure_balance_transaction": entry["id"]}


def _payment_error(decline: Decline, charge: Json | None, method: Json | None) -> Json:
    error = {
        "charge": charge["id"] if charge else None,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": method,
        "type": "card_error" if charge else "invalid_request_error",
    }
    return {name: value for name, value in error.items() if value is not None}
