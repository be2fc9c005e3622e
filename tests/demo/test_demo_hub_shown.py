"""What the hub makes of texts before it draws them: nothing is lost, and nothing is taken for more than it is."""

from hypothesis import given
from hypothesis import strategies as st

from gatepass.demo.hub import shown
from gatepass.demo.story.sights import Beside, Moment, Timeline
from gatepass.testing import TestIssuer

TOKEN = TestIssuer().token(audience="https://bank.example", subject="ada-1")
TEXTS = st.one_of(st.text(), st.text("eyJabc.-_ \n", max_size=60), st.just(f"Bearer {TOKEN}, {TOKEN}"))


@given(TEXTS)
def test_colouring_loses_no_character(text: str) -> None:
    assert "".join(piece for piece, _ in shown.coloured(text)) == text


def test_the_three_parts_of_a_token_are_told_apart_in_any_text() -> None:
    header, payload, signature = TOKEN.split(".")
    assert shown.coloured(f"Bearer {TOKEN}!") == [
        ("Bearer ", ""),
        (header, "header"),
        (".", ""),
        (payload, "payload"),
        (".", ""),
        (signature, "signature"),
        ("!", ""),
    ]


@given(st.text(), st.text())
def test_what_differs_between_two_texts_is_marked_and_nothing_else(left: str, right: str) -> None:
    drawn = shown.beside(Beside("", "", left, "", right))
    assert tuple("".join(piece for piece, _ in side) for side in drawn) == (left, right)
    plain = ["".join(piece for piece, what in side if not what) for side in drawn]
    assert plain[0] == plain[1]
    assert any(what for side in drawn for _, what in side) == (left != right)


@given(st.one_of(st.text(), st.just(TOKEN), st.just("." * 9), st.just("W1tb" * 9_000)))
def test_any_text_has_three_parts_of_which_the_last_is_never_decoded(text: str) -> None:
    parts = shown.parts_of(text)
    assert [part.name for part in parts] == ["header", "payload", "signature"]
    assert [part.raw for part in parts] == [*text.split("."), "", ""][:3]
    assert parts[2].decoded == ""


@given(st.lists(st.integers(-10, 100_000), min_size=1, max_size=6).map(sorted))
def test_moments_stand_in_their_order_within_the_line(times: list[int]) -> None:
    ticks = shown.ticks(Timeline("", tuple(Moment(time, "", "accepted") for time in times)))
    places = [tick.at for tick in ticks]
    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] <= shown.DRAWN
    assert [tick.until for tick in ticks] == [*places[1:], shown.SCALE]


def test_a_length_of_time_is_told_in_its_units() -> None:
    assert [shown.since(seconds) for seconds in (0, 59, 310, 3_600, 86_430, 172_800, -30)] == [
        "0 s",
        "59 s",
        "5 min 10 s",
        "1 h",
        "1 day 30 s",
        "2 days",
        "−30 s",
    ]
