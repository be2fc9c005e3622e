"""The commands that read and write users, audiences, sessions and keys, on both engines."""

import asyncio
import json

import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.app import AuthServer
from gatepass.server.audit.model import Source
from gatepass.server.settings import Settings
from tests.support.command import PASSWORD, Command

KEY = "k" * 32
BCRYPT = "$2b$10$" + "x" * 53
ESCAPES = "\x1b]0;owned\x07\u202eBrowser"


@pytest.fixture
def gatepass(gatepass: Command, database_url: str) -> Command:
    """The command, with a migrated database on one of the engines."""
    gatepass.environment |= {"GATEPASS_DATABASE": database_url, "GATEPASS_SECRET_KEY": KEY}
    return gatepass


def sign_in(database_url: str, name: str) -> None:
    """Sign somebody in, from an agent that would like to command the operator's terminal."""

    async def sign_in() -> None:
        async with AuthServer(Settings(database=database_url, secret_key=Secret(KEY))) as auth:
            source = Source("192.0.2.7", ESCAPES)
            await auth.services.sign_in.api(name, PASSWORD, source)

    asyncio.run(sign_in())


def test_a_day_of_an_operator(gatepass: Command, database_url: str) -> None:
    anna = gatepass.user("anna")
    imported = gatepass(
        "users", "import", "-", "--json", given=json.dumps({"username": "bert", "password_hash": BCRYPT})
    )
    assert imported.json["added"] == 1
    assert gatepass("users", "grant", "anna", "pension:read", "--json").json["changed"] == ["pension:read"]
    added = gatepass("audiences", "add", "https://bank.example.com", "--group", "money", "--json").json
    assert gatepass("audiences", "list", "--json").json == [added]
    bank = gatepass("clients", "add", "The bank", "--audience", added["audience"], "--json").json
    assert gatepass("clients", "rotate-secret", bank["id"], "--json").json["secret"] != bank["secret"]
    assert [one["id"] for one in gatepass("clients", "list", "--json").json] == [bank["id"]]
    assert gatepass("clients", "remove", bank["id"], "--json").json == {"id": bank["id"]}
    assert [key["state"] for key in gatepass("keys", "list", "--json").json] == ["active", "upcoming"]
    sign_in(database_url, "anna")
    [session] = gatepass("sessions", "list", "--json").json
    assert session["sub"] == anna["sub"]
    assert gatepass("users", "disable", "anna", "--json").json["changed"] is True
    assert gatepass("sessions", "list", "--json").json == []
    assert gatepass("users", "delete", "bert", "--yes").code == 0
    assert [user["username"] for user in gatepass("users", "list", "--json").json] == ["anna"]
    assert gatepass("doctor").code == 0


def test_sessions_are_told_with_names_and_without_escapes(gatepass: Command, database_url: str) -> None:
    anna = gatepass.user("anna")
    sign_in(database_url, "anna")
    [told] = gatepass("sessions", "list", "--json").json
    assert list(told) == [
        *("id", "sub", "username", "kind", "device", "signed_in_at", "last_seen_at", "ends_at", "address", "agent")
    ]
    assert (told["username"], told["kind"], told["address"]) == ("anna", "api", "192.0.2.7")
    assert isinstance(told["signed_in_at"], int)
    assert told["ends_at"] > told["last_seen_at"]
    for said in (gatepass("sessions", "list"), gatepass("sessions", "list", "--json")):
        assert "anna" in said.out
        assert not [char for char in said.out if char != "\n" and not char.isprintable()]
    assert gatepass("sessions", "list", "--user", anna["sub"], "--json").json == [told]


def test_one_session_or_all_of_a_user_are_ended(gatepass: Command, database_url: str) -> None:
    sub = gatepass.user("anna")["sub"]
    for _ in range(3):
        sign_in(database_url, "anna")
    cut = gatepass("sessions", "list", "--limit", "2")
    assert cut.err == "There are more: --limit 20\n"
    first, *_ = gatepass("sessions", "list", "--json").json
    assert gatepass("sessions", "revoke", first["id"], "--json").json == {"id": first["id"]}
    again = gatepass("sessions", "revoke", first["id"])
    assert (again.code, again.err) == (1, "gatepass: There is no live session with this id: gatepass sessions list\n")
    assert gatepass("sessions", "revoke", "--user", "anna").out.startswith(
        f"All sessions of anna (sub {sub}) have ended."
    )
    assert gatepass("sessions", "list").out == "Nobody is signed in.\n"
