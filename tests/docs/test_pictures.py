"""The pictures of how things work: one style, for light and for dark pages, and in words for those who hear them."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gatepass.demo.story.story import story
from tests.support.pictures import FOLDER, NAMES
from tests.support.source import ROOT

SVG = "{http://www.w3.org/2000/svg}"
WRITTEN = ("name", "say", "note", "mono", "dot", "header", "payload", "signature", "good", "bad")
GROUNDS = ("page", "box", "who", "trouble")
SMALLEST = 11
"""Pixels, when a picture is as wide as a narrow screen."""


def drawn(name: str) -> ElementTree.Element:
    return ElementTree.parse(FOLDER / f"{name}.svg").getroot()


def style(name: str) -> str:
    """The one style sheet of a picture."""
    (found,) = drawn(name).iter(f"{SVG}style")
    return found.text or ""


def fills(rules: str) -> Iterator[tuple[str, str]]:
    """Class and colour of each rule that fills something."""
    for selectors, colour in re.findall(r"([.\w, -]+) \{[^}]*?fill: (#\w{6})", rules):
        for selector in selectors.split(","):
            yield selector.strip().lstrip("."), colour


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_says_in_words_what_it_shows(name: str) -> None:
    root = drawn(name)
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert described is not None
    assert (title.get("id"), described.get("id")) == ("title", "desc")
    assert len(title.text or "") > 10
    assert len(described.text or "") > 100


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_needs_nothing_but_itself(name: str) -> None:
    """It is shown as an image, where nothing else is loaded and no script runs."""
    text = (FOLDER / f"{name}.svg").read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://(?!\w+\.example)|href|<script|<image|@import|url\((?!#)", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_can_be_read_on_a_narrow_screen(name: str) -> None:
    width = float(drawn(name).get("viewBox", "").split()[2])
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", style(name))]
    assert min(sizes) * 360 / width > SMALLEST


def test_all_pictures_have_one_style() -> None:
    assert len({style(name) for name in NAMES}) == 1


def test_every_text_has_contrast_on_every_ground_in_light_and_dark() -> None:
    """WCAG 2.2 AA: 4.5 to 1."""
    light, _, dark = style(NAMES[0]).partition("@media (prefers-color-scheme: dark)")
    assert dark
    for colours in (dict(fills(light)), dict(fills(light)) | dict(fills(dark))):
        pairs = [(text, ground, contrast(colours[text], colours[ground])) for text in WRITTEN for ground in GROUNDS]
        assert not [pair for pair in pairs if pair[2] < 4.5]


def test_every_picture_is_shown_in_the_demo() -> None:
    scenes = [scene for chapter in story() for scene in chapter.scenes]
    assert {scene.picture for scene in scenes if scene.picture} == set(NAMES)


def test_the_parts_of_a_token_have_the_colours_of_the_hub() -> None:
    hub = (ROOT / "src/gatepass/demo/hub/static/hub.css").read_text()
    shown = re.findall(r"--part-(\w+): (#\w{6})", hub)
    light, _, dark = style(NAMES[0]).partition("@media (prefers-color-scheme: dark)")
    parts = ("header", "payload", "signature")
    assert shown == [(part, dict(fills(rules))[part]) for rules in (light, dark) for part in parts]


def test_every_picture_is_shown_in_a_document() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {Path(name).stem for one in documents for name in re.findall(r"pictures/([\w-]+\.svg)", one.read_text())}
    assert shown >= set(NAMES)
    assert shown == {path.stem for path in FOLDER.glob("*.svg")}
