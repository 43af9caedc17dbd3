"""Disputes, inquiries and early fraud warnings (https://docs.stripe.com/disputes)."""

from stripe_sandbox import defaults, ledger
from stripe_sandbox.cards import Card
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import emit
from stripe_sandbox.unit_of_work import Json, UnitOfWork

EVIDENCE_WITHIN = 9 * 24 * 3600
REINSTATED_AFTER = 10
"""Seconds from a victory to the money."""

MOVES = {
    "warning_needs_response": {"warning_under_review", "warning_closed", "needs_response", "prevented"},
    "warning_under_review": {"warning_closed", "needs_response", "prevented"},
    "needs_response": {"under_review", "won", "lost"},
    "under_review": {"won", "lost"},
}
CLOSED = {"lost", "prevented", "warning_closed", "won"}


def follow(work: UnitOfWork, charge_id: str, card: Card) -> None:
    """Applies what some test cards cause after a charge has succeeded."""
    if card.early_fraud_warning:
        warn(work, charge_id)
    if card.dispute == "inquiry":
        open_dispute(work, charge_id, reason="general", inquiry=True)
    elif card.dispute is not None:
        open_dispute(work, charge_id, reason=card.dispute, inquiry=False)


def warn(work: UnitOfWork, charge_id: str) -> Json:
    charge = work.read(charge_id, "charge")
    warning = work.add(
        "radar.early_fraud_warning",
        "issfr",
        {
            "actionable": True,
            "charge": charge_id,
            "fraud_type": "made_with_stolen_card",
            "livemode": False,
            "payment_intent": charge["payment_intent"],
        },
    )
    emit(work, "radar.early_fraud_warning.created", warning)
    return warning


def open_dispute(work: UnitOfWork, charge_id: str, *, reason: str, inquiry: bool) -> Json:
    """An inquiry moves no money; a dispute takes it at once, with a fee."""
    charge = work.read(charge_id, "charge")
    if charge["disputed"] or not charge["paid"]:
        raise StripeError("Only a paid charge without a dispute can be disputed.", param="charge")
    dispute = work.add("dispute", "du", _dispute(work, charge, reason, inquiry=inquiry))
    charge["disputed"] = True
    work.save(charge)
    work.keep_internal(charge_id, dispute=dispute["id"])
    if not inquiry:
        _withdraw(work, dispute)
    emit(work, "charge.dispute.created", dispute)
    if not inquiry:
        emit(work, "charge.dispute.funds_withdrawn", dispute)
    review_warnings(work, charge)
    return dispute


def _withdraw(work: UnitOfWork, dispute: Json) -> None:
    entry = ledger.enter(work, "adjustment", -dispute["amount"], dispute, fee=ledger.DISPUTE_FEE)
    dispute["balance_transactions"] = [entry]
    work.save(dispute)


def move(work: UnitOfWork, charge_id: str, status: str) -> Json:
    """Applies the bank's decision, or an answer in the dashboard; an inquiry that becomes a dispute takes the money."""
    dispute_id = work.internal(charge_id).get("dispute")
    dispute = work.read(dispute_id or "", "dispute")
    if status not in MOVES.get(dispute["status"], set()):
        raise StripeError(f"A dispute that is {dispute['status']} cannot become {status}.", param="status")
    before = {"status": dispute["status"]}
    dispute |= {"status": status, "is_charge_refundable": status.startswith("warning_") or status == "won"}
    work.save(dispute)
    if status == "needs_response":
        _withdraw(work, dispute)
    emit(work, f"charge.dispute.{'closed' if status in CLOSED else 'updated'}", dispute, before=before)
    if status == "needs_response":
        emit(work, "charge.dispute.funds_withdrawn", dispute)
    if status == "won":
        work.later(work.now + REINSTATED_AFTER, "reinstate_dispute", dispute["id"])
    return dispute


def reinstate(work: UnitOfWork, dispute_id: str) -> None:
    dispute = work.read(dispute_id, "dispute")
    dispute["balance_transactions"].append(ledger.enter(work, "adjustment", dispute["amount"], dispute))
    work.save(dispute)
    emit(work, "charge.dispute.funds_reinstated", dispute)


def _dispute(work: UnitOfWork, charge: Json, reason: str, *, inquiry: bool) -> Json:
    card = charge["payment_method_details"].get("card", {})
    return {
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": defaults.EVIDENCE,
        "evidence_details": {
            "due_by": work.now + EVIDENCE_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card.get("brand", "visa"),
                "case_type": "inquiry" if inquiry else "chargeback",
                "network_reason_code": "10.4" if reason == "fraudulent" else "13.1",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def review_warnings(work: UnitOfWork, charge: Json) -> None:
    """A warning is actionable while its charge is neither disputed nor refunded in full."""
    actionable = not charge["disputed"] and not charge["refunded"]
    kind, about = "radar.early_fraud_warning", "kind = ? AND json_extract(body, '$.charge') = ?"
    for warning in work.select(about, (kind, charge["id"]), newest_first=False, most=100):
        if warning["actionable"] != actionable:
            changed = {**warning, "actionable": actionable}
            work.save(changed)
            emit(work, f"{kind}.updated", changed, before={"actionable": not actionable})


def refundable(work: UnitOfWork, charge: Json) -> bool:
    """A charge under an inquiry may be refunded, one that was charged back may not."""
    dispute_id = work.internal(charge["id"]).get("dispute")
    return dispute_id is None or bool(work.read(dispute_id, "dispute")["is_charge_refundable"])
