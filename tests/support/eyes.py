"""A page for every eye: axe looks at it in light and in dark colours, wide and narrow."""

from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import ViewportSize

from tests.support.browser import Visitor

NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 860}

LOOKS: dict[str, tuple[Literal["light", "dark"], ViewportSize, dict[str, Any]]] = {
    "narrow": ("dark", NARROW, {"rules": {"target-size": {"enabled": True}}}),
    "dark": ("dark", WIDE, {"runOnly": ["color-contrast"]}),  # the other rules have no eye for colours
    "light": ("light", WIDE, {}),
}
"""Colours, size and what axe has to look for; the page is left as the last of them."""

JUDGE = """async (options) => {
    const { violations } = await axe.run({ resultTypes: ["violations"], preload: false, ...options });
    const found = violations.map((one) => `${one.id} ${one.nodes[0].html}`);
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [...found, `${scrollWidth - clientWidth} px too wide`] : found;
}"""
"""Only the violations leave the page: the rest is long, and takes longer than to find it."""


class Eyes:
    """Look at the pages of one visitor, in whatever state they are, without loading them again.

    Attributes:
        found: what is wrong with them.
    """

    def __init__(self, visitor: Visitor, series: str) -> None:
        self.found: list[str] = []
        self._visitor, self._series = visitor, series

    def look(self, name: str) -> None:
        """At the page as it is now."""
        page = self._visitor.page
        page.evaluate(AXE_SCRIPT)
        for look, (scheme, size, options) in LOOKS.items():
            # Else colours change little by little, and axe would see some that nobody reads by.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.set_viewport_size(size)
            self._visitor.shoot(f"{self._series}-{name}-{look}")
            self.found += [f"{name}, {look}: {fault}" for fault in page.evaluate(JUDGE, options)]
