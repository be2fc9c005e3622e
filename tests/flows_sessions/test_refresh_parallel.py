"""Many refreshes of one token at once: two tabs, a retrying client, a thief."""

import asyncio

import pytest

from gatepass.jose import unverified_claims
from gatepass.server.clients.errors import GrantRefused
from gatepass.server.issuing.answer import TokenAnswer
from gatepass.server.store import Sql, Store, open_store
from tests.support.token_server import LAPTOP, TokenServer

GENERATION = Sql("SELECT generation FROM refresh_families")


async def test_fifty_refreshes_at_once_move_one_generation(store: Store) -> None:
    """All get the same successor, each an access token of its own; one audit line."""
    server = TokenServer(store)
    await server.ring.open()
    api = await server.api(server.person())
    answers = await asyncio.gather(*(server.refresh(api.refresh_token, source=LAPTOP) for _ in range(50)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert len({unverified_claims(answer.access_token)["jti"] for answer in answers}) == 50
    assert await store.read(GENERATION()) == [(1,)]
    assert await server.events() == ["session_started", "token_refreshed"]


async def test_two_nodes_move_one_generation(store: Store, database_url: str) -> None:
    """The compare-and-swap is the database's: it does not matter which process asks."""
    other_store = open_store(database_url)
    await other_store.open()
    one = TokenServer(store)
    two = TokenServer(other_store, clock=one.clock, team=one.team)
    await one.ring.open()
    api = await one.api(one.person())
    tries = (node.refresh(api.refresh_token, source=LAPTOP) for _ in range(15) for node in (one, two))
    answers = await asyncio.gather(*tries)
    assert len({answer.refresh_token for answer in answers}) == 1
    assert await store.read(GENERATION()) == [(1,)]
    await other_store.close()


async def test_without_a_grace_one_of_many_wins_and_the_grant_ends(store: Store) -> None:
    """Each token is answered once: the others are reuse, and end the grant once."""
    server = TokenServer(store, grace=0)
    await server.ring.open()
    api = await server.api(server.person())
    tries = (server.refresh(api.refresh_token, source=LAPTOP) for _ in range(20))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, TokenAnswer)]
    assert len(won) == 1
    assert all(isinstance(answer, TokenAnswer | GrantRefused) for answer in answers)
    assert sorted(await server.events()) == ["refresh_reused", "session_started", "token_refreshed"]


async def test_a_sign_out_among_many_refreshes_is_final(store: Store) -> None:
    """Whatever the order they arrive in: afterwards no token of the grant is good."""
    server = TokenServer(store)
    await server.ring.open()
    api = await server.api(server.person())
    refreshes = [server.refresh(api.refresh_token, source=LAPTOP) for _ in range(10)]
    answers = await asyncio.gather(
        *refreshes[:5], server.sign_out(api.session.id, source=LAPTOP), *refreshes[5:], return_exceptions=True
    )
    tokens = {answer.refresh_token for answer in answers if isinstance(answer, TokenAnswer)} | {api.refresh_token}
    assert all(answer is None or isinstance(answer, TokenAnswer | GrantRefused) for answer in answers)
    for token in tokens:
        with pytest.raises(GrantRefused, match="invalid_grant"):
            await server.refresh(token, source=LAPTOP)
    assert await server.sessions.live(api.grant.sid, now=server.now) is None


async def test_a_chain_refreshed_by_two_tabs_in_turn_never_breaks(store: Store) -> None:
    """Both tabs hold the token of the last round, refresh at once, and go on with what they got."""
    server = TokenServer(store)
    await server.ring.open()
    token = (await server.api(server.person())).refresh_token
    for _ in range(10):
        server.clock.move(240)
        one, two = await asyncio.gather(server.refresh(token, source=LAPTOP), server.refresh(token, source=LAPTOP))
        assert one.refresh_token == two.refresh_token
        token = one.refresh_token
    assert await store.read(GENERATION()) == [(10,)]
