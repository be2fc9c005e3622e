"""Figures of rooms that may not import each other. One relies on the other: changed alone, each breaks a promise."""

import inspect

import pytest

from gatepass.gate import Gate
from gatepass.gate.keys import REVALIDATE, STALE
from gatepass.gate.status import POLL, SERVES
from gatepass.jose import Key, KeySet, Verifier
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import Misuse
from gatepass.server.issuing.status_lists import LIFETIME, LOOKED_EVERY
from gatepass.server.keys.plan import CLOCKS_DIFFER, SET_KEPT, SIGNED_FOR, VIEW_KEPT, Schedule
from gatepass.server.status.model import FAIL_OPEN_FOR, LARGEST, TTL
from gatepass.tokens.status_list import MAX_BYTES


def test_gates_poll_as_often_as_lists_are_worth_it() -> None:
    """The server frees an index when a gate that polls every five seconds must have heard of it."""
    assert POLL == TTL == 5


def test_a_gate_goes_on_as_long_as_the_server_reckons_with() -> None:
    """An index that is given to a new grant earlier would refuse its tokens at a gate that could not poll."""
    default = inspect.signature(Gate).parameters["fail_open_for"].default
    assert seconds(default) == FAIL_OPEN_FOR == 60


def test_a_sign_out_reaches_a_gate_within_six_seconds() -> None:
    """Half a second until it is published, of which looking takes its part, and what a list serves without waiting."""
    assert LOOKED_EVERY < 0.5
    assert 0.5 + SERVES <= 6


def test_a_key_outlives_the_lists_that_it_signed() -> None:
    """And every other figure that its end is reckoned from is kept by who causes it."""
    assert LIFETIME <= SIGNED_FOR
    keys = KeySet([Key.generate("ES256")])
    Verifier(keys, issuer="a", audience="b", typ="at+jwt", leeway=CLOCKS_DIFFER)
    with pytest.raises(Misuse):
        Verifier(keys, issuer="a", audience="b", typ="at+jwt", leeway=CLOCKS_DIFFER + 1)


def test_a_key_is_published_long_before_whoever_kept_the_set_meets_its_first_token() -> None:
    """A day is more than any cache, view or gate that is cut off has old keys for."""
    assert max(SET_KEPT, VIEW_KEPT, REVALIDATE, STALE) < Schedule().ahead
    assert (SET_KEPT, VIEW_KEPT, REVALIDATE, STALE) == (300, 30, 60, 3_600)


def test_the_largest_list_that_is_written_can_be_read() -> None:
    """Eight statuses in a byte."""
    assert LARGEST // 8 <= MAX_BYTES
