"""The grace: a lost answer is given again, also after an outage, and not without a trace to another place."""

import pytest

from gatepass.server.audit.model import Source
from gatepass.server.store import Store, StoreUnavailable
from tests.support.refreshing import opened, refused
from tests.support.token_server import LAPTOP


async def test_with_a_grace_of_zero_each_token_is_answered_once(store: Store) -> None:
    """Allowed, for who prefers a lost sign-in to a thief in lockstep."""
    server = await opened(store, grace=0)
    api = await server.api(server.person())
    await server.refresh(api.refresh_token, source=LAPTOP)
    assert await refused(server, api.refresh_token) == "invalid_grant"
    assert (await server.events())[-1] == "refresh_reused"


@pytest.mark.parametrize(
    ("elsewhere", "noted"),
    [
        (LAPTOP, False),
        (Source(LAPTOP.address, LAPTOP.agent, "another-request"), False),
        (Source("203.0.113.1", LAPTOP.agent), True),
        (Source(LAPTOP.address, "Another agent"), True),
        (Source(None, None), True),
    ],
)
async def test_a_repeated_answer_to_another_place_is_audited(store: Store, elsewhere: Source, noted: bool) -> None:
    """Another address prefix or user agent within the grace may be a thief in lockstep."""
    server = await opened(store)
    api = await server.api(server.person())
    await server.refresh(api.refresh_token, source=LAPTOP)
    await server.refresh(api.refresh_token, source=elsewhere)
    assert ("refresh_repeated_elsewhere" in await server.events()) is noted


async def test_an_address_of_the_same_ipv6_network_is_the_same_place(store: Store) -> None:
    """A device changes its address within its /64 all the time."""
    server = await opened(store)
    api = await server.api(server.person(), source=Source("2001:db8::1", "a"))
    await server.refresh(api.refresh_token, source=Source("2001:db8::2", "a"))
    await server.refresh(api.refresh_token, source=Source("2001:db8::3", "a"))
    await server.refresh(api.refresh_token, source=Source("2001:db8:0:1::1", "a"))
    assert (await server.events()).count("refresh_repeated_elsewhere") == 1


async def test_a_lost_answer_before_an_outage_is_no_theft(store: Store) -> None:
    """The grace clock stands still while nothing can answer."""
    server = await opened(store)
    api, older = await server.api(server.person()), await server.api(server.person())
    await server.refresh(older.refresh_token, source=LAPTOP)
    server.clock.move(60)
    lost = await server.refresh(api.refresh_token, source=LAPTOP)
    await store.close()
    server.clock.move(7200)
    with pytest.raises(StoreUnavailable):
        await server.refresh(api.refresh_token, source=LAPTOP)
    await store.open()
    assert (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token == lost.refresh_token
    server.clock.move(29)
    assert (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token == lost.refresh_token
    assert await refused(server, older.refresh_token) == "invalid_grant"
    server.clock.move(1)
    assert await refused(server, api.refresh_token) == "invalid_grant"


async def test_the_grace_clock_stands_still_while_the_server_is_down(store: Store) -> None:
    """At start as well: a new process reads the newest rotation."""
    server = await opened(store)
    api = await server.api(server.person())
    lost = await server.refresh(api.refresh_token, source=LAPTOP)
    server.clock.move(7200)
    started = await opened(store, clock=server.clock, team=server.team)
    assert (await started.refresh(api.refresh_token, source=LAPTOP)).refresh_token == lost.refresh_token
    assert await refused(server, api.refresh_token) == "invalid_grant"
