"""The sessions of a process: bounded, and all of one person's can be ended."""

import tracemalloc

import pytest

from gatepass import Identity, ServerSession
from gatepass.demo.sites.sessions import MOST, Sessions

FORUM = "http://forum.localhost:8007"
ADA, BEN = (Identity(name, issuer=FORUM) for name in ("ada", "ben"))
NAMESAKE = Identity("ada", issuer="http://id.localhost:8000")


@pytest.fixture
def store() -> Sessions:
    """A memory with nobody in it."""
    return Sessions()


def begin(store: Sessions, *people: Identity) -> None:
    """One session for each of these."""
    sessions = ServerSession(store, url=FORUM)
    for who in people:
        sessions.open(who)


def test_all_sessions_of_a_person_end_and_nobody_elses(store: Sessions) -> None:
    begin(store, ADA, BEN, ADA, NAMESAKE)
    store.end_all(ADA)
    assert len(store) == 2
    store.end_all(ADA)
    store.end_all(BEN)
    assert len(store) == 1


def test_there_are_so_many_and_no_more(store: Sessions) -> None:
    """And those that have given way are in nobody's way afterwards."""
    begin(store, BEN, *[ADA] * (2 * MOST + 10))
    assert len(store) == MOST
    begin(store, BEN)
    store.end_all(ADA)
    assert len(store) == 1


def test_nothing_grows_with_sessions_that_have_given_way(store: Sessions) -> None:
    tracemalloc.start()
    begin(store, *[ADA] * 3 * MOST)
    few, _ = tracemalloc.get_traced_memory()
    begin(store, *[ADA] * 5 * MOST)
    many, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert many < 1.5 * few
