"""Sessions: two limits, one rule, and secrets that are stored as their hash only."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel.errors import Misuse
from gatepass.tokens.sessions import SessionLimits, hash_secret, new_session_secret, session_alive

LIMITS = SessionLimits(idle=600, absolute=3_600)
TIMES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("used_at", "now", "alive"),
    [
        (1_000, 1_000, True),
        (1_000, 1_599, True),
        (1_000, 1_600, False),
        (1_500, 2_099, True),
        (1_500, 2_100, False),
        (4_500, 4_599, True),
        (4_500, 4_600, False),
        (4_599, 4_600, False),
    ],
)
def test_a_session_started_at_1000_ends_at_the_first_of_both_limits(used_at: int, now: int, alive: bool) -> None:
    assert session_alive(LIMITS, started_at=1_000, used_at=used_at, now=now) is alive


@given(TIMES, TIMES, TIMES, TIMES)
def test_a_session_that_is_over_stays_over(started: int, used: int, now: int, later: int) -> None:
    if not session_alive(LIMITS, started_at=started, used_at=used, now=now):
        assert not session_alive(LIMITS, started_at=started, used_at=used, now=now + later)


@given(TIMES, TIMES)
def test_no_use_keeps_a_session_beyond_its_absolute_limit(started: int, used: int) -> None:
    assert not session_alive(LIMITS, started_at=started, used_at=started + used, now=started + 3_600)


@given(TIMES, TIMES)
def test_it_is_alive_until_it_ends(started: int, used: int) -> None:
    end = LIMITS.ends_at(started_at=started, used_at=used)
    assert session_alive(LIMITS, started_at=started, used_at=used, now=end - 1)
    assert not session_alive(LIMITS, started_at=started, used_at=used, now=end)


@pytest.mark.parametrize(("idle", "absolute"), [(0, 10), (-1, 10), (11, 10), (0, 0), (10, -1)])
def test_limits_that_limit_nothing_are_a_mistake(idle: int, absolute: int) -> None:
    with pytest.raises(Misuse):
        SessionLimits(idle, absolute)


def test_both_limits_may_be_the_same() -> None:
    assert SessionLimits(600, 600).ends_at(started_at=1_000, used_at=1_500) == 1_600


def test_secrets_are_long_and_never_the_same() -> None:
    made = {new_session_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(one) for one in made} == {43}


def test_what_is_stored_is_the_sha256() -> None:
    assert hash_secret("abc") == hashlib.sha256(b"abc").digest()


@given(st.text(), st.text())
def test_every_text_of_a_cookie_has_a_hash_of_its_own(one: str, other: str) -> None:
    assert len(hash_secret(one)) == 32
    assert (hash_secret(one) == hash_secret(other)) is (one == other)


def test_an_unpaired_surrogate_has_a_hash_too() -> None:
    assert hash_secret("\ud800") != hash_secret("\ud801")
