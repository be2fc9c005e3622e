"""A gate, the issuer it trusts, the server that publishes for it, and the time of all three.

A module whose server is of another kind brings its own `server`; the rest fits that one as well.
"""

from collections.abc import Iterator

import pytest

from gatepass import Gate
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, TestClock
from tests.support.status_lists import ListServer


@pytest.fixture
def server() -> Iterator[ListServer]:
    made = ListServer()
    with made.running():
        yield made
        made.lists_gate.set()


@pytest.fixture
def time() -> TestClock:
    return TestClock()


@pytest.fixture
def issuer(server: ListServer, time: TestClock) -> TestIssuer:
    """An issuer whose key is published, and a list in which nothing is set."""
    made = server.issuer(clock=time)
    server.publish(made)
    server.publish_list(made)
    return made


@pytest.fixture
def gate(server: ListServer, time: TestClock) -> Gate:
    return Gate(trust=server.url, audience=SHOP, clock=time)
