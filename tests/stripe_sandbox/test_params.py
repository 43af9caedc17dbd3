"""Parameters are read, or refused in Stripe's words."""

import pytest

from stripe_sandbox import forms
from stripe_sandbox.errors import StripeError
from stripe_sandbox.forms import Raw
from stripe_sandbox.params import (
    Boolean,
    Choice,
    Currency,
    Many,
    Metadata,
    Parameter,
    Range,
    Record,
    String,
    Whole,
    is_email,
)

BUT = "characters, but you passed in a"
ITEM = Record({"name": String(5), "count": Whole(least=1, most=100), "sold": Boolean()}, required=("name",))


def test_brackets_become_a_tree() -> None:
    pairs = [("a", "1"), ("b[c]", "2"), ("d[0][e]", "3"), ("f[]", "4"), ("f[]", "5"), ("g[", "6"), ("a", "7")]

    assert forms.decode(pairs) == {
        "a": "7",
        "b": {"c": "2"},
        "d": {"0": {"e": "3"}},
        "f": {"0": "4", "1": "5"},
        "g[": "6",
    }


def test_a_branch_replaces_a_value_of_its_name() -> None:
    assert forms.decode([("a", "1"), ("a[b]", "2")]) == {"a": {"b": "2"}}


def test_values_are_read_by_their_kinds() -> None:
    assert ITEM.read({"name": "hour", "count": "2", "sold": "true"}) == {
        "name": "hour",
        "count": 2,
        "sold": True,
    }
    assert Many(String()).read({"10": "c", "0": "a", "2": "b"}, "list") == ["a", "b", "c"]
    assert Currency().read("USD", "currency") == "usd"
    assert Range().read("5", "created") == {"gte": 5, "lte": 5}
    assert Range().read({"gte": "5", "lt": "9"}, "created") == {"gte": 5, "lt": 9}


def test_metadata_is_unset_by_empty_values() -> None:
    assert Metadata().read({"a": "1", "b": ""}, "metadata") == {"a": "1"}
    assert Metadata().read("", "metadata") == {}


@pytest.mark.parametrize(
    ("kind", "raw", "message", "code"),
    [
        (ITEM, {"name": "a", "size": "1"}, "Received unknown parameter: item[size]", "parameter_unknown"),
        (ITEM, {"count": "1"}, "Missing required param: item[name].", "parameter_missing"),
        (ITEM, "a", "Invalid object", None),
        (ITEM, {"name": {"a": "b"}}, "Invalid string: {'a': 'b'}", None),
        (String(5), "far too long", "Invalid string: far too lo...long; must be at most 5 characters", None),
        (Whole(), "1.5", "Invalid integer: 1.5", "parameter_invalid_integer"),
        (Whole(), "٣", "Invalid integer: ٣", "parameter_invalid_integer"),
        (Whole(), "9" * 19, f"Invalid integer: {'9' * 19}", "parameter_invalid_integer"),
        (
            Whole(least=1),
            "0",
            "This value must be greater than or equal to 1.",
            "parameter_invalid_integer",
        ),
        (
            Whole(most=100),
            "101",
            "This value must be less than or equal to 100 (it currently is '101').",
            "parameter_invalid_integer",
        ),
        (Boolean(), "yes", "Invalid boolean: yes", None),
        (Choice(("a", "b", "c")), "d", "Invalid item: must be one of a, b, or c", None),
        (Choice(("a", "b")), "d", "Invalid item: must be one of a or b", None),
        (Many(String()), {"x": "a"}, "Invalid array", None),
        (
            Many(String(), most=1),
            {"0": "a", "1": "b"},
            "Array too long: maximum 1 entries, you passed 2.",
            None,
        ),
        (
            Metadata(),
            {"k" * 41: "v"},
            f"Metadata keys can have up to 40 {BUT} key that is 41 characters. Invalid key: {'k' * 41}",
            None,
        ),
        (
            Metadata(),
            {"k": "v" * 501},
            f"Metadata values can have up to 500 {BUT} value that is 501 characters. Invalid value: {'v' * 501}",
            None,
        ),
        (
            Metadata(),
            {str(n): "v" for n in range(51)},
            "Metadata can have up to 50 keys, but you passed in 51 keys.",
            None,
        ),
        (Metadata(), "x", "Invalid object", None),
    ],
)
def test_what_cannot_be_read_is_refused(kind: Parameter, raw: Raw, message: str, code: str | None) -> None:
    with pytest.raises(StripeError) as refusal:
        kind.read(raw, "item")

    assert (refusal.value.message, refusal.value.code) == (message, code)


def test_the_limits_of_metadata_themselves_are_allowed() -> None:
    full: dict[str, Raw] = {f"{n:040}": "v" * 500 for n in range(50)}

    assert Metadata().read(full, "metadata") == full


def test_an_empty_value_is_no_value() -> None:
    with pytest.raises(StripeError, match="You passed an empty string for 'name'") as refusal:
        ITEM.read({"name": ""})

    assert refusal.value.code == "parameter_invalid_empty"


def test_stripes_other_parameters_are_refused_openly() -> None:
    kind = Record({"a": String()}, unsupported=frozenset({"b"}))

    with pytest.raises(StripeError, match="The sandbox does not support the parameter: b"):
        kind.read({"b": "1"})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("sam@example.com", True),
        ("sam@example", False),
        ("@example.com", False),
        ("a b@example.com", False),
        ("a@b@example.com", False),
        ("sam", False),
    ],
)
def test_emails_are_told_from_other_text(text: str, answer: bool) -> None:
    assert is_email(text) is answer
