"""The pictures of the documentation as Chromium draws them: no text leaves its place or lies on another."""

import pytest
from playwright.sync_api import Browser

from tests.support.pictures import FOLDER, NAMES

MARGIN = 3
"""Pixels that a text keeps away from the edge of its box, or of the picture."""

MEASURE = """() => {
    const box = (element) => {
        const { x, y, width, height } = element.getBBox();
        return [x, y, x + width, y + height];
    };
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
        texts: all("text").map((text) => [text.textContent, ...box(text)]),
        boxes: all("rect.box, rect.who, rect.trouble, rect.page:first-of-type").map(box),
    };
}"""

Box = tuple[float, float, float, float]


def holds(outer: Box, inner: Box, margin: float) -> bool:
    left, top, right, bottom = inner
    return outer[0] + margin <= left and right + margin <= outer[2] and outer[1] <= top and bottom <= outer[3]


def middle(box: Box) -> Box:
    """The point in the middle."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x, y, x, y


def on_each_other(one: Box, other: Box) -> bool:
    """Lines that stand close share some pixels of empty space above and below their letters."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 0 and high > MARGIN


@pytest.mark.parametrize("name", NAMES)
def test_texts_stay_where_they_belong(browser: Browser, name: str) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 900})
    try:
        page.goto((FOLDER / f"{name}.svg").as_uri())
        drawn = page.evaluate(MEASURE)
    finally:
        page.close()
    texts = [(text, tuple(box)) for text, *box in drawn["texts"]]
    assert len(texts) > 5
    for number, (text, box) in enumerate(texts):
        around = [tuple(outer) for outer in drawn["boxes"] if holds(tuple(outer), middle(box), 0)]
        assert around, f"outside of the picture: {text}"
        assert all(holds(outer, box, MARGIN) for outer in around), f"sticks out: {text}"
        assert not [(text, other) for other, place in texts[:number] if on_each_other(box, place)]
