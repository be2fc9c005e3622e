"""The moment at which refused sign-ins leave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.users.pace import BUSIEST, HALF_LIFE, MARGIN, MOST, Pace


def measured(**work: float) -> Pace:
    pace = Pace()
    for scheme, took in work.items():
        pace.learn(scheme, took)
    return pace


def moment(pace: Pace, spent: float, now: float = 0.0) -> float:
    return spent + pace.left(spent, now)


def test_it_is_what_the_slowest_scheme_takes_and_a_quarter() -> None:
    assert moment(measured(quick=0.03, slow=0.4), 0.03) == pytest.approx(0.5)


def test_nothing_is_waited_for_where_nothing_was_measured() -> None:
    assert moment(Pace(), 0.03) == 0.03


def test_a_hash_that_was_kept_waiting_makes_all_refusals_later_for_a_while() -> None:
    pace = measured(quick=0.03, slow=0.4)
    pace.saw("quick", 0.09, 0.0)
    assert moment(pace, 0.1) == pytest.approx(3 * 0.5)
    assert moment(pace, 0.1, HALF_LIFE) == pytest.approx(2 * 0.5)
    assert moment(pace, 0.1, 60 * HALF_LIFE) == pytest.approx(0.5)


def test_a_hash_that_ended_early_changes_nothing() -> None:
    """Some passwords are refused before any work: nobody shortens the moment with them."""
    pace = measured(quick=0.03, slow=0.4)
    for scheme in ("quick", "slow", "unheard of"):
        pace.saw(scheme, 0.000_01, 0.0)
    assert moment(pace, 0.03) == pytest.approx(0.5)


def test_one_hash_that_waited_for_ever_does_not_make_refusals_take_for_ever() -> None:
    pace = measured(quick=0.03)
    pace.saw("quick", 1e9, 0.0)
    assert moment(pace, 0.03) == pytest.approx(BUSIEST * MARGIN * 0.03)


@given(spent=st.floats(0, 100), work=st.floats(0.001, 100), busy=st.floats(0, 100))
def test_a_refusal_never_leaves_between_two_beats_and_waits_less_than_ten_seconds(
    spent: float, work: float, busy: float
) -> None:
    pace = measured(only=work)
    pace.saw("only", busy * work, 0.0)
    beat, left = moment(pace, 0.0), pace.left(spent, 0.0)
    assert 0 <= left <= beat <= MOST
    beats = (spent + left) / beat
    assert beats == pytest.approx(round(beats), abs=1e-6)
