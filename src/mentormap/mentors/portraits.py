"""A portrait for a mentor without a photo: initials on a hill's contour lines, in a colour, all made from the name."""

from dataclasses import dataclass
from hashlib import sha256
from html import escape
from math import cos, pi, sin
from random import Random
from typing import Final

SIDE: Final = 240
_RINGS: Final = 10
_POINTS: Final = 16
_STEP: Final = 20
_GAP: Final = 40
"""Degrees of hue around which no portrait is drawn: marigold belongs to the one action of a page."""
_MARIGOLD_HUE: Final = 78

Point = tuple[float, float]


@dataclass(frozen=True)
class _Hill:
    """One summit: where it stands, and the waves that bend its contour lines, as (lobes, depth, turn)."""

    summit: Point
    waves: tuple[tuple[int, float, float], ...]

    def line(self, ring: int) -> list[Point]:
        """The contour line around the summit, farther out and calmer with each ring."""
        return [self._point(ring, index * 2 * pi / _POINTS) for index in range(_POINTS)]

    def _point(self, ring: int, angle: float) -> Point:
        bend = sum(depth * sin(lobes * angle + turn + ring * 0.16) for lobes, depth, turn in self.waves)
        radius = (ring + 0.6) * _STEP * (1 + bend)
        return (self.summit[0] + radius * cos(angle) * 1.12, self.summit[1] + radius * sin(angle))


def portrait_svg(name: str) -> str:
    """An SVG of 240 by 240; the same name always gives the same one. It needs no style sheet, so that the CSP lets it be."""
    chance = Random(sha256(name.encode()).digest())  # noqa: S311 - a drawing, no secret
    hue = round(_MARIGOLD_HUE + _GAP + chance.random() * (360 - 2 * _GAP)) % 360
    hill = _Hill(
        summit=(chance.uniform(0.16, 0.84) * SIDE, chance.uniform(0.1, 0.42) * SIDE),
        waves=tuple(
            (lobes, chance.uniform(0.03, 0.2) / lobes**0.5, chance.uniform(0, 2 * pi))
            for lobes in (1, 2, 3, 4)
        ),
    )
    label = escape("".join(filter(str.isprintable, name)))
    lines = "".join(_contour(hill, ring, hue) for ring in reversed(range(_RINGS)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" aria-label="{label}">'
        f'<rect width="{SIDE}" height="{SIDE}" fill="{_ground(_RINGS, hue)}"/>'
        f'<g stroke="oklch(0.86 0.06 {hue})" stroke-opacity=".42" stroke-width="1.3">{lines}</g>'
        f'<text x="50%" y="50%" dy=".35em" text-anchor="middle" font-size="{SIDE * 0.35:.0f}" fill="oklch(0.97 0.02 85)" '
        'font-family="Iowan Old Style, Palatino Linotype, Palatino, Georgia, serif" font-weight="600">'
        f"{escape(initials(name))}</text></svg>"
    )


def initials(name: str) -> str:
    """Returns the initials of the first and the last word, at most two; a dot if the name has no letter."""
    words = [word for word in ("".join(filter(str.isalnum, part)) for part in name.split()) if word]
    return "".join(word[0].upper()[:1] for word in dict.fromkeys([*words[:1], *words[-1:]])) or "·"


def _contour(hill: _Hill, ring: int, hue: int) -> str:
    """Every fourth line is drawn stronger, as on a map."""
    index_line = ' stroke-width="2.2"' if ring % 4 == 0 else ""
    return f'<path d="{_smooth(hill.line(ring))}" fill="{_ground(ring, hue)}"{index_line}/>'


def _ground(ring: int, hue: int) -> str:
    """Higher ground is a little lighter."""
    return f"oklch({0.365 + 0.115 * (1 - ring / _RINGS):.3f} 0.066 {(hue + 3 * ring) % 360})"


def _smooth(points: list[Point]) -> str:
    """A closed curve through the middles between the points, which pull it."""
    pairs = list(zip(points, points[1:] + points[:1], strict=True))
    middles = [((ax + bx) / 2, (ay + by) / 2) for (ax, ay), (bx, by) in pairs]
    pulls = points[1:] + points[:1]
    ends = middles[1:] + middles[:1]
    curve = "".join(
        f"Q{px:.0f} {py:.0f} {ex:.0f} {ey:.0f}" for (px, py), (ex, ey) in zip(pulls, ends, strict=True)
    )
    return f"M{middles[0][0]:.0f} {middles[0][1]:.0f}{curve}Z"
