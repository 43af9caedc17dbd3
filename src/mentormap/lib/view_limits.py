"""The methods and the body size that a view accepts, as declared on the view and read without calling it."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

BODY_BYTES: Final = 64 * 1024
"""The default limit for bodies: more than any of our forms or JSON objects needs."""
View = TypeVar("View", bound=Callable[..., Any])


def takes_bytes(most: int, *, after_login: bool = False) -> Callable[[View], View]:
    """Declares the longest body of a view. Decorators that keep a view's attributes (functools.wraps) keep it.

    With `after_login`, a visitor who is not logged in may send BODY_BYTES.
    """

    def declared(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        view.most_bytes_of_strangers = min(most, BODY_BYTES) if after_login else most  # type: ignore[attr-defined]
        return view

    return declared


def most_bytes(view: Callable[..., Any], *, is_stranger: bool = False) -> int:
    return int(getattr(view, "most_bytes_of_strangers" if is_stranger else "most_bytes", BODY_BYTES))


@lru_cache(maxsize=1024)
def methods_of(view: Callable[..., Any]) -> frozenset[str] | None:
    """Returns the methods that Django's require_... decorators or a view class allow; None for a view that decides itself."""
    kind = getattr(view, "view_class", None)
    if kind is not None:
        return frozenset(name.upper() for name in kind.http_method_names if hasattr(kind, name)) | _head(kind)
    layer: Callable[..., Any] | None = view
    while layer is not None:
        if inspect.isfunction(layer) and (named := closed_over(layer).get("request_method_list")):
            return frozenset(named)
        layer = getattr(layer, "__wrapped__", None)
    return None


def closed_over(function: Callable[..., Any]) -> dict[str, Any]:
    """Returns the variables that a decorator or factory closed over in the function that it made."""
    return dict(inspect.getclosurevars(function).nonlocals)


def _head(kind: type) -> frozenset[str]:
    return frozenset({"HEAD"}) if hasattr(kind, "get") else frozenset()
