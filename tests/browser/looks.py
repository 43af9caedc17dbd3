"""What every page must pass at every width, in light and in dark; with SCREENSHOTS=folder each look is kept for people to see."""

import os
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Final, Literal

from axe_playwright_python import base as axe
from playwright.sync_api import Page

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
AXE = Path(axe.__file__).parent / "axe.min.js"
WIDTHS: Final = (360, 390, 1280)
"""The first is the narrowest telephone in wide use."""
WIDTHS_FOR_AXE: Final = (390, 1280)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
RULES = [
    "color-contrast",
    "label",
    "image-alt",
    "link-name",
    "button-name",
    "heading-order",
    "landmark-one-main",
]
RUN = """
async (rules) => {
  const found = await axe.run(document, {runOnly: {type: "rule", values: rules}, resultTypes: ["violations"]});
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${node.any[0]?.message ?? ""}`));
}
"""
FEWER_ROWS = """
() => document.querySelectorAll("#result_list tbody:nth-of-type(n + 8)").forEach((row) => row.remove())
"""
"""Axe takes long over rows that all look alike. Each is a tbody of its own."""
WIDER_THAN_SCREEN = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((element) => `sideways scroll: ${element.tagName}.${element.className}`);
}
"""


def problems(page: Page, name: str) -> list[str]:
    """What axe and the ruler find wrong on the page as it stands, at each width, in light and in dark."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = []
    for width, scheme in _looks(page, WIDTHS):
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS, f"{name}-{width}-{scheme}.png"), full_page=True)
        found += [f"{name}, {width} px, {scheme}: {problem}" for problem in page.evaluate(WIDER_THAN_SCREEN)]
    page.evaluate(FEWER_ROWS)
    for width, scheme in _looks(page, WIDTHS_FOR_AXE):
        found += [f"{name}, {width} px, {scheme}: {problem}" for problem in page.evaluate(RUN, RULES)]
    return found


def _looks(page: Page, widths: Iterable[int]) -> Iterator[tuple[int, str]]:
    for width, scheme in product(widths, SCHEMES):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        yield width, scheme
