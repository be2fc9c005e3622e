"""The text of refresh tokens: `family.generation.mac`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel.ids import new_id
from gatepass.server.sessions.refresh_token import genuine, parse, write

KEY = bytes(range(32))
SALT = bytes(16)
FAMILY = "A" * 22


def token(generation: int = 7, *, key: bytes = KEY, version: int = 1, family: str = FAMILY, salt: bytes = SALT) -> str:
    return write(key, version=version, family=family, generation=generation, salt=salt)


@given(generation=st.integers(0, 10**15 - 1), salt=st.binary(min_size=16, max_size=16), version=st.integers(1, 99))
def test_what_is_written_is_read_back_and_genuine(generation: int, salt: bytes, version: int) -> None:
    """A token names its family and generation, and its own row proves it."""
    family = new_id()
    found = parse(token(generation, family=family, salt=salt, version=version))
    assert found is not None
    assert (found.family, found.generation) == (family, generation)
    assert genuine(found, KEY, version=version, salt=salt)


@given(st.text(max_size=200))
def test_any_text_is_a_token_or_none(text: str) -> None:
    """No input raises."""
    found = parse(text)
    assert found is None or found.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        token() + "\n",
        " " + token(),
        token()[:-1],
        token() + "A",
        token().replace(".7.", ".07."),
        token().replace(".7.", ".-7."),
        token().replace(".7.", ".+7."),
        token().replace(".7.", ".٧."),
        token().replace(".7.", "..7."),
        token().replace(".7.", ".9999999999999999."),
        token() + "=",
        token() * 1000,
        token() + ".x",
    ],
)
def test_a_text_of_another_form_is_refused_before_anything_is_read(text: str) -> None:
    """Step 1 of a refresh: size and form."""
    assert parse(text) is None


def test_every_changed_character_is_found() -> None:
    """Wherever one character is replaced, the token is malformed or not genuine; the unused bits of the last too."""
    text = token()
    for position, char in enumerate(text):
        for other in "AB7_-.":
            changed = parse(text[:position] + other + text[position + 1 :])
            if other != char and changed is not None:
                assert not genuine(changed, KEY, version=1, salt=SALT)


@pytest.mark.parametrize(
    "other",
    [
        token(key=bytes(32)),
        token(version=2),
        token(salt=bytes([1] * 16)),
        token(8).replace(".8.", ".7."),
        token(family="B" * 22).replace("B" * 22, FAMILY),
    ],
    ids=["key", "version", "salt", "generation", "family"],
)
def test_the_mac_binds_each_field(other: str) -> None:
    """Purpose, key version, family, generation and salt are under the MAC."""
    found = parse(other)
    assert found is not None
    assert not genuine(found, KEY, version=1, salt=SALT)


@given(st.binary(min_size=1, max_size=16), st.integers(1, 15))
def test_fields_cannot_flow_into_each_other(salt: bytes, cut: int) -> None:
    """The MAC's input is length-prefixed: moving bytes from one field to the next gives another token."""
    assert token(1, salt=b"2" + salt).rpartition(".")[2] != token(12, salt=salt).rpartition(".")[2]
    moved = write(KEY, version=1, family=FAMILY[:-cut], generation=1, salt=FAMILY[-cut:].encode() + salt)
    assert moved.rpartition(".")[2] != token(1, salt=salt).rpartition(".")[2]


def test_a_token_does_not_show_itself() -> None:
    """Its repr names the family and the generation only."""
    found = parse(token())
    assert found is not None
    assert token() not in repr(found)
    assert token().rpartition(".")[2] not in repr(found)
