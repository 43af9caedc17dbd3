"""Records what each journey passes when nobody dies, then runs it once for each of these points, and kills it there."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import NoReturn, TypeVar

from tests.conftest import StandingClock, Stripe
from tests.kill import invariant, places
from tests.kill.journeys import JOURNEYS, Journey
from tests.kill.places import Place
from tests.kill.points import Points, is_call, watched

P = TypeVar("P")


@dataclass(frozen=True)
class Scene:
    """A journey ready to begin at `now`, and all points that it passes if it is left alone."""

    number: int
    place: Place
    now: datetime
    points: tuple[str, ...] = ()

    @property
    def journey(self) -> Journey:
        return JOURNEYS[self.number]

    @property
    def clock(self) -> StandingClock:
        clock = StandingClock()
        clock.now = self.now
        return clock


@dataclass(frozen=True)
class Death:
    """One run: killed after the point of that number, and what was wrong then."""

    scene: Scene
    point: int
    complaints: tuple[str, ...]

    def __str__(self) -> str:
        after = self.scene.points[self.point - 1]
        lines = [
            f"{self.scene.journey.name}, killed after point {self.point} ({after[:200]}):",
            *self.complaints,
        ]
        return "\n    ".join(lines)


@dataclass(frozen=True)
class Report:
    """What was recorded, and what came of the killed runs; printed, the figures are its last line."""

    scenes: Sequence[Scene]
    deaths: Sequence[Death]
    seconds: float

    @property
    def broken(self) -> list[Death]:
        return [death for death in self.deaths if death.complaints]

    @property
    def is_well(self) -> bool:
        return bool(self.deaths) and not self.broken

    def __str__(self) -> str:
        return "\n".join([*map(str, self.broken), *map(self._line, self.scenes), self.figures])

    def _line(self, scene: Scene) -> str:
        killed = sum(death.scene == scene for death in self.deaths)
        return f"{killed:4} of {len(scene.points):3} points  {scene.journey.name}"

    @property
    def figures(self) -> str:
        points = [point for scene in self.scenes for point in scene.points]
        calls = sum(map(is_call, points))
        passed = f"{len(self.scenes)} journeys pass {len(points) - calls} statements and {calls} calls"
        killed = f"{len(self.deaths)} of these {len(points)} points killed, {len(self.broken)} broken"
        return f"{places.engine()}: {passed}; {killed}; {self.seconds:.0f} s"


def kill_all(folder: Path, *, every: int, share: int = 0) -> Report:
    """Kills after each point of all journeys, or after one of every so many: `share` says which, from 0."""
    started = time.monotonic()
    new = places.create(folder)
    scenes = [_recorded(_prepared(number, new)) for number in range(len(JOURNEYS))]
    points = [(scene, point) for scene in scenes for point in range(1, len(scene.points) + 1)]
    chosen = due(points, every=every, share=share)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("fork")) as pool:
        deaths = list(pool.map(_die, *zip(*chosen, strict=True)))
    return Report(scenes, deaths, time.monotonic() - started)


def due(points: Sequence[P], *, every: int, share: int) -> Sequence[P]:
    """One of `every` so many points, others for each share from 0 to `every` - 1."""
    return points[share % every :: every]


def _prepared(number: int, new: Place) -> Scene:
    place, clock = places.copy(new, f"before_{number}"), StandingClock()
    with places.inhabited(place, clock) as stripe:
        JOURNEYS[number].before(stripe)
    return Scene(number, place, clock.now)


def _recorded(scene: Scene) -> Scene:
    """The run in which nobody dies, in this process, which is warm afterwards."""
    place, points = places.copy(scene.place, f"clean_{scene.number}"), Points()
    with places.inhabited(place, scene.clock) as stripe:
        with watched(points):
            scene.journey.act(stripe)
        wrong = _live_on(stripe, scene.journey, may_end=[scene.journey.ends])
    places.remove(place)
    if wrong:
        raise AssertionError("\n".join([f"{scene.journey.name}, left alone:", *wrong]))
    return Scene(scene.number, scene.place, scene.now, tuple(points.passed))


def _die(scene: Scene, point: int) -> Death:
    place = places.copy(scene.place, f"run_{scene.number}_{point}")
    wrong = [*_killed(scene, place, point)]
    with places.inhabited(place, scene.clock) as stripe:
        may_end = [scene.journey.ends, *scene.journey.or_else]
        wrong += _live_on(stripe, scene.journey, may_end=may_end)
    places.remove(place)
    return Death(scene, point, tuple(wrong))


def _killed(scene: Scene, place: Place, point: int) -> Iterator[str]:
    """Forks the process that dies. Complains if it does not, or elsewhere than the recorded run says."""
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        _act_and_die(scene, place, Points(fatal=point, last_words=lambda what: os.write(said, what.encode())))
    os.close(said)
    with os.fdopen(heard, encoding="utf-8") as pipe:
        last_words = pipe.read()
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        yield f"it was not killed: wait status {status}"
    if last_words != scene.points[point - 1]:
        yield f"it died elsewhere: {last_words}"


def _act_and_die(scene: Scene, place: Place, points: Points) -> NoReturn:
    try:
        with places.inhabited(place, scene.clock) as stripe, watched(points):
            scene.journey.act(stripe)
    except BaseException:  # noqa: BLE001 - a fork must never return into its parent's work
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


def _live_on(stripe: Stripe, journey: Journey, *, may_end: Sequence[object]) -> list[str]:
    """The jobs run, as they would in any other process; gives what does not hold then."""
    journey.comes_back(stripe)
    for span in journey.jobs_after:
        stripe.clock.advance(seconds=span.total_seconds())
        for job in journey.jobs:
            job(stripe)
    wrong = invariant.complaints(stripe.sandbox)
    if invariant.ends() not in may_end:
        wrong.append(f"it ended as {invariant.ends()}")
    return wrong
