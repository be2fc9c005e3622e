"""The fuzz targets run: on their seeds, on seeds that were bent, and on any bytes, without a fuzzer."""

import functools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.targets import RAW, SEALED, SIGNERS, TARGETS
from gatepass.jose import jws

seeds = functools.cache(lambda name: TARGETS[name].seeds())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_takes_its_seeds(name: str) -> None:
    assert seeds(name)
    for seed in seeds(name):
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_but_a_refusal_comes_out_of_a_bent_seed(name: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(seeds(name)))
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 20)))

    TARGETS[name].run(seed[:start] + data.draw(st.binary(max_size=8)) + seed[end:])


@pytest.mark.parametrize("name", TARGETS)
@given(kind=st.sampled_from([RAW, SEALED, b""]), rest=st.binary() | st.text().map(str.encode))
def test_nothing_but_a_refusal_comes_out_of_any_bytes(name: str, kind: bytes, rest: bytes) -> None:
    TARGETS[name].run(kind + rest)


def test_a_target_would_notice_a_forgery() -> None:
    """What its keys signed, and its seeds do not hold, is what a forged token would look like."""
    forged = jws.sign_json(b"another payload", SIGNERS)

    with pytest.raises(AssertionError, match="forged"):
        TARGETS["jws"].run(RAW + json.dumps(forged).encode())
