"""The drawn life of keys: nothing but what their rows say, readable by everybody."""

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.keys.model import SigningKey
from gatepass.server.keys.timeline import Span, Window, spans, svg, text

NOW = 1_800_000_000
DAY = 86_400
SVG = "{http://www.w3.org/2000/svg}"


def key(kid: str, publish_at: int, *rest: int | None, alg: str = "ES256") -> SigningKey:
    times: Any = dict(zip(("activate_at", "retire_at", "gone_at"), rest, strict=False))
    return SigningKey(
        kid=kid, alg=alg, use="sig", number=1, public_jwk={"x": "never drawn"}, key_version=1, created_at=publish_at,
        publish_at=publish_at, **times,
    )  # fmt: skip


KEYS = [
    key("first-of-all-keys", NOW - 100 * DAY, NOW - 100 * DAY, NOW - 10 * DAY, NOW - 9 * DAY),
    key("second-of-all-keys", NOW - 100 * DAY, NOW - 10 * DAY),
    key("third-of-all-keys", NOW - 10 * DAY),
]
WINDOW = Window(0, 50, 100)


@pytest.mark.parametrize(
    ("times", "parts"),
    [
        ((10,), [("waits", 10, 100)]),
        ((10, 10), [("signs", 10, 100)]),
        ((10, 20, 30, 40), [("waits", 10, 20), ("signs", 20, 30), ("believed", 30, 40)]),
        ((10, 20, None, 40), [("waits", 10, 20), ("signs", 20, 40)]),
        ((10, None, None, 40), [("waits", 10, 40)]),
        ((10, 10, 30, 20), [("signs", 10, 20)]),
    ],
    ids=["stands by", "first", "whole life", "revoked while it signed", "revoked before it signed", "while retiring"],
)
def test_a_key_waits_signs_and_is_believed(times: tuple[int | None, ...], parts: list[tuple[str, int, int]]) -> None:
    assert spans(key("k", times[0] or 0, *times[1:]), WINDOW) == [Span(*part) for part in parts]


def test_a_terminal_shows_a_line_for_each_key_and_where_now_is() -> None:
    lines = text(KEYS, NOW, width=40).splitlines()
    column = lines[0].index("now")
    indent = lines[1].index("█")
    assert [line.split()[0] for line in lines[1:4]] == ["ES256"] * 3
    assert set(lines[1][indent:]) == {"█", "▒"}
    assert lines[2][indent : indent + 3] == "···"
    assert lines[2][column] == "█"
    assert lines[3][column] == "·"


def test_the_picture_says_in_words_what_it_shows() -> None:
    """For a screen reader: each key, its state and its dates."""
    root = ElementTree.fromstring(svg(KEYS, NOW))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "title desc"
    told = root.findtext(f"{SVG}desc") or ""
    for part in ("first-of-all is gone", "second-of-al is active", "third-of-all is upcoming", "signs from 2027-01-05"):
        assert part in told
    assert root.findtext(f"{SVG}title") == "Signing keys through time"


def test_the_picture_follows_the_scheme_and_loads_nothing() -> None:
    drawn = svg(KEYS, NOW)
    assert "prefers-color-scheme: dark" in drawn
    assert "never drawn" not in drawn
    for part in ("<script", "href", "url(", "@import", " on"):
        assert part not in drawn.replace(" one", "").partition("<style>")[2], part


def test_texts_of_a_row_cannot_leave_their_place() -> None:
    """The database is not believed to hold what we wrote."""
    drawn = svg([key('"><script>x</script>', NOW, alg="<b>&")], NOW)
    ElementTree.fromstring(drawn)
    assert "<script" not in drawn
    assert "<b>" not in drawn


def test_an_empty_ring_can_be_drawn() -> None:
    ElementTree.fromstring(svg([], NOW))
    assert text([], NOW).splitlines()[0].strip() == "now"


@given(st.lists(st.lists(st.integers(0, 2 * NOW), min_size=1, max_size=4), max_size=5), st.integers(0, 2 * NOW))
def test_every_bar_lies_inside_the_picture(rows: list[list[int]], now: int) -> None:
    """Whatever the times are."""
    keys = [key(f"kid-number-{number}", *times) for number, times in enumerate(rows)]
    for rect in ElementTree.fromstring(svg(keys, now)).iter(f"{SVG}rect"):
        x, width = float(rect.get("x", 0)), float(rect.get("width", 0))
        assert x >= 0
        assert x + width <= 340
    assert max(map(len, text(keys, now, width=40).splitlines())) <= 120
