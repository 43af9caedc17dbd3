"""Events: each with a snapshot of the object, and its webhook deliveries."""

from stripe_sandbox import webhooks
from stripe_sandbox.unit_of_work import Json, UnitOfWork

API_VERSION = "2026-05-27.dahlia"


def emit(work: UnitOfWork, type: str, thing: Json, *, before: Json | None = None) -> Json:  # noqa: A002
    """`before` holds the former values of what changed, for `*.updated` and its like."""
    data: Json = {"object": thing}
    if before is not None:
        data["previous_attributes"] = before
    deliveries = webhooks.copies(work)
    event = work.add(
        "event",
        "evt",
        {
            "api_version": API_VERSION,
            "data": data,
            "livemode": False,
            "pending_webhooks": min(deliveries, 1),
            "request": {"id": work.cause.request_id, "idempotency_key": work.cause.idempotency_key},
            "type": type,
        },
    )
    webhooks.plan(work, event["id"], deliveries)
    return event
