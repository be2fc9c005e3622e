"""The test by which time is asked who has an account: what it finds, and what it does not."""

from pathlib import Path
from random import Random

import pytest

from tests.support.soak.enumeration import PER_NAME, TRIES, compared, enumeration
from tests.support.soak.node import Node, running


def drawn(seed: int, *, later: float = 0.0, seldom: float = 0.0, size: int = TRIES // 2) -> list[tuple[float, float]]:
    """Pairs of times of one distribution; known names may be later, or seldom much later."""
    lots = Random(seed)

    def time() -> float:
        return 0.05 + lots.gammavariate(2, 0.005)

    return [(time() + later + (0.1 if lots.random() < seldom else 0.0), time()) for _ in range(size)]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_found_where_nothing_is(seed: int) -> None:
    assert compared(drawn(seed)).passed


@pytest.mark.parametrize("seed", range(20))
def test_two_milliseconds_are_found_among_seven_of_noise(seed: int) -> None:
    report = compared(drawn(seed, later=0.002))
    assert not report.passed
    assert report.slower > 0.5
    assert "CAN BE TOLD" in str(report)


@pytest.mark.parametrize("seed", range(20))
def test_what_happens_to_one_known_name_in_five_is_found(seed: int) -> None:
    """The medians are nearly equal."""
    assert not compared(drawn(seed, seldom=0.2)).passed


def test_the_bounds_are_those_of_one_false_alarm_in_a_thousand() -> None:
    """Tables of the two-sided tests: c(0.001) = 1.95, z(0.001) = 3.29."""
    report = compared(drawn(0))
    assert report.distance_bound == pytest.approx(1.95 * (2 / 1000) ** 0.5)
    assert report.slower_bound == pytest.approx(3.29 * 0.5 / 1000**0.5)


def test_equal_times_have_no_distance() -> None:
    report = compared([(1.0, 1.0)] * 5 + [(2.0, 2.0)] * 5)
    assert report.distance == 0


async def test_a_running_server_is_tried_with_as_many_known_names_as_unknown_ones(
    tmp_path: Path, anyio_backend: str
) -> None:
    node = Node(tmp_path)
    await node.people("anna", "bert")
    async with running(node):
        report = await enumeration(node.url, ["anna", "bert"], tries=20, seed=1)
        with pytest.raises(ValueError, match="need 2 known names"):
            await enumeration(node.url, ["anna"], tries=4 * PER_NAME)
    assert report.pairs == 10
    assert 0 < report.known < 60
    assert 0 < report.unknown < 60
