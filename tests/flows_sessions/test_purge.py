"""Purge: tables stay as large as the living, whoever does it and wherever it was cut off."""

import asyncio

import pytest

from gatepass.server.audit.events import event
from gatepass.server.flows import purge
from gatepass.server.flows.purge import BATCH, KEPT, Purge
from gatepass.server.metrics import Metrics
from gatepass.server.store import Call, Row, Sql, Store, StoreUnavailable, open_store
from tests.support.refreshing import DAY, opened, refused
from tests.support.token_server import LAPTOP, START, TokenServer

TABLES = ("sessions", "grants", "refresh_families")
COUNTS = [Sql(f"SELECT COUNT(*) FROM {table}") for table in TABLES]
IDLE = 14 * DAY


async def sizes(store: Store) -> list[int]:
    return [count for table in COUNTS for [(count)] in await store.read(table())]


async def many(server: TokenServer, count: int) -> None:
    """So many sessions of one program, started in a few units."""
    user = server.person().subject
    calls = [c for _ in range(count) for c in server.sessions.starting(user, now=server.now, source=LAPTOP).calls]
    await server.store.write(*calls)


def purged(metrics: Metrics) -> dict[str, float]:
    (series,) = [one for one in metrics.snapshot() if one.figure.name == "purged"]
    return {table: count for (table,), count in series.values.items()}


async def test_sessions_that_are_over_are_deleted_with_their_grants_and_families(store: Store) -> None:
    """A day after their end: those that were ended, and those that nobody used. The figure says how many rows."""
    server, metrics = TokenServer(store), Metrics()
    purge = Purge(store, metrics)
    user = server.person()
    ended, idle, page = await server.api(user), await server.api(user), await server.browser(user)
    await server.sign_out(ended.session.id, source=LAPTOP)
    await purge(START + KEPT - 1)
    assert await sizes(store) == [3, 2, 2]
    await purge(START + KEPT)
    assert await sizes(store) == [2, 1, 1]
    await purge(page.session.idle_until + KEPT)
    assert await sizes(store) == [1, 1, 1]
    await purge(idle.session.idle_until + KEPT - 1)
    assert await sizes(store) == [1, 1, 1]
    await purge(idle.session.idle_until + KEPT)
    assert await sizes(store) == [0, 0, 0]
    assert purged(metrics) == {"sessions": 3, "grants": 2, "refresh_families": 2}


async def test_what_is_used_is_never_touched(store: Store) -> None:
    """However old it is: a chain that is refreshed every ten days is whole until its absolute limit."""
    server = await opened(store)
    purge = Purge(store, Metrics())
    token = (await server.api(server.person())).refresh_token
    for _ in range(8):
        server.clock.move(10 * DAY)
        await purge(server.now)
        token = (await server.refresh(token, source=LAPTOP)).refresh_token
    assert await sizes(store) == [1, 1, 1]
    server.clock.move(10 * DAY + KEPT)
    assert await refused(server, token) == "invalid_grant"
    await purge(server.now)
    assert await sizes(store) == [0, 0, 0]


async def test_a_grant_that_ended_alone_goes_while_its_session_stays(store: Store) -> None:
    """Its client may be authorized again and again in one long session."""
    server = TokenServer(store)
    api = await server.api(server.person())
    await store.write(*server.sessions.ending_grant(api.grant.id, by="reuse", now=START))
    await Purge(store, Metrics())(START + KEPT)
    assert await sizes(store) == [1, 0, 0]
    assert await server.sessions.by_id(api.session.id, now=START + KEPT) is not None


async def test_a_token_of_a_purged_family_is_refused_as_before_without_a_line(store: Store) -> None:
    """Nobody learns whether the row is still there, and nobody can fill the audit with a dead token."""
    server = await opened(store)
    api = await server.api(server.person())
    newest = (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token
    await server.sign_out(api.session.id, source=LAPTOP)
    before = await server.events()
    for _ in range(2):
        for token in (api.refresh_token, newest):
            assert await refused(server, token) == "invalid_grant"
        assert await server.events() == before
        await Purge(store, Metrics())(server.now + KEPT)
    assert await sizes(store) == [0, 0, 0]


async def test_a_clock_that_is_hours_ahead_deletes_nothing_living(store: Store) -> None:
    """Another node still holds alive what this one believes to be over."""
    server = await opened(store)
    api = await server.api(server.person())
    server.clock.move(IDLE - 1)
    await Purge(store, Metrics())(server.now + 12 * 3_600)
    assert await server.refresh(api.refresh_token, source=LAPTOP)


async def test_more_than_a_batch_goes_in_one_run_past_those_that_are_alive(store: Store) -> None:
    """Rows from before the migration have never been looked at: the living among them are put off."""
    server = TokenServer(store)
    await many(server, BATCH + 30)
    server.clock.move(20 * DAY)
    await many(server, BATCH + 20)
    await store.write(Sql("UPDATE sessions SET review_at = 0 RETURNING 1")())
    await Purge(store, Metrics())(server.now)
    assert await sizes(store) == [BATCH + 20, 0, 0]
    assert await store.read(Sql("SELECT COUNT(*) FROM sessions WHERE review_at <> idle_until")()) == [(0,)]


async def test_a_run_stops_when_its_time_is_over(store: Store) -> None:
    """After one batch of each kind; the next run goes on."""
    server = TokenServer(store)
    await many(server, 2 * BATCH + 1)
    ticks = iter(range(0, 10**6, int(purge.SECONDS)))
    late = Purge(store, Metrics(), ticks=lambda: next(ticks))
    left = []
    for _ in range(3):
        await late(START + 30 * DAY)
        left.append((await sizes(store))[0])
    assert left == [BATCH + 1, 1, 0]


async def test_two_nodes_that_purge_at_once_do_no_harm(store: Store, database_url: str) -> None:
    """A lease may be lost in the middle: each deletes what it has marked, and each row is counted once."""
    other = open_store(database_url)
    await other.open()
    server, metrics = TokenServer(store), Metrics()
    for _ in range(20):
        api = await server.api(server.person())
        await server.sign_out(api.session.id, source=LAPTOP)
    await many(server, 2 * BATCH)
    living = await server.api(server.person())
    server.clock.move(8 * DAY)
    await asyncio.gather(*(Purge(node, metrics)(server.now) for node in (store, other, store, other)))
    assert await sizes(store) == [1, 1, 1]
    assert await server.sessions.live(living.grant.sid, now=server.now) is not None
    assert purged(metrics) == {"sessions": 2 * BATCH + 20, "grants": 20, "refresh_families": 20}
    await other.close()


class Cut:
    """A store that goes away after so many units."""

    def __init__(self, store: Store, units: int) -> None:
        self.open, self.close, self.read, self.scan = store.open, store.close, store.read, store.scan
        self.health, self.version, self.backup = store.health, store.version, store.backup
        self._write, self._left = store.write, units

    async def write(self, *calls: Call) -> list[list[Row]]:
        """As the store, or not at all."""
        if self._left == 0:
            raise StoreUnavailable("store_unreachable")
        self._left -= 1
        return await self._write(*calls)


@pytest.mark.parametrize("units", range(4))
async def test_a_purge_that_was_cut_off_leaves_nothing_half_deleted(store: Store, units: int) -> None:
    """No grant without its session, no family without its grant; the next run finishes."""
    server = TokenServer(store)
    for _ in range(3):
        await server.api(server.person())
    broken = await server.api(server.person())
    await store.write(*server.sessions.ending_grant(broken.grant.id, by="reuse", now=START))
    with pytest.raises(StoreUnavailable):
        await Purge(Cut(store, units), Metrics(), audit_kept=1)(START + IDLE + KEPT)
    assert len(set(await sizes(store))) == 1
    await Purge(store, Metrics())(START + IDLE + KEPT)
    assert await sizes(store) == [0, 0, 0]


async def test_a_session_that_ends_while_it_is_purged_is_deleted_whole(store: Store) -> None:
    """An operator who ends all sessions of a person meets some that were over: session row first, for both."""
    server = TokenServer(store)
    user = server.person()
    for _ in range(40):
        await server.api(user)
    at = START + IDLE + KEPT
    ends = (store.write(*server.sessions.ending_all(user.subject, by="operator", now=at)) for _ in range(5))
    await asyncio.gather(*ends, Purge(store, Metrics())(at))
    await Purge(store, Metrics())(at + KEPT)
    assert await sizes(store) == [0, 0, 0]


async def test_status_indexes_have_a_life_of_their_own(store: Store) -> None:
    """The bit of an ended grant is set although its row is gone; one that was over by itself is free soon after."""
    server = TokenServer(store)
    ended = await server.api(server.person())
    await server.api(server.person())
    until = Sql("SELECT until, ended_at FROM status_entries WHERE grant_id IS NOT NULL ORDER BY ended_at")
    at = START + IDLE + KEPT
    await store.write(*server.sessions.ending(ended.session.id, by="sign_out", now=at - KEPT))
    await Purge(store, Metrics())(at)
    assert await sizes(store) == [0, 0, 0]
    assert sorted(await store.read(until()), key=str) == sorted(
        [(ended.session.absolute_until, at - KEPT), (at, None)], key=str
    )


async def test_old_audit_lines_go_when_a_time_is_set_for_them(store: Store) -> None:
    """Without one, all are kept."""
    metrics = Metrics()
    lines = [event("session_ended", at=START + n, source=LAPTOP) for n in range(BATCH + 10)]
    await store.write(*lines)
    count = Sql("SELECT COUNT(*) FROM audit_events")
    await Purge(store, metrics)(START + 10**9)
    assert await store.read(count()) == [(BATCH + 10,)]
    await Purge(store, metrics, audit_kept=100)(START + 100 + BATCH + 5)
    assert await store.read(count()) == [(5,)]
    assert purged(metrics) == {"audit_events": BATCH + 5}
