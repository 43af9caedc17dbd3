"""A refusal says nothing of HTTP; the API and the pages have a status for each kind, and the same one."""

from collections.abc import Iterator

from mentormap.api import refusals as api
from mentormap.bookings.errors import RefusalKind, Refused
from mentormap.web.http import refusals as web


def subclasses(kind: type[Refused]) -> Iterator[type[Refused]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def test_each_kind_of_refusal_has_one_status() -> None:
    assert api.STATUSES == web.STATUSES
    assert set(api.STATUSES) == set(RefusalKind)


def test_no_refusal_carries_a_status() -> None:
    found = list(subclasses(Refused))
    assert len(found) > 30
    assert [each.__name__ for each in found if hasattr(each, "status")] == []


def test_each_refusal_has_a_name_of_its_own() -> None:
    codes = [each.code for each in subclasses(Refused) if "code" in vars(each)]
    assert len(codes) == len(set(codes))
