"""Chooses the connections that give way when a limit is reached: those of the client network that holds the most.

A newcomer is not refused for what others hold: otherwise four silent uploads would keep every form and webhook out.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mentormap.operations.process.web_server.channel import ClientChannel


def heaviest_first(
    channels: Iterable["ClientChannel"], size: Callable[["ClientChannel"], int]
) -> list["ClientChannel"]:
    """Sorts channels by what their network holds in all, the most first; within a network by size, then by age."""
    sizes = {one: held for one in channels if (held := size(one))}
    networks: Counter[str] = Counter()
    for one, held in sizes.items():
        networks[one.network] += held
    return sorted(sizes, key=lambda one: (-networks[one.network], one.network, -sizes[one], one.since))


def oldest(channels: Iterable["ClientChannel"], count: int) -> list["ClientChannel"]:
    """Returns connections that wait for their client to send or read: the oldest of the network with the most of them."""
    waiting = [one for one in channels if not one.requests]
    networks = Counter(one.network for one in waiting)
    return sorted(waiting, key=lambda one: (-networks[one.network], one.since))[:count]
