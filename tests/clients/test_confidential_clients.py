"""Clients with a secret: who is taken for one, and for how long."""

import hashlib
from typing import Any

import pytest

from gatepass.server.clients.confidential import ConfidentialClients
from gatepass.server.clients.errors import AudienceConflict, BadClient, ClientConflict
from gatepass.server.clients.model import Client
from gatepass.server.store import Store
from gatepass.server.store.call import Sql
from tests.support.token_server import BANK, LAPTOP, SHOP, START, TokenServer

EVERYTHING = Sql("SELECT id, name, kind, audience, secret_hash, previous_hash FROM clients")


class Room:
    """The clients of a server that knows bank and shop."""

    def __init__(self, store: Store) -> None:
        self.server = TokenServer(store)
        self.clients = ConfidentialClients(store, self.server.clients)

    async def add(self, name: str = "Bank", audience: str = BANK) -> tuple[Client, str]:
        return await self.clients.add(name, audience=audience, now=START, source=LAPTOP)

    async def rotate(self, client_id: str, now: int = START, **more: Any) -> str:
        return (await self.clients.rotate(client_id, now=now, source=LAPTOP, **more))[1]

    async def known(self, client_id: str, secret: str, now: int = START) -> bool:
        return await self.clients.recognise(client_id, secret, now=now) is not None


async def test_a_client_is_recognised_by_its_id_and_secret_and_by_nothing_else(store: Store) -> None:
    room = Room(store)
    bank, secret = await room.add()
    shop, other = await room.add("Shop", SHOP)
    assert await room.clients.recognise(bank.id, secret, now=START) == bank
    assert (bank.kind, bank.audience, bank.name) == ("resource_server", BANK, "Bank")
    wrong = ["", other, secret[:-1], secret + "A", secret.swapcase(), "\0", "é", "\ud800", "x" * 10_000]
    assert not [text for text in wrong if await room.known(bank.id, text)]
    strangers = ["", "gatepass-first-party", bank.id[:-1], bank.id + "A", "A" * 22, "\0" * 22, "\ud800" * 22, shop.id]
    assert not [name for name in strangers if await room.known(name, secret)]


async def test_secrets_are_stored_as_sha_256_only(store: Store) -> None:
    room = Room(store)
    bank, first = await room.add()
    second = await room.rotate(bank.id)
    [row] = await store.read(EVERYTHING())
    assert row[4:] == (hashlib.sha256(second.encode()).digest(), hashlib.sha256(first.encode()).digest())
    assert first not in repr(row)
    assert first not in repr(await room.server.audit())


async def test_the_secret_before_goes_on_for_a_day_after_a_rotation(store: Store) -> None:
    """So a service can be told the new one without a moment in which it has none."""
    room = Room(store)
    bank, first = await room.add()
    second = await room.rotate(bank.id)
    assert await room.known(bank.id, first, START + 86_399)
    assert not await room.known(bank.id, first, START + 86_400)
    assert await room.known(bank.id, second, START + 86_400)


async def test_never_more_than_two_secrets_are_good(store: Store) -> None:
    room = Room(store)
    bank, first = await room.add()
    second, third = await room.rotate(bank.id), await room.rotate(bank.id)
    assert [await room.known(bank.id, one) for one in (first, second, third)] == [False, True, True]


async def test_a_secret_that_others_have_can_end_at_once(store: Store) -> None:
    room = Room(store)
    bank, first = await room.add()
    second = await room.rotate(bank.id, overlap=0)
    assert [await room.known(bank.id, one) for one in (first, second)] == [False, True]


async def test_a_removed_client_is_let_in_no_more_and_cannot_be_changed(store: Store) -> None:
    room = Room(store)
    bank, secret = await room.add()
    await room.clients.remove(bank.id, now=START, source=LAPTOP)
    assert not await room.known(bank.id, secret)
    assert await room.clients.all() == []
    for change in (room.clients.remove, room.clients.rotate):
        with pytest.raises(ClientConflict, match="client_unknown"):
            await change(bank.id, now=START, source=LAPTOP)


async def test_every_change_leaves_its_audit_line_and_a_refused_one_none(store: Store) -> None:
    room = Room(store)
    bank, _ = await room.add()
    await room.rotate(bank.id, now=START + 1)
    await room.clients.remove(bank.id, now=START + 2, source=LAPTOP)
    with pytest.raises(ClientConflict):
        await room.rotate("A" * 22)
    lines = [line for line in await room.server.audit() if line.client == bank.id]
    assert [line.name for line in lines] == ["client_added", "client_secret_rotated", "client_removed"]
    assert lines[0].detail == {"name": "Bank", "kind": "resource_server", "audience": BANK}
    assert lines[1].detail == {"previous_until": START + 1 + 86_400}


async def test_a_client_is_a_declared_audience_written_with_or_without_a_final_slash(store: Store) -> None:
    room = Room(store)
    client, _ = await room.add(audience=f"{BANK}/")
    assert client.audience == BANK
    for audience in ("https://nobody.example.com", "bank", "", "\0", room.server.clients.issuer):
        with pytest.raises(AudienceConflict, match="audience_unknown"):
            await room.add(audience=audience)


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[2J", "x" * 256])
async def test_a_name_that_a_terminal_would_obey_is_refused(store: Store, name: str) -> None:
    with pytest.raises(BadClient, match="client_name_invalid"):
        await Room(store).add(name)
