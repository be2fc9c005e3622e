"""What there is to see, in terminals of any width."""

import pytest

from gatepass import Key
from gatepass.demo.drawing import drawn
from gatepass.demo.story.sights import Beside, Lines, Moment, Sight, Table, Timeline, Token
from gatepass.jose import Signer

TOKEN = Signer(Key.generate("ES256"), typ="JWT", issuer="https://id.example", lifetime=60).sign({"sub": "ada"})
SIGHTS: list[Sight] = [
    Lines("Lines", ("one", "  two words that are longer than the narrowest of terminals")),
    Token("Token", TOKEN),
    Beside("Beside", "left", "x" * 43, "right", "y" * 43),
    Timeline("Timeline", (Moment(0, "issued", "accepted"), Moment(86_400, "a day later", "token_expired"))),
    Table("Table", ("What", "Value", "Meaning"), (("Name", "session", "whose it is"), ("Path", "/", "all of it"))),
]


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: type(sight).__name__)
@pytest.mark.parametrize("width", [0, 20, 34, 60, 94])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(sight: Sight, width: int) -> None:
    lines = drawn(sight, width)
    assert lines[0] == sight.title
    assert max(map(len, lines)) <= max(width, 20)
    letters = "".join("".join(lines).split())
    said = repr(sight).partition("title=")[2]
    assert all(text in letters for text in ("xxx", "yyy") if text in said)


def test_a_table_has_columns_where_they_fit() -> None:
    assert drawn(SIGHTS[4], 60) == [
        "Table",
        "What  Value    Meaning",
        "Name  session  whose it is",
        "Path  /        all of it",
    ]


def test_a_table_is_spelled_out_where_they_do_not() -> None:
    assert drawn(SIGHTS[4], 20) == [
        "Table",
        "Name",
        "  Value: session",
        "  Meaning: whose it",
        "  is",
        "Path",
        "  Value: /",
        "  Meaning: all of it",
    ]


def test_moments_are_told_in_hours_and_days() -> None:
    assert drawn(SIGHTS[3], 60)[1:] == [
        "00:00:00      issued       accepted",
        "1 d 00:00:00  a day later  token_expired",
    ]


def test_a_token_is_shown_in_its_parts_and_read() -> None:
    text = "".join(drawn(SIGHTS[1], 94))
    for part in TOKEN.split("."):
        assert part in text
    assert '"sub": "ada"' in text
