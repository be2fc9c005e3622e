"""A Valkey for each test that takes `valkey`, empty."""

from collections.abc import Iterator

import pytest

from tests.support.valkey import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A server of its own: the tests stop it, pause it and fill it."""
    server = Valkey()
    yield server
    server.remove()
