"""`decide`: what a genuine refresh token may do, as a table and as properties."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.sessions.model import Chain, Decision, Ended, Grace, Repeat, Reuse, Rotate, SetBack, decide
from tests.support.session_rows import FAMILY, GRANT, SESSION

NO_OUTAGE = Grace(seconds=30, newest=10**9, resumed=-(10**9))


def chain(**family: int) -> Chain:
    return Chain(session=SESSION, grant=GRANT, family=msgspec.structs.replace(FAMILY, **family))


@pytest.mark.parametrize(
    ("presented", "now", "decision"),
    [
        (5, 50, Rotate(successor=6)),
        (4, 50, Repeat(successor=5)),
        (4, 69, Repeat(successor=5)),
        (4, 70, Reuse()),
        (3, 50, Reuse()),
        (0, 50, Reuse()),
        (6, 50, SetBack(successor=7)),
        (900, 50, SetBack(successor=901)),
        (5, 100, Ended()),
        (4, 100, Ended()),
        (0, 100, Ended()),
    ],
)
def test_a_family_at_generation_five_rotated_at_forty(presented: int, now: int, decision: Decision) -> None:
    """Steps 5 and 6, with a grace of 30 s and an idle limit at second 100."""
    assert decide(chain(generation=5, rotated_at=40), presented, now, NO_OUTAGE) == decision


@pytest.mark.parametrize("presented", [0, 3, 4, 5, 6])
def test_an_ended_family_is_over_for_every_generation(presented: int) -> None:
    """ "Ended or expired" comes before everything else: a replay in a dead family is no news."""
    assert decide(chain(generation=5, ended_at=1), presented, 50, NO_OUTAGE) == Ended()


@pytest.mark.parametrize(
    ("rotated_at", "resumed", "now", "covered"),
    [
        (5000, 5, 4971, True),  # another node's clock is half a minute ahead
        (5000, 5, 4970, False),
        (5000, 4999, 4970, True),
        (5000, 5000, 4970, False),
    ],
)
def test_a_clock_that_was_set_back_does_not_prolong_the_grace(
    rotated_at: int, resumed: int, now: int, covered: bool
) -> None:
    """Else a stolen token would be answered again and again until the clock has caught up."""
    assert Grace(seconds=30, newest=5000, resumed=resumed).covers(rotated_at, now) is covered


@pytest.mark.parametrize("part", ["session", "grant", "family"])
def test_nothing_outlives_what_it_hangs_on(part: str) -> None:
    """Even if only one of the three rows says that it is over."""
    whole = chain(generation=5, rotated_at=40)
    broken = msgspec.structs.replace(whole, **{part: msgspec.structs.replace(getattr(whole, part), ended_at=1)})
    assert decide(whole, 5, 50, NO_OUTAGE) == Rotate(successor=6)
    assert decide(broken, 5, 50, NO_OUTAGE) == Ended()


def test_a_grace_of_zero_never_repeats() -> None:
    """Not even in the very second of the rotation, nor after an outage."""
    family = chain(generation=5, rotated_at=40)
    assert decide(family, 4, 40, Grace(seconds=0, newest=40, resumed=40)) == Reuse()


@pytest.mark.parametrize(
    ("rotated_at", "now", "covered"),
    [
        (1000, 5000, True),  # the newest rotation before the outage, right after it
        (970, 5029, True),  # the oldest that is graced, in the last second
        (970, 5030, False),  # resumed + grace has passed
        (969, 5000, False),  # had run out before the outage began
        (4990, 5019, True),  # after the outage the ordinary grace applies
        (4990, 5020, True),  # made while another node could answer: still one of the newest
    ],
)
def test_the_grace_clock_stands_still_while_nothing_can_answer(rotated_at: int, now: int, covered: bool) -> None:
    """Rotations from L - grace on are graced until resumed + grace: newest at 1000, back at 5000, grace 30."""
    assert Grace(seconds=30, newest=1000, resumed=5000).covers(rotated_at, now) is covered


@given(
    generation=st.integers(0, 50),
    presented=st.integers(0, 60),
    rotated_at=st.integers(0, 99),
    waited=st.integers(0, 99),
    seconds=st.integers(0, 60),
)
def test_only_the_newest_and_a_fresh_predecessor_are_ever_answered(
    generation: int, presented: int, rotated_at: int, waited: int, seconds: int
) -> None:
    """Whatever the numbers: an older token never rotates, and a repeat gives the newest token, never a new one."""
    now = min(rotated_at + waited, 99)
    grace = Grace(seconds=seconds, newest=10**9, resumed=-(10**9))
    found = decide(chain(generation=generation, rotated_at=rotated_at), presented, now, grace)
    if isinstance(found, Rotate | SetBack):
        assert presented >= generation
        assert found.successor == presented + 1
    elif isinstance(found, Repeat):
        assert (presented, found.successor) == (generation - 1, generation)
        assert now - rotated_at < seconds
    else:
        assert found == Reuse()
        assert presented < generation
