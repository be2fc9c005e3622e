"""Each change and its line in the audit are one unit: where the line cannot be written, nothing has changed."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gatepass.server.clients.confidential import ConfidentialClients
from gatepass.server.clients.model import FIRST_PARTY
from gatepass.server.flows.revoke_grant import RevokeGrant, Revoking
from gatepass.server.keys.keeper import KeyKeeper
from gatepass.server.keys.plan import DAY, Schedule
from gatepass.server.sessions.starting import StartedGrant
from gatepass.server.store import Call, Sql, Store, StoreUnavailable
from gatepass.server.store.port import Row
from gatepass.server.users.model import User
from tests.support.accounts import HOME, Accounts, accounts
from tests.support.people import MASTER, OTHER_PASSWORD, PASSWORD
from tests.support.token_server import BANK, LAPTOP, TokenServer

TABLES = [
    Sql("SELECT id, ended_at FROM sessions ORDER BY id"),
    Sql("SELECT id, ended_at FROM grants ORDER BY id"),
    Sql("SELECT id, generation, ended_at FROM refresh_families ORDER BY id"),
    Sql("SELECT grant_id, ended_at FROM status_entries WHERE grant_id IS NOT NULL ORDER BY grant_id"),
    Sql("SELECT * FROM users ORDER BY subject"),
    Sql("SELECT * FROM user_scopes ORDER BY subject, scope"),
    Sql("SELECT * FROM reserved_usernames ORDER BY tombstone"),
    Sql("SELECT * FROM signing_keys ORDER BY kid"),
    Sql("SELECT * FROM clients ORDER BY id"),
    Sql("SELECT * FROM audiences ORDER BY audience"),
    Sql("SELECT id FROM audit_events ORDER BY id"),
]


class WithoutAudit:
    """A store that does everything but a unit with a line for the audit, once it is told so."""

    def __init__(self, store: Store) -> None:
        self.open, self.close, self.read, self.scan = store.open, store.close, store.read, store.scan
        self.health, self.version, self.backup = store.health, store.version, store.backup
        self.told = False
        self._write = store.write

    async def write(self, *calls: Call) -> list[list[Row]]:
        """See `Store.write`."""
        if self.told and any("INSERT INTO audit_events" in call.sql.text for call in calls):
            raise StoreUnavailable("store_failed")
        return await self._write(*calls)


class World:
    """All that can be changed, over one store."""

    def __init__(self, store: Store) -> None:
        self.store = WithoutAudit(store)
        self.people: Accounts = accounts(self.store)
        self.server = TokenServer(self.store, master=MASTER)
        self.keeper = KeyKeeper(
            self.store, self.server.master, self.server.ring, Schedule(ahead=0), clock=self.server.clock
        )
        self.secrets = ConfidentialClients(self.store, self.server.clients)
        self.anna: User
        self.tokens: StartedGrant
        self.kid = self.client = ""

    async def begin(self) -> None:
        """Anna, who is signed in with tokens; keys, and a client."""
        await self.server.ring.open()
        await self.people.ring.open()
        self.anna = await self.people.people.add("anna", scopes=["pension:read"])
        self.server.team.users[self.anna.subject] = self.anna
        self.tokens = await self.server.api(self.anna)
        self.kid = (await self.server.ring.published())[0].kid
        found, _ = await self.secrets.add("Bank", audience=BANK, now=self.server.now, source=HOME)
        self.client = found.id
        await self.server.clients.add("https://a.test", name="A", now=self.server.now, source=HOME)

    async def refresh(self, generation: int = 0, later: int = 0) -> Any:
        """Show the token of a generation, after a while."""
        self.server.clock.move(later)
        chain = await self.server.sessions.chain(self.tokens.refresh_token.partition(".")[0])
        assert chain is not None
        return await self.server.refresh(self.server.sessions.token(chain.family, generation), source=LAPTOP)

    async def reuse(self) -> Any:
        """Show a token that was replaced an hour ago."""
        self.store.told = False
        await self.refresh()
        self.store.told = True
        return await self.refresh(later=3_600)

    async def everything(self) -> list[list[Row]]:
        """All rows, but for when a session was used."""
        return [await self.store.read(table()) for table in TABLES]


CHANGES: dict[str, Callable[[World], Awaitable[Any]]] = {
    "sign-in by cookie": lambda world: world.people.browser(),
    "sign-in for tokens": lambda world: world.people.sign_in.api("anna", PASSWORD, HOME),
    "refresh": lambda world: world.refresh(),
    "refresh of a database that was set back": lambda world: world.refresh(7),
    "sign-out": lambda world: world.server.sign_out(world.tokens.session.id, source=HOME),
    "one session ended": lambda world: world.server.end_sessions.one(
        world.anna.subject, world.tokens.session.id, source=HOME
    ),
    "all sessions ended": lambda world: world.server.end_sessions.everywhere(world.anna.subject, source=HOME),
    "grant revoked": lambda world: RevokeGrant(world.store, world.server.sessions, world.server.clock)(
        Revoking(world.tokens.grant, "refresh_token", FIRST_PARTY, HOME)
    ),
    "registration": lambda world: world.people.register(
        username="bert", email=None, password=OTHER_PASSWORD, source=HOME
    ),
    "password changed": lambda world: world.people.change_password(
        world.anna.subject, PASSWORD, OTHER_PASSWORD, source=HOME
    ),
    "password set": lambda world: world.people.change_password.by_operator(
        world.anna.subject, OTHER_PASSWORD, source=HOME
    ),
    "profile changed": lambda world: world.people.update_profile(world.anna.subject, name="Anna", source=HOME),
    "account disabled": lambda world: world.people.disable_user(world.anna.subject, source=HOME),
    "account deleted": lambda world: world.people.delete_user.by_operator(world.anna.subject, source=HOME),
    "scope granted": lambda world: world.people.grant_scope(world.anna.subject, "bank:pay", source=HOME),
    "scope revoked": lambda world: world.people.grant_scope.revoke(world.anna.subject, "pension:read", source=HOME),
    "keys rotated by time": lambda world: world.keeper.tend(world.server.clock() + 91 * DAY),
    "keys rotated": lambda world: world.keeper.rotate(["ES256"], source=HOME),
    "key revoked": lambda world: world.keeper.revoke(world.kid, source=HOME),
    "client added": lambda world: world.secrets.add("Shop", audience=BANK, now=1, source=HOME),
    "client's secret rotated": lambda world: world.secrets.rotate(world.client, now=1, source=HOME),
    "client removed": lambda world: world.secrets.remove(world.client, now=1, source=HOME),
    "audience added": lambda world: world.server.clients.add("https://b.test", name="B", now=1, source=HOME),
    "audience removed": lambda world: world.server.clients.remove("https://a.test", now=1, source=HOME),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_without_its_line_no_change_happens(store: Store, change: Callable[[World], Awaitable[Any]]) -> None:
    """Whatever it is: one write, or none. Nobody changes something that nobody can read about."""
    world = World(store)
    await world.begin()
    before = await world.everything()
    world.store.told = True
    with pytest.raises(StoreUnavailable, match="store_failed"):
        await change(world)
    assert await world.everything() == before
    await world.people.close()


async def test_without_its_line_not_even_reuse_ends_a_grant(store: Store) -> None:
    """It is found out by the next one who shows a token that was replaced."""
    world = World(store)
    await world.begin()
    with pytest.raises(StoreUnavailable):
        await world.reuse()
    [family] = await store.read(Sql("SELECT generation, ended_at FROM refresh_families")())
    assert family == (1, None)
    await world.people.close()
