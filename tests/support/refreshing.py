"""What the tests of the refresh flow share."""

from typing import Any

import pytest

from gatepass.server.clients.errors import GrantRefused
from gatepass.server.store import Sql, Store
from tests.support.token_server import LAPTOP, TokenServer

DAY = 86_400
STATE = Sql(
    """SELECT f.generation, f.rotated_at, f.idle_until, f.ended_at, g.ended_at, g.ended_by, s.ended_at, s.ended_by,
        s.last_seen_at, s.idle_until
    FROM refresh_families f JOIN grants g ON g.id = f.grant_id JOIN sessions s ON s.id = g.session_id"""
)
SET_BACK = Sql("UPDATE refresh_families SET generation = :generation RETURNING 1", rows=1)


async def opened(store: Store, **more: Any) -> TokenServer:
    """A server that has its signing keys; `more` as for `TokenServer`."""
    server = TokenServer(store, **more)
    await server.ring.open()
    return server


async def refused(server: TokenServer, token: str, **more: Any) -> str:
    """The code that a refresh is refused with."""
    with pytest.raises(GrantRefused) as caught:
        await server.refresh(token, source=LAPTOP, **more)
    return caught.value.code
