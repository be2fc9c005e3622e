"""Every statement that runs again and again finds its rows by an index: in large tables it costs the same.

A statement that looks at all rows is named by both engines in its plan.
"""

import sqlite3
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

from gatepass.server.audit.events import purging
from gatepass.server.sessions import queries
from gatepass.server.sessions.purging import purging_grants, purging_sessions, putting_off
from gatepass.server.store import Call

USER, NOW = "u", 1_800_000_000
READS = {
    "by id": queries.SESSION(id="s"),
    "by secret": queries.SESSION_BY_SECRET(secret_hash=b"h"),
    "of a person": queries.SESSIONS_OF(user=USER, now=NOW, current="", limit=100),
    "surplus": queries.SURPLUS(user=USER, now=NOW, leaving="", limit=100, kept=99),
    "within limit": queries.WITHIN_LIMIT(user=USER, now=NOW, most=100),
    "by sid": queries.GRANT_BY_SID(sid="s"),
    "chain": queries.CHAIN(family="f"),
}
ENDS = {
    "end session": queries.END_SESSION(id="s", now=NOW, by="sign_out"),
    "end its grants": queries.END_GRANTS_IN(session="s", now=NOW, by="sign_out"),
    "end its families": queries.END_FAMILIES_IN(session="s", now=NOW),
    "end all sessions": queries.END_SESSIONS_OF(user=USER, kept="", now=NOW, by="sign_out"),
    "end all grants": queries.END_GRANTS_OF(user=USER, kept="", now=NOW, by="sign_out"),
    "end all families": queries.END_FAMILIES_OF(user=USER, kept="", now=NOW),
}
PURGES = {
    f"purge {number}": call
    for number, call in enumerate(
        [
            putting_off(before=NOW, limit=500),
            *purging_sessions(now=NOW, before=NOW, limit=500),
            *purging_grants(before=NOW, limit=500),
            purging(NOW, 500),
        ]
    )
}
CALLS = {**READS, **ENDS, **PURGES}


async def plan(database_url: str, call: Call) -> list[str]:
    if database_url.startswith("sqlite:///"):
        file = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        rows = file.execute(f"EXPLAIN QUERY PLAN {call.sql.named}", call.values).fetchall()
        file.close()
        return [str(row[3]) for row in rows]
    connection: Any = await asyncpg.connect(database_url)
    # An empty table is always read whole, unless that is made dear.
    await connection.execute("SET enable_seqscan = off")
    values = [call.values[name] for name in call.sql.order]
    found = [str(row[0]) for row in await connection.fetch(f"EXPLAIN {call.sql.numbered}", *values)]
    await connection.close()
    return found


@pytest.mark.parametrize("name", CALLS)
async def test_it_finds_its_rows_by_an_index(database_url: str, name: str) -> None:
    """No table is read from end to end."""
    found = await plan(database_url, CALLS[name])
    whole = [step for step in found if "Seq Scan" in step or step.startswith("SCAN ")]
    assert [step for step in whole if not step.startswith("SCAN counted")] == [], "\n".join(found)
