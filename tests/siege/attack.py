"""An attack: a figure measured at the running program, beside the figure of old and the one that is allowed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.siege.site import Site

Measure = Callable[[Site], float]


@dataclass(frozen=True)
class Attack:
    """`before` is in the words of its report; more than `limit` is a failure. A `quick` one is part of the short siege; one `behind_proxies` is
    tried there too."""

    number: int
    name: str
    unit: str
    before: str
    limit: float
    measure: Measure
    is_quick: bool
    behind_proxies: bool


ATTACKS: Final[list[Attack]] = []
"""In the order of their modules."""


def attack(
    number: int,
    name: str,
    *,
    unit: str,
    before: str,
    limit: float,
    quick: bool = False,
    behind_proxies: bool = True,
) -> Callable[[Measure], Measure]:
    """Adds what a function measures to the list."""

    def add(measure: Measure) -> Measure:
        ATTACKS.append(Attack(number, name, unit, before, limit, measure, quick, behind_proxies))
        return measure

    return add
