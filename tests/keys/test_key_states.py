"""The states of a signing key, as a function of the time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.keys.model import SigningKey, signing


def key(kid: str = "k", *, number: int = 1, alg: str = "ES256", publish_at: int = 0, **times: Any) -> SigningKey:
    return SigningKey(
        kid=kid, alg=alg, use="sig", number=number, public_jwk={}, key_version=1, created_at=0, publish_at=publish_at,
        **times,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "state", "published"),
    [
        (0, "upcoming", True),
        (9, "upcoming", True),
        (10, "upcoming", True),
        (19, "upcoming", True),
        (20, "active", True),
        (30, "retiring", True),
        (39, "retiring", True),
        (40, "gone", False),
    ],
)
def test_a_key_goes_from_upcoming_to_active_to_retiring_to_gone(now: int, state: str, published: bool) -> None:
    """Active at 20, retired at 30, gone at 40; in the key set from the moment that it is known."""
    one = key(publish_at=10, activate_at=20, retire_at=30, gone_at=40)
    assert (one.state(now), one.published(now)) == (state, published)


def test_a_key_without_a_date_of_activation_stays_upcoming() -> None:
    """The next one waits, published, until somebody rotates."""
    assert key().state(10**10) == "upcoming"


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4), st.integers(0, 100), st.integers(0, 100))
def test_states_never_go_back(times: list[int], early: int, late: int) -> None:
    """However the times were written."""
    one = key(publish_at=times[0], activate_at=times[1], retire_at=times[2], gone_at=times[3])
    order = ["upcoming", "active", "retiring", "gone"]
    first, second = sorted((early, late))
    assert order.index(one.state(first)) <= order.index(one.state(second))


def test_the_newest_active_key_of_the_algorithm_signs() -> None:
    """Upcoming, retiring and other algorithms' keys do not."""
    keys = [
        key("old", number=1, activate_at=0, retire_at=20),
        key("new", number=2, activate_at=10),
        key("next", number=3),
        key("other", alg="RS256", activate_at=50),
    ]
    assert [getattr(signing(keys, "ES256", now), "kid", None) for now in (0, 9, 10, 20, 99)] == [
        "old", "old", "new", "new", "new",
    ]  # fmt: skip
    assert signing(keys, "PS256", 49) is None


def test_where_no_key_is_active_yet_the_first_to_be_signs() -> None:
    """A node activated it by a clock that is ahead of this one, or this one was set back."""
    keys = [key("standby", number=1), key("later", number=3, activate_at=90), key("soon", number=2, activate_at=80)]
    assert getattr(signing(keys, "ES256", 10), "kid", None) == "soon"
    assert signing([key("standby")], "ES256", 10) is None


def test_a_key_without_its_private_half_neither_signs_nor_is_published() -> None:
    """Also when a clock that was set back says that it is not gone."""
    one = key(activate_at=0, retire_at=5, gone_at=10, kept=False)
    assert signing([one], "ES256", 3) is None
    assert not one.published(3)
