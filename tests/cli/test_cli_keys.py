"""`gatepass keys` on both engines: keys are listed, drawn, rotated, revoked, prepared and wrapped again."""

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.audit.events import recent
from gatepass.server.store import Sql, open_store
from tests.support.command import Command

KEY, NEW_KEY = "k" * 32, "n" * 32
DAY = 86_400
AGED = Sql(
    """UPDATE signing_keys SET created_at = created_at - :seconds, publish_at = publish_at - :seconds,
    activate_at = activate_at - :seconds RETURNING 1"""
)


@pytest.fixture
def gatepass(gatepass: Command, database_url: str) -> Command:
    """The command, with a database that has keys, on one of the engines."""
    gatepass.environment |= {"GATEPASS_DATABASE": database_url, "GATEPASS_SECRET_KEY": KEY}
    gatepass.user("anna")
    return gatepass


def age(database_url: str, seconds: int) -> None:
    """Make all keys older: a command reads the real clock."""

    async def update() -> None:
        store = open_store(database_url)
        await store.open()
        await store.write(AGED(seconds=seconds))
        await store.close()

    asyncio.run(update())


def audit(database_url: str) -> list[tuple[str, str | None]]:
    """Names and agents of what was done to keys, oldest first."""

    async def read() -> list[tuple[str, str | None]]:
        store = open_store(database_url)
        await store.open()
        lines = await recent(store)
        await store.close()
        return [(line.name, line.agent) for line in reversed(lines) if line.name.startswith("key")]

    return asyncio.run(read())


def kids(gatepass: Command, state: str) -> list[str]:
    return [key["kid"] for key in gatepass("keys", "list", "--json").json if key["state"] == state]


def test_the_published_key_is_activated_by_a_rotation(gatepass: Command, database_url: str) -> None:
    early = gatepass("keys", "rotate", "--alg", "ES256")
    assert early.code == 1
    assert early.err.startswith("gatepass: The next key has not been published for long enough to sign. (ES256 from 20")
    age(database_url, DAY)
    [standby] = kids(gatepass, "upcoming")
    changed = gatepass("keys", "rotate", "--alg", "ES256", "--json").json
    assert [key["state"] for key in changed] == ["retiring", "active", "upcoming"]
    assert kids(gatepass, "active") == [standby]
    told = audit(database_url)[2:]
    assert told == [(name, "gatepass command") for name in ("key_retired", "key_activated", "key_created")]


def test_on_loopback_keys_may_rotate_as_often_as_somebody_likes(gatepass: Command) -> None:
    gatepass.environment["GATEPASS_KEY_AHEAD"] = "0s"
    for _ in range(2):
        [standby] = kids(gatepass, "upcoming")
        said = gatepass("keys", "rotate", "--alg", "ES256")
        assert (said.code, kids(gatepass, "active")) == (0, [standby])
    assert len(kids(gatepass, "retiring")) == 2
    gatepass.environment["GATEPASS_ISSUER"] = "https://id.example.com"
    assert "less than a day is for an issuer on loopback" in gatepass("keys", "rotate").err


def test_a_revoked_key_is_gone(gatepass: Command, database_url: str) -> None:
    [active], [standby] = kids(gatepass, "active"), kids(gatepass, "upcoming")
    said = gatepass("keys", "revoke", "--", active)
    assert (said.code, "within a second" in said.err) == (0, True)
    assert (kids(gatepass, "gone"), kids(gatepass, "active")) == ([active], [standby])
    assert ("key_revoked", "gatepass command") in audit(database_url)
    again, unknown = gatepass("keys", "revoke", "--", active), gatepass("keys", "revoke", "k", "--json")
    assert (again.code, again.err) == (1, "gatepass: This key is gone already.\n")
    assert (unknown.code, json.loads(unknown.err)["error"]) == (1, "key_unknown")


def test_a_key_of_another_algorithm_is_published_ahead(gatepass: Command) -> None:
    [made] = gatepass("keys", "generate", "Ed25519", "--json").json
    assert (made["alg"], made["state"]) == ("Ed25519", "upcoming")
    assert gatepass("keys", "generate", "RS512").code == 1
    assert "Next, in 1d: GATEPASS_SIGNING_ALG=ES384" in gatepass("keys", "generate", "ES384").err
    assert (
        gatepass("keys", "generate", "Ed25519").err
        == "gatepass: A key of this algorithm stands by already. (Ed25519)\n"
    )
    assert "ES256" in gatepass("keys", "generate", "none").err
    gatepass.environment["GATEPASS_SIGNING_ALG"] = "Ed25519"
    assert made["kid"] in kids(gatepass, "active")


def test_the_secret_is_changed_and_the_old_one_struck_off(gatepass: Command, folder: Path) -> None:
    before = gatepass("keys", "list", "--json").json
    (folder / "old").write_text(KEY)
    gatepass.environment |= {"GATEPASS_SECRET_KEY": NEW_KEY, "GATEPASS_PREVIOUS_SECRET_KEYS_FILE": "old"}
    said = gatepass("keys", "rewrap")
    assert said.out == "2 keys were wrapped again.\n"
    assert "for 90 days" in said.err
    assert gatepass("keys", "rewrap", "--json").json == {"keys": 0}
    gatepass.environment["GATEPASS_PREVIOUS_SECRET_KEYS_FILE"] = None
    assert gatepass("keys", "list", "--json").json == before
    gatepass.environment["GATEPASS_SECRET_KEY"] = KEY
    assert "were not made with this GATEPASS_SECRET_KEY" in gatepass("keys", "rewrap").err


def test_keys_are_drawn_for_a_terminal_and_as_a_picture(gatepass: Command, folder: Path) -> None:
    """No file is written over, and programs get their JSON."""
    drawn = gatepass("keys", "list", "--timeline", "--svg", "keys.svg")
    assert drawn.out.splitlines()[1].startswith("ES256 ")
    assert "signs no more" in drawn.out
    assert ElementTree.parse(folder / "keys.svg").getroot().tag.endswith("svg")
    again = gatepass("keys", "list", "--svg", "keys.svg")
    assert (again.code, again.err) == (1, "gatepass: keys.svg: File exists\n")
    assert len(gatepass("keys", "list", "--timeline", "--json").json) == 2


def test_no_private_half_is_told_by_any_of_them(gatepass: Command, database_url: str) -> None:
    age(database_url, DAY)
    for words in (["rotate", "--alg", "ES256"], ["generate", "PS256"], ["list"], ["list", "--timeline"]):
        for more in ([], ["--json"]):
            said = gatepass("keys", *words, *more)
            assert '"d"' not in said.out + said.err
            assert Secret(KEY).reveal().decode() not in said.out + said.err
