"""Sign-ins, refreshes and the queue before the hash, as whoever watches sees them."""

import asyncio
from pathlib import Path

import pytest

from gatepass.server.metrics import Metrics
from gatepass.server.metrics.exposition import exposition
from gatepass.server.users.errors import UsersUnavailable
from gatepass.server.users.lanes import Asker
from gatepass.server.users.queue import HashQueue
from tests.support.databases import SqliteDatabase
from tests.support.live import NOBODY, OTHER_PASSWORD, PASSWORD, live, tokens


def told(metrics: Metrics, figure: str) -> dict[str, str]:
    """The lines of one figure: name with labels, and number."""
    lines = [line for line in exposition(metrics.snapshot()).splitlines() if line.startswith(f"gatepass_{figure}")]
    return {name: number for name, _, number in (line.rpartition(" ") for line in lines)}


async def test_sign_ins_are_counted_by_result(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with live(tmp_path, database=sqlite_database.fresh(tmp_path)) as server, server.client() as client:
        sub = await server.person()
        await tokens(client)
        for password in (OTHER_PASSWORD, "x" * 600):
            await client.post("/api/login", json={"identifier": "ada", "password": password})
        await server.own.disable_user(sub, source=NOBODY)
        await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
        await server.auth.services.store.close()
        await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
        counted = told(server.auth.services.metrics, "sign_ins")
    assert counted == {
        'gatepass_sign_ins_total{result="ok"}': "1",
        'gatepass_sign_ins_total{result="invalid_credentials"}': "2",
        'gatepass_sign_ins_total{result="user_disabled"}': "1",
        'gatepass_sign_ins_total{result="store_closed"}': "1",
    }


async def test_refreshes_are_counted_by_what_became_of_them(sqlite_database: SqliteDatabase, tmp_path: Path) -> None:
    async with live(tmp_path, database=sqlite_database.fresh(tmp_path)) as server, server.client() as client:
        await server.person()
        first = {"refresh_token": (await tokens(client))["refresh_token"]}
        for _ in range(2):
            await client.post("/api/refresh", json=first)
        server.clock.move(31)
        for wrong in (first, first, {"refresh_token": "x"}):
            assert (await client.post("/api/refresh", json=wrong)).json()["error"] == "invalid_grant"
        counted = told(server.auth.services.metrics, "refreshes")
    assert counted == {
        'gatepass_refreshes_total{result="rotated"}': "1",
        'gatepass_refreshes_total{result="repeated"}': "1",
        'gatepass_refreshes_total{result="reused"}': "1",
        'gatepass_refreshes_total{result="invalid_grant"}': "2",
    }


async def test_who_waits_for_a_hash_and_who_is_turned_away_is_counted() -> None:
    metrics = Metrics()
    queue = HashQueue(threads=1, metrics=metrics)
    same = Asker("one address", "one user")
    async with queue.turn(same):
        waiting = asyncio.ensure_future(queue.run(lambda: None, same))
        await asyncio.sleep(0)
        with pytest.raises(UsersUnavailable):
            await queue.run(lambda: None, same)
        assert told(metrics, "hash_queue") == {"gatepass_hash_queue": "1"}
    await waiting
    await queue.close()
    assert told(metrics, "hash_refused") == {"gatepass_hash_refused_total": "1"}
    assert told(metrics, "hash_wait_seconds_count") == {"gatepass_hash_wait_seconds_count": "2"}
