"""The grace clock: what it learns from the rows when the store comes back."""

import asyncio

from gatepass.server.audit.events import event
from gatepass.server.sessions.grace import GraceClock
from gatepass.server.sessions.model import Grace
from gatepass.server.store import Sql, Store
from tests.support.token_server import LAPTOP, START, TokenServer


async def test_without_any_family_nothing_is_graced_after_the_start(store: Store) -> None:
    """No rotation that could have been lost: a row that appears later has the ordinary grace."""
    server = TokenServer(store)
    assert await server.grace.grace(START) == Grace(seconds=30, newest=START, resumed=START)


async def test_the_newest_rotation_is_read_once_and_again_after_a_loss(store: Store) -> None:
    """`newest` is the newest `rotated_at` of all families, `resumed` the moment it was asked."""
    server = TokenServer(store)
    for wait in (0, 7, 5):
        server.clock.move(wait)
        await server.api(server.person())
    first = await server.grace.grace(START + 500)
    assert (first.newest, first.resumed) == (START + 12, START + 500)
    assert await server.grace.grace(START + 900) is first
    server.grace.lost()
    again = await server.grace.grace(START + 901)
    assert (again.newest, again.resumed) == (START + 12, START + 901)


async def test_the_newest_rotation_is_found_among_the_newest_audit_lines(store: Store) -> None:
    """Without a look at every family: a table of a million of them holds nobody up after an outage."""
    server = TokenServer(store)
    await server.api(server.person())
    server.clock.move(7)
    await store.write(Sql("UPDATE refresh_families SET rotated_at = rotated_at + 100 RETURNING 1")())
    assert await server.sessions.newest_rotation() == START


async def test_without_such_a_line_every_family_is_looked_at(store: Store) -> None:
    """The audit was purged, or a thousand other things have happened since."""
    server = TokenServer(store)
    for wait in (0, 40):
        server.clock.move(wait)
        await server.api(server.person())
    lines = [event("audience_added", at=START + 50, source=LAPTOP) for _ in range(1_000)]
    await store.write(*lines)
    assert await server.sessions.newest_rotation() == START + 40
    await store.write(Sql("DELETE FROM audit_events RETURNING 1")())
    assert await server.sessions.newest_rotation() == START + 40


async def test_many_requests_after_a_loss_share_one_look(store: Store) -> None:
    """All get the same moment."""
    server = TokenServer(store)
    await server.api(server.person())
    clock = GraceClock(server.sessions, 30)
    graces = await asyncio.gather(*(clock.grace(START + number) for number in range(20)))
    assert all(grace is graces[0] for grace in graces)
