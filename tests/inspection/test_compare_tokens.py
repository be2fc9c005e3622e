"""Two tokens side by side: what is added, removed or changed, and dates as distances."""

import pytest

from gatepass.inspection import Difference, compare
from gatepass.jose import TokenRefused
from tests.support.forge import segment, token
from tests.support.token_world import CLAIMS, HS, NOW

ONE = token(HS, CLAIMS, b"1")


def test_differences_stand_in_the_order_of_the_tokens() -> None:
    other = token(HS | {"kid": "new"}, {**CLAIMS, "exp": NOW + 3_900, "scope": "a"} | {"sub": ["42"]})
    found = compare(ONE, f"Bearer {other}")
    assert (found.same, found.readable, found.alike) == (False, True, 6)
    assert found.differences == (
        Difference("header", "kid", "changed", "hs", "new"),
        Difference("payload", "sub", "changed", "42", ["42"]),
        Difference("payload", "exp", "changed", NOW + 300, NOW + 3_900, 3_600),
        Difference("payload", "scope", "added", after="a"),
    )
    back = compare(other, ONE)
    assert Difference("payload", "scope", "removed", before="a") in back.differences
    assert Difference("payload", "exp", "changed", NOW + 3_900, NOW + 300, -3_600) in back.differences


def test_the_same_token_in_another_wrapping_is_the_same() -> None:
    found = compare(ONE, f'{{"access_token": "{ONE}"}}')
    assert (found.same, found.differences) == (True, ())


def test_only_the_signature_may_differ() -> None:
    found = compare(ONE, token(HS, CLAIMS, b"2"))
    assert (found.same, found.differences, found.alike) == (False, (), 9)


def test_a_truth_is_no_number_and_the_order_of_members_means_nothing() -> None:
    found = compare(token(HS, {"a": 1, "b": {"x": 1, "y": 2}}), token(HS, {"b": {"y": 2, "x": 1}, "a": True}))
    assert [(one.name, one.before, one.after) for one in found.differences] == [("a", 1, True)]


def test_of_what_cannot_be_read_only_the_headers_are_compared() -> None:
    encrypted = f"{segment({'alg': 'dir', 'enc': 'A256GCM'})}.....".removesuffix(".")
    for other in (encrypted, ONE[:90], segment(HS)):
        found = compare(ONE, other)
        assert not found.readable
        assert {one.place for one in found.differences} <= {"header"}


def test_what_is_no_token_is_refused() -> None:
    with pytest.raises(TokenRefused):
        compare(ONE, "nothing")
