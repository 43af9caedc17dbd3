from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import View

from mentormap.lib.view_limits import BODY_BYTES, methods_of, most_bytes, takes_bytes


@csrf_exempt
@require_safe
def reads(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@takes_bytes(5)
@require_POST
def writes(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def decides(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class Form(View):
    def get(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def post(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def test_methods_are_those_that_the_view_declares() -> None:
    assert methods_of(reads) == frozenset({"GET", "HEAD"})
    assert methods_of(writes) == frozenset({"POST"})
    assert methods_of(Form.as_view()) == frozenset({"GET", "HEAD", "POST", "OPTIONS"})
    assert methods_of(decides) is None


def test_a_body_may_have_what_the_view_declares() -> None:
    assert (most_bytes(writes), most_bytes(csrf_exempt(writes)), most_bytes(reads)) == (5, 5, BODY_BYTES)
