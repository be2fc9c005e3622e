"""A sign-in that commits while an account changes leaves no session behind (docs/decisions/user-row-first.md)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

from gatepass.server.store.call import Call
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User
from gatepass.server.users.recognition import Attempt
from tests.support.accounts import HOME, WORK, Accounts
from tests.support.databases import PostgresDatabase
from tests.support.people import OTHER_PASSWORD, PASSWORD


@pytest.fixture
def database_url(postgres_database: PostgresDatabase) -> str:
    """On SQLite units come one after the other; only here can two be under way."""
    return postgres_database.fresh()


async def run(connection: Any, calls: list[Call]) -> None:
    for call in calls:
        assert await connection.fetch(call.sql.numbered, *(call.values[name] for name in call.sql.order))


async def until_it_waits(connection: Any) -> None:
    """Return once another connection waits for a lock."""
    async with asyncio.timeout(10):
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass


def change(server: Accounts, what: str, anna: User) -> Coroutine[Any, Any, object]:
    changes: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "own password": lambda: server.change_password(anna.subject, PASSWORD, OTHER_PASSWORD, source=WORK),
        "operator's password": lambda: server.change_password.by_operator(anna.subject, OTHER_PASSWORD, source=WORK),
        "disabled": lambda: server.disable_user(anna.subject, source=WORK),
        "deleted": lambda: server.delete_user.by_operator(anna.subject, source=WORK),
    }
    return changes[what]()


@pytest.mark.parametrize("what", ["own password", "operator's password", "disabled", "deleted"])
async def test_a_change_waits_for_the_sign_in_under_way_and_ends_its_session(
    server: Accounts, database_url: str, what: str
) -> None:
    anna = await server.people.add("anna")
    found = await server.people.users.recognise(Attempt("anna", PASSWORD, Asker()))
    assert found is not None
    started = server.sessions.starting(anna.subject, now=server.now, source=HOME)
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await run(connection, [*found.calls, *started.calls])
            changing = asyncio.create_task(change(server, what, anna))
            await until_it_waits(connection)
        await changing
    finally:
        await connection.close()
    assert await server.session(started.secret) is None
    assert await server.sessions.of_user(anna.subject, now=server.now) == []
