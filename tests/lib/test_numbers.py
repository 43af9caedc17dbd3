"""What is sent as a number is one, or is none."""

import pytest

from mentormap.lib.numbers import parse_id


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text: str, number: int) -> None:
    assert parse_id(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1.0", "1_0", "²", "٣", "9" * 19])
def test_anything_else_is_none(text: str) -> None:
    assert parse_id(text) is None
