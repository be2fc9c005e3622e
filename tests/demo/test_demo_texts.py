"""What strangers write is kept on one line, without what cannot be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.demo.sites.texts import TextRefused, one_line

LONGEST = 20


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  two\r\n\tlines  ", "two lines"),
        ("bell\x07 nul\0 del\x7f n\x85l", "bell nul del n l"),
        ("\u202elevart\u202c \u2066x\u2069", "levart x"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("private\ue000 \U000e0041tag", "private tag"),
        ("e\u0301", "\u00e9"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U0001f469\u200d\U0001f527", "\U0001f469\u200d\U0001f527"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
    ],
)
def test_a_text_keeps_what_can_be_read(written: str, kept: str) -> None:
    assert one_line(written, LONGEST) == kept


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200d", "\u202e", "\u0301", "\ud800"])
def test_a_text_without_anything_to_read_is_none(text: str) -> None:
    with pytest.raises(TextRefused, match="no_text"):
        one_line(text, LONGEST)


@pytest.mark.parametrize("text", ["x" * 21, "\u200b" * 100_000])
def test_a_text_that_is_too_long_is_refused(text: str) -> None:
    assert one_line("x" * 20 + "\u200b", LONGEST) == "x" * 20
    with pytest.raises(TextRefused, match="text_too_long"):
        one_line(text, LONGEST)


@given(st.text())
def test_whatever_is_kept_is_kept_as_it_is_the_next_time(text: str) -> None:
    try:
        line = one_line(text, LONGEST)
    except TextRefused:
        return
    assert one_line(line, LONGEST) == line
    assert len(line) <= LONGEST
    assert line.encode()
    assert "\n" not in line
