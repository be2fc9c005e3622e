"""Which scopes a token gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.clients.errors import GrantRefused
from gatepass.server.clients.scopes import granted_scope, parse_scope, refreshed_scope

HELD = ("email", "order", "pension:read", "profile")
names = st.sampled_from(["email", "order", "pension:read", "profile", "admin"])
scopes = st.none() | st.lists(names, max_size=6).map(" ".join)


@pytest.mark.parametrize(
    ("asked", "offered", "granted"),
    [
        ("pension:read", None, "pension:read"),
        ("profile pension:read profile", None, "profile pension:read"),
        ("admin pension:read", None, "pension:read"),
        ("admin", None, ""),
        (None, None, "order pension:read"),
        ("", None, "order pension:read"),
        (None, ("pension:read",), "pension:read"),
        ("order pension:read profile email", ("pension:read",), "pension:read profile email"),
        ("order", ("pension:read",), ""),
    ],
)
def test_a_sign_in_gets_what_is_asked_for_and_held(
    asked: str | None, offered: tuple[str, ...] | None, granted: str
) -> None:
    """What is asked for and held, if it means something there; asked for nothing: all but what is about the person."""
    assert granted_scope(asked, HELD, offered) == granted


@pytest.mark.parametrize(
    "text", ["a  b", " a", "a ", 'a"', "a\\b", "a\tb", "a\nb", "é", "\0", "\ud800", "a " * 600 + "a"]
)
def test_a_malformed_scope_is_refused(text: str) -> None:
    """RFC 6749 section 3.3: printable ASCII names, one space between them."""
    with pytest.raises(GrantRefused, match="invalid_scope"):
        granted_scope(text, HELD)
    with pytest.raises(GrantRefused, match="invalid_scope"):
        refreshed_scope(text, "a b", HELD)


@given(st.text())
def test_any_text_is_a_scope_or_refused(text: str) -> None:
    """Nothing else escapes, and what is accepted is the same text again, without repetitions."""
    try:
        found = parse_scope(text)
    except GrantRefused:
        return
    assert (found is None) == (text == "")
    assert found is None or set(found) == set(text.split(" "))


def test_a_refresh_gets_all_that_was_granted_or_the_part_asked_for() -> None:
    """RFC 6749 section 6."""
    assert refreshed_scope(None, "profile order", HELD) == "profile order"
    assert refreshed_scope("order", "profile order", HELD) == "order"


def test_a_refresh_never_gets_more_than_was_granted() -> None:
    """Not even what the person holds."""
    with pytest.raises(GrantRefused, match="invalid_scope"):
        refreshed_scope("order pension:read", "order", HELD)


def test_a_refresh_loses_what_was_taken_from_the_person() -> None:
    """Scopes are asked for again at each refresh."""
    assert refreshed_scope(None, "profile order", ("profile",)) == "profile"
    assert refreshed_scope("order", "profile order", ("profile",)) == ""


@given(
    asked=scopes,
    granted=st.lists(names, unique=True).map(" ".join),
    held=st.sets(names),
    offered=st.none() | st.sets(names),
)
def test_no_token_ever_has_a_scope_that_is_not_held(
    asked: str | None, granted: str, held: set[str], offered: set[str] | None
) -> None:
    """Nor one that is not asked for, not granted, or means nothing to the audience."""
    meant = held if offered is None else held & (offered | {"profile", "email"})
    assert set(granted_scope(asked, held, offered).split()) <= meant
    try:
        refreshed = set(refreshed_scope(asked, granted, held, offered).split())
    except GrantRefused:
        assert asked
        assert not set(asked.split()) <= set(granted.split())
        return
    assert refreshed <= meant & set(granted.split())
    assert not asked or refreshed <= set(asked.split())
