"""The flows about people, on both engines."""

from collections.abc import AsyncIterator

import pytest

from gatepass.server.store import Store
from tests.support.accounts import Accounts, accounts


@pytest.fixture
async def server(store: Store) -> AsyncIterator[Accounts]:
    server = accounts(store)
    await server.ring.open()
    yield server
    await server.close()
