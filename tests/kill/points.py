"""The points at which a process may die: after each SQL statement, each end of a transaction, each call to Stripe, each mail."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from unittest.mock import patch
from urllib.parse import urlsplit

from django.core.mail.backends.filebased import EmailBackend
from django.db import connections

from tests.sandbox_client import InProcessHTTPClient

P = ParamSpec("P")
R = TypeVar("R")

MAIL = "MAIL"
IDS = re.compile(r"(?<=/)[a-z]+_\w+|\bs\d+_x\d+\b")
"""What differs from run to run: Stripe's ids in paths, and the names that Django gives to savepoints."""


class Points:
    """What a process has passed. At point number `fatal`, counted from 1, it tells `last_words` and dies by SIGKILL."""

    def __init__(self, *, fatal: int = 0, last_words: Callable[[str], object] = str) -> None:
        self.fatal, self.last_words = fatal, last_words
        self.passed: list[str] = []

    def reach(self, what: str) -> None:
        what = IDS.sub("…", what)
        self.passed.append(what)
        if len(self.passed) == self.fatal:
            self.last_words(what)
            os.kill(os.getpid(), signal.SIGKILL)

    def after_statement(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Django's execute wrapper; what a statement refused has been passed, too."""
        try:
            return execute(sql, *rest)
        finally:
            self.reach(" ".join(sql.split()))

    def after(self, call: Callable[P, R], name: Callable[P, str]) -> Callable[P, R]:
        @wraps(call)
        def then_reach(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return call(*args, **kwargs)
            finally:
                self.reach(name(*args, **kwargs))

        return then_reach


def is_call(point: str) -> bool:
    """To Stripe, or to the mail server."""
    return "/v1/" in point or point == MAIL


@contextmanager
def watched(points: Points) -> Iterator[None]:
    """Whatever this process does with database and Stripe inside the block passes the points.

    Django commits and rolls back by the driver's methods, which its wrapper does not see.
    """
    request = points.after(InProcessHTTPClient.request, _call_name)
    with (
        connections["default"].execute_wrapper(points.after_statement),
        _at_the_end_of_transactions("_commit", points),
        _at_the_end_of_transactions("_rollback", points),
        patch.object(InProcessHTTPClient, "request", request),
        patch.object(
            EmailBackend, "send_messages", points.after(EmailBackend.send_messages, lambda *_: MAIL)
        ),
    ):
        yield


def _at_the_end_of_transactions(method: str, points: Points) -> AbstractContextManager[object]:
    database = connections["default"]
    ending = points.after(getattr(database, method), method.strip("_").upper)
    return patch.object(database, method, ending)


def _call_name(_client: InProcessHTTPClient, method: str, url: str, *_rest: object, **_more: object) -> str:
    return f"{method.upper()} {urlsplit(url).path}"
