"""The sandbox as one WSGI callable, with its switches as methods."""

import logging
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.shared_data import SharedDataMiddleware

from stripe_sandbox import control, disputes, faults, paying, refunds, scheduler, switches, webhooks
from stripe_sandbox.api import Api
from stripe_sandbox.clock import Clock
from stripe_sandbox.config import Config
from stripe_sandbox.control import Action, Control
from stripe_sandbox.pages import Pages
from stripe_sandbox.posting import post
from stripe_sandbox.store import Store
from stripe_sandbox.unit_of_work import Json, UnitOfWork
from stripe_sandbox.webhooks import Deliver, Manner, Parcel

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

STATIC = Path(__file__).parent / "static"
LATE = 30

log = logging.getLogger("stripe_sandbox")


class RoomyRequest(Request):
    """Enough for a session of 100 items."""

    max_content_length = 1_000_000


class Sandbox:
    """Stripe, for one account. In-process, nothing happens by itself: `deliver_due()` does what is due."""

    def __init__(self, config: Config, *, clock: Clock | None = None, deliver: Deliver = post) -> None:
        self.config, self.deliver = config, deliver
        self.store = Store(config.data)
        self.clock = clock or Clock()
        self.changed = threading.Event()
        self._sending = threading.Lock()
        self._api = Api(self.store, self.clock, api_key=config.api_key, public_url=config.public_url)
        self._pages = Pages(self.store, self.clock, public_url=config.public_url)
        self._switchboard = Control(self.state, self._actions())
        self._static = SharedDataMiddleware(self._route, {"/static": str(STATIC)}, cache_timeout=3600)
        with self.store.transaction() as rows:
            self.clock.offset += switches.read(rows, "clock_offset", default=0)
        self._register_endpoint()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._static(environ, start_response)

    def _route(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = RoomyRequest(environ)
        self.catch_up()
        try:
            response: WSGIApplication = self._answer(request)
        except HTTPException as refusal:
            response = refusal
        finally:
            self.changed.set()
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/v1/"):
            response = self._api.answer(request)
            response.date = datetime.fromtimestamp(self.clock.now(), UTC)
            return response
        if request.path.startswith(control.PREFIX):
            return self._switchboard.answer(request)
        return self._pages.answer(request)

    def catch_up(self) -> None:
        """Runs the scheduled actions whose time has come."""
        with self.store.transaction() as rows:
            scheduler.run_due(rows, self.clock.now())

    def deliver_due(self) -> int:
        """Send the webhooks that are due, and say how many tries were made. Not twice at once."""
        if self.config.webhook is None:
            return 0
        tries = 0
        with self._sending:
            while parcels := self._due():
                for parcel in parcels:
                    self._send(parcel)
                tries += len(parcels)
        return tries

    def _due(self) -> list[Parcel]:
        self.catch_up()
        with self.store.transaction() as rows:
            return webhooks.due(rows, self.clock.now())

    def _send(self, parcel: Parcel) -> None:
        """Never within a transaction."""
        endpoint = self.config.webhook
        if endpoint is None:
            return
        try:
            status = self.deliver(
                endpoint.url, endpoint.headers(parcel.body, sent_at=int(self.clock.real())), parcel.body
            )
        except OSError as error:
            log.debug("webhook %s: %s", parcel.event_id, error)
            status = 0
        with self.store.transaction() as rows:
            webhooks.record(rows, parcel, delivered=200 <= status < 300, now=self.clock.now())

    def _actions(self) -> dict[str, Action]:
        return {
            "advance": self.advance,
            "clear_faults": self.clear_faults,
            "deliver": self.deliver_due,
            "dispute": self.dispute,
            "dispute_status": self.move_dispute,
            "fault": self.add_fault,
            "refund": self.refund,
            "refund_status": self.move_refund,
            "reset": self.reset,
            "settle": self.settle,
            "warn": self.warn,
            "webhooks": self.set_webhooks,
        }

    def state(self) -> Json:
        """How the switches stand; `waiting` counts deliveries that are not done."""
        with self.store.transaction() as rows:
            return {
                "now": self.clock.now(),
                "offset": self.clock.offset,
                "webhooks": asdict(webhooks.manner(rows)),
                "waiting": webhooks.waiting(rows),
                "faults": faults.planned(rows),
            }

    def set_webhooks(self, mode: str, *, delay: int | None = None) -> None:
        """`delay` in seconds; without one, "late" means 30."""
        if mode not in webhooks.MODES:
            raise ValueError(f"No such mode: {mode}; there are {', '.join(webhooks.MODES)}.")
        usual = LATE if mode == "late" else 0
        manner = Manner(mode, usual if delay is None else delay)
        with self.store.transaction() as rows:
            switches.turn(rows, "webhooks", asdict(manner))

    def add_fault(self, kind: str, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        with self.store.transaction() as rows:
            faults.plan(rows, kind, method=method, path=path, times=times)

    def clear_faults(self) -> None:
        with self.store.transaction() as rows:
            faults.clear(rows)

    def advance(self, seconds: int) -> int:
        """Move the clock forward, do what became due, and give the new time."""
        self.clock.advance(seconds)
        with self.store.transaction() as rows:
            switches.turn(rows, "clock_offset", self.clock.offset)
        self.catch_up()
        self.changed.set()
        return self.clock.now()

    def settle(self, checkout_id: str, *, succeeds: bool = True) -> Json:
        """The delayed payment of a session arrives, or fails for good."""
        with self.store.transaction() as rows:
            return paying.settle(self._unit_of_work(rows), checkout_id, succeeds=succeeds)

    def dispute(self, payment: str, *, reason: str = "fraudulent", inquiry: bool = False) -> Json:
        """`payment`: a PaymentIntent's or a charge's id."""
        with self.store.transaction() as rows:
            work = self._unit_of_work(rows)
            return disputes.open_dispute(work, _charge_id(work, payment), reason=reason, inquiry=inquiry)

    def move_dispute(self, payment: str, *, status: str) -> Json:
        """Sets the bank's decision on the dispute over a payment: `under_review`, `won`, `lost`, `warning_closed` and so on."""
        with self.store.transaction() as rows:
            work = self._unit_of_work(rows)
            return disputes.move(work, _charge_id(work, payment), status)

    def warn(self, payment: str) -> Json:
        """The issuer's early fraud warning; `payment` as for a dispute."""
        with self.store.transaction() as rows:
            work = self._unit_of_work(rows)
            return disputes.warn(work, _charge_id(work, payment))

    def refund(self, payment_intent: str, *, amount: int | None = None) -> Json:
        """A refund made in Stripe's dashboard, which the shop learns of by an event alone."""
        asked = {"payment_intent": payment_intent} | ({} if amount is None else {"amount": amount})
        with self.store.transaction() as rows:
            return refunds.create(self._unit_of_work(rows), asked)

    def move_refund(self, refund: str, *, status: str) -> Json:
        """Sets the state of a pending refund: `requires_action`, `canceled`, `failed` or `succeeded`."""
        with self.store.transaction() as rows:
            return refunds.move(self._unit_of_work(rows), refund, status)

    def reset(self) -> None:
        """Forget everything, and go back to real time."""
        self.store.empty()
        self.clock.offset = 0
        self._register_endpoint()

    def _register_endpoint(self) -> None:
        with self.store.transaction() as rows:
            switches.turn(rows, "endpoint", self.config.webhook is not None)

    def close(self) -> None:
        self.store.close()

    def _unit_of_work(self, rows: sqlite3.Connection) -> UnitOfWork:
        return UnitOfWork(rows, self.clock.now())


def _charge_id(work: UnitOfWork, payment: str) -> str:
    """Returns the charge of a PaymentIntent, or the charge itself."""
    intent = work.find(payment, "payment_intent")
    return str(intent["latest_charge"]) if intent else payment


def create_app(config: Config, *, clock: Clock | None = None, deliver: Deliver = post) -> Sandbox:
    return Sandbox(config, clock=clock, deliver=deliver)
