"""`/_sandbox/`: the switches of tests over HTTP, for a sandbox in another process. JSON, and from this machine alone."""

import inspect
import json
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, TypeAlias

from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from stripe_sandbox.errors import StripeError
from stripe_sandbox.unit_of_work import Json

PREFIX = "/_sandbox/"

Action: TypeAlias = Callable[..., Any]


class Control:
    """`POST /_sandbox/<name>` calls an action with the body's fields as its arguments; `GET /_sandbox/` tells the state."""

    def __init__(self, state: Callable[[], Json], actions: Mapping[str, Action]) -> None:
        self._state, self._actions = state, actions

    def answer(self, request: Request) -> Response:
        if not _from_here(request):
            raise Forbidden("The switches work from this machine alone.")
        name = request.path.removeprefix(PREFIX)
        if request.method == "GET" and not name:
            return _json(self._state())
        if request.method != "POST" or name not in self._actions:
            raise NotFound(f"POST to one of {', '.join(sorted(self._actions))}.")
        return self._act(self._actions[name], _arguments(request))

    def _act(self, action: Action, arguments: Json) -> Response:
        try:
            inspect.signature(action).bind(**arguments)
            result = action(**arguments)
        except StripeError as refusal:
            return _json(refusal.body(), status=refusal.status)
        except (TypeError, ValueError) as error:
            raise BadRequest(str(error)) from error
        return _json(result if isinstance(result, dict) else self._state())


def _from_here(request: Request) -> bool:
    """Calls within the process have no address."""
    return request.remote_addr is None or ip_address(request.remote_addr).is_loopback


def _arguments(request: Request) -> Json:
    """A foreign page cannot send JSON without asking first, so it cannot turn a switch."""
    try:
        arguments = request.get_json()
    except RecursionError:
        arguments = None
    if not isinstance(arguments, dict):
        raise BadRequest("Send a JSON object.")
    return arguments


def _json(body: Json, *, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
