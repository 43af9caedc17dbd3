"""A request to `/v1/`: who asks, in which version, with which key, and what comes back."""

import hmac
import json
from dataclasses import dataclass

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from stripe_sandbox import errors, expansion, faults, forms, idempotency, ids
from stripe_sandbox.clock import Clock
from stripe_sandbox.errors import StripeError
from stripe_sandbox.events import API_VERSION
from stripe_sandbox.faults import Fault
from stripe_sandbox.idempotency import Claim, Kept, KeysInUse
from stripe_sandbox.operations import ROUTES, Call, Operation
from stripe_sandbox.store import Store
from stripe_sandbox.unit_of_work import Cause, UnitOfWork


@dataclass(frozen=True)
class ParsedRequest:
    """A request whose operation is known."""

    request_id: str
    operation: Operation
    object_id: str
    pairs: list[tuple[str, str]]
    claim: Claim | None


class Api:
    def __init__(self, store: Store, clock: Clock, *, api_key: str, public_url: str) -> None:
        self._store, self._clock = store, clock
        self._api_key, self._public_url = api_key, public_url
        self._keys = KeysInUse()

    def answer(self, request: Request) -> Response:
        request_id, fault = ids.new("req"), None
        try:
            self._admit(request)
            fault = self._fault(request)
            if fault is not None:
                fault.strike("before")
            kept, replayed = self._obey(_parse_request(request, request_id), fault)
        except StripeError as refusal:
            kept, replayed = _keep(request_id, refusal), False
        if fault is not None:
            fault.strike("after")
        return _response(kept, request, request_id, replayed=replayed)

    def _admit(self, request: Request) -> None:
        key = _api_key(request)
        if not key:
            raise errors.no_api_key()
        if not hmac.compare_digest(key.encode(), self._api_key.encode()):
            raise errors.wrong_api_key(key)
        version = request.headers.get("Stripe-Version", API_VERSION)
        if version != API_VERSION:
            raise errors.wrong_version(version, API_VERSION)

    def _fault(self, request: Request) -> Fault | None:
        with self._store.transaction() as rows:
            return faults.take(rows, request.method, request.path)

    def _obey(self, parsed: ParsedRequest, fault: Fault | None) -> tuple[Kept, bool]:
        """The answer, and whether it was given before."""
        if parsed.claim is None:
            return self._perform(parsed, fault)
        with self._keys.hold(parsed.claim.key):
            return self._perform(parsed, fault)

    def _perform(self, parsed: ParsedRequest, fault: Fault | None) -> tuple[Kept, bool]:
        with self._store.transaction() as rows:
            now = self._clock.now()
            claim = parsed.claim
            earlier = idempotency.find(rows, claim, now) if claim else None
            if earlier is not None:
                return earlier, True
            work = UnitOfWork(rows, now, Cause(parsed.request_id, claim.key if claim else None))
            kept = self._first_answer(parsed, work, fault)
            if claim is not None:
                idempotency.keep(rows, claim, kept, now)
            return kept, False

    def _first_answer(self, parsed: ParsedRequest, work: UnitOfWork, fault: Fault | None) -> Kept:
        """Refusals before the work has begun are raised on, so that no key remembers them."""
        operation = parsed.operation
        args = operation.accepts.read(forms.decode(parsed.pairs))
        paths = args.pop("expand", [])
        expansion.check(operation.answers, paths)
        try:
            if fault is not None and fault.error is not None:
                raise fault.error
            body = operation.run(Call(work, args, parsed.object_id, self._public_url))
        except StripeError as refusal:
            if refusal.kept:
                return _keep(parsed.request_id, refusal)
            raise
        return Kept(parsed.request_id, 200, json.dumps(expansion.expand(work, body, paths)))


def _api_key(request: Request) -> str:
    """Bearer, or the user name of Basic, as Stripe takes both."""
    try:
        authorization = request.authorization
    except ValueError:  # not ASCII, which werkzeug does not expect of Basic
        return ""
    if authorization is None:
        return ""
    return authorization.token or authorization.username or ""


def _parse_request(request: Request, request_id: str) -> ParsedRequest:
    try:
        operation, arguments = ROUTES.bind_to_environ(request.environ).match()
    except HTTPException:
        raise errors.unknown_url(request.method, request.path) from None
    source = request.form if request.method == "POST" else request.args
    pairs = list(source.items(multi=True))
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    claim = idempotency.claim(key, request.path, pairs) if key else None
    return ParsedRequest(request_id, operation, arguments.get("object_id", ""), pairs, claim)


def _keep(request_id: str, refusal: StripeError) -> Kept:
    return Kept(request_id, refusal.status, json.dumps(refusal.body()))


def _response(kept: Kept, request: Request, request_id: str, *, replayed: bool) -> Response:
    response = Response(kept.body, status=kept.status, mimetype="application/json")
    response.headers["Request-Id"] = request_id
    response.headers["Stripe-Version"] = API_VERSION
    response.headers["Cache-Control"] = "no-cache, no-store"
    if key := request.headers.get("Idempotency-Key"):
        response.headers["Idempotency-Key"] = key
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
        response.headers["Original-Request"] = kept.request_id
    if kept.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Stripe"'
    return response
