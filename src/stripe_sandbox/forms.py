"""Stripe's bracketed form encoding: `a[b][0]=c` becomes {"a": {"b": {"0": "c"}}}."""

import re
from collections.abc import Iterable
from typing import TypeAlias, Union

Raw: TypeAlias = Union[str, "dict[str, Raw]"]

NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
PART = re.compile(r"\[([^\[\]]*)\]")


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Raw]:
    """Later values win, as at Stripe; `a[]=x&a[]=y` counts up. A name that is not well formed stays as it is."""
    tree: dict[str, Raw] = {}
    for name, value in pairs:
        _put(tree, _path(name), value)
    return tree


def _path(name: str) -> list[str]:
    match = NAME.match(name)
    if match is None:
        return [name]
    return [match[1], *PART.findall(match[2])]


def _put(tree: dict[str, Raw], path: list[str], value: str) -> None:
    *branches, leaf = path
    for branch in branches:
        below = tree.get(branch)
        if not isinstance(below, dict):
            below = tree[branch] = {}
        tree = below
    tree[leaf or str(len(tree))] = value
