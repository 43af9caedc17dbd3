"""What every page must pass at every width, in light and in dark; with SCREENSHOTS=folder each look is kept for people to see."""

import os
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal

from axe_playwright_python import base as axe
from playwright.sync_api import Page

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
AXE = Path(axe.__file__).parent / "axe.min.js"
WIDTHS: Final = (390, 1280)
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
WIDER_THAN_SCREEN = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((element) => `sideways scroll: ${element.tagName}.${element.className}`);
}
"""


def troubles(page: Page, name: str) -> list[str]:
    """What axe and the ruler find wrong on the page as it stands, at both widths, in light and in dark."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = []
    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS, f"{name}-{width}-{scheme}.png"), full_page=True)
        seen: list[Any] = page.evaluate(RUN, RULES) + page.evaluate(WIDER_THAN_SCREEN)
        found += [f"{name}, {width} px, {scheme}: {trouble}" for trouble in seen]
    return found
