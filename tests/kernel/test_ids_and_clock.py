"""Random ids, constant-time comparison, and the one place where time is read."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_bytes, new_id, new_secret, same


@pytest.mark.parametrize(("make", "length"), [(new_id, 22), (new_secret, 43)])
def test_an_id_is_random_text_for_urls_and_cookies(make: Callable[[], str], length: int) -> None:
    made = [make() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(re.fullmatch(rf"[A-Za-z0-9_-]{{{length}}}", one) for one in made)


def test_random_bytes_have_the_length_asked_for() -> None:
    assert [len(new_bytes(length)) for length in (0, 1, 16, 32)] == [0, 1, 16, 32]
    assert new_bytes(16) != new_bytes(16)


@given(st.binary(), st.binary())
def test_same_is_equality(left: bytes, right: bytes) -> None:
    assert same(left, right) is (left == right)
    assert same(left, bytes(left))


def test_the_wall_clock_tells_seconds_since_the_epoch() -> None:
    before = time.time()
    assert before <= clock.now() <= time.time()


def test_the_other_clock_never_steps_back() -> None:
    read = [clock.monotonic() for _ in range(1_000)]
    assert read == sorted(read)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(0, 0), (90, 90), ("0s", 0), ("90s", 90), ("5m", 300), ("12h", 43_200), ("14d", 1_209_600)],
)
def test_a_duration_is_read_as_people_write_it(written: str | int, seconds: int) -> None:
    assert clock.seconds(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        *("", "5", "m", "5 m", " 5m", "5m\n", "-5m", "+5m", "5.5m", "5M", "5w", "5m5s", "\u0665m", "1" * 10 + "s"),
        *(-1, 1.5, True, None, ["5m"], b"5m"),
    ],
)
def test_what_is_no_duration_is_a_mistake(written: object) -> None:
    with pytest.raises(Misuse):
        clock.seconds(written)  # type: ignore[arg-type]  # settings files bring what they like
