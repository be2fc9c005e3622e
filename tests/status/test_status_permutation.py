"""The secret order in which indexes are drawn."""

import itertools

import pytest

from gatepass.server.status.permutation import permuted

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize("bits", [2, 3, 4, 7, 10, 11])
def test_each_number_comes_once(bits: int) -> None:
    """Sizes with an odd number of bits as well."""
    found = [permuted(number, bits, KEY, "list") for number in range(2**bits)]
    assert sorted(found) == list(range(2**bits))


def test_the_order_is_another_one_for_each_key_list_and_size() -> None:
    numbers = range(64)
    orders = {
        tuple(permuted(number, bits, key, tweak) for number in numbers)
        for bits in (20, 21)
        for key in (KEY, OTHER)
        for tweak in ("a", "b")
    }
    assert len(orders) == 8


def test_what_is_drawn_one_after_the_other_does_not_lie_together() -> None:
    """Of a thousand neighbours in a list of a million, all but a few lie more than a thousand apart, as by chance."""
    found = [permuted(number, 20, KEY, "list") for number in range(1_000)]
    near = sum(abs(one - other) < 1_000 for one, other in itertools.pairwise(found))
    assert near < 20
    assert 400 < sum(one < 2**19 for one in found) < 600
