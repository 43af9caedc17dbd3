"""allauth's views look before they write; here they look again where somebody has written in between."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.db import IntegrityError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def retry_on_integrity_error(view: View[Rest]) -> View[Rest]:
    """Answers the second of two requests at once, such as a double-click, as if it had come after the first.

    For views that write nothing before what a unique key refuses, or only in the same transaction.
    """

    @wraps(view)
    def looking(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except IntegrityError:
            return view(request, *args, **kwargs)

    return looking
