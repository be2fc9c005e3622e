"""`gatepass audit`: what happened, for people and programs, and what happens now."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from gatepass.server.audit.events import event
from gatepass.server.audit.model import Source
from gatepass.server.store import open_store
from tests.support.command import PASSWORD, Command, terminal

KEY = "k" * 32
HOSTILE = Source("192.0.2.7", "\x1b]0;owned\x07 x\u202e user=admin\nkey_revoked", "request-1")
CTRL_C = "\x03"


@pytest.fixture
def gatepass(gatepass: Command, database_url: str) -> Command:
    """The command, with a migrated database on one of the engines."""
    gatepass.environment |= {"GATEPASS_DATABASE": database_url, "GATEPASS_SECRET_KEY": KEY}
    return gatepass


def happen(database_url: str, name: str, *, source: Source = HOSTILE, at: float = 1_000, **more: Any) -> None:
    """Write an audit line, as a server would."""

    async def write() -> None:
        store = open_store(database_url)
        await store.open()
        await store.write(event(name, at=at, source=source, **more))
        await store.close()

    asyncio.run(write())


def rows(gatepass: Command, *words: str) -> list[dict[str, Any]]:
    """What `audit tail --json` prints, but for the keys that opening made."""
    said = gatepass("audit", "tail", "--json", *words)
    assert said.code == 0, said
    found = [json.loads(line) for line in said.out.splitlines()]
    return [row for row in found if row["name"] != "key_created"]


def test_tail_prints_the_newest_lines_oldest_first(gatepass: Command, database_url: str) -> None:
    anna = gatepass.user("anna")
    happen(database_url, "session_started", at=4_000_000_000, user=anna["sub"], session="s1", detail={"kind": "api"})
    happen(database_url, "session_ended", at=4_000_000_001, user=anna["sub"], session="s1", detail={"by": "sign_out"})
    assert [row["name"] for row in rows(gatepass)] == ["user_imported", "session_started", "session_ended"]
    [last] = rows(gatepass, "--limit", "1")
    assert (last["user"], last["session"], last["at"]) == (anna["sub"], "s1", 4_000_000_001)
    assert (last["address"], last["request_id"], last["detail"]) == ("192.0.2.7", "request-1", {"by": "sign_out"})


def test_tail_can_be_of_one_user_or_one_name(gatepass: Command, database_url: str) -> None:
    anna = gatepass.user("anna")
    happen(database_url, "session_started", user="somebody")
    assert [row["name"] for row in rows(gatepass, "--user", "anna")] == ["user_imported"]
    assert rows(gatepass, "--user", anna["sub"]) == rows(gatepass, "--user", "anna")
    assert [row["user"] for row in rows(gatepass, "--user", "somebody")] == ["somebody"]
    assert [row["user"] for row in rows(gatepass, "--name", "session_started")] == ["somebody"]
    assert rows(gatepass, "--name", "session_started", "--user", "anna") == []
    assert "docs/events.md" in gatepass("audit", "tail", "--name", "sesion_started").err


def test_what_a_client_calls_itself_commands_no_terminal_and_passes_for_no_fact(
    gatepass: Command, database_url: str
) -> None:
    happen(database_url, "session_started", at=4_000_000_000, user="u1", detail={"kind": "api"})
    said = gatepass("audit", "tail", "--limit", "1").out
    assert said == (
        "2096-10-02 07:06:40Z  session_started             user=u1 kind=api address=192.0.2.7 request=request-1 "
        'agent="?]0;owned? x? user=admin?key_revoked"\n'
    )


def test_follow_shows_what_happens_until_ctrl_c(gatepass: Command, database_url: str, folder: Path) -> None:

    gatepass.user("anna")
    settings = {"GATEPASS_DATABASE": database_url, "GATEPASS_SECRET_KEY": KEY}
    with terminal("audit", "tail", "--follow", folder=folder, **settings) as screen:
        screen.expect("user_imported")
        for name in ("session_started", "refresh_reused"):
            happen(database_url, name, at=time.time())
            screen.expect(name)
        screen.type(CTRL_C, end="")
        assert screen.end() == 0
        assert screen.seen.count("session_started") == 1
        assert PASSWORD not in screen.seen
