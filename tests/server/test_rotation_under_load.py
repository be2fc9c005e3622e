"""Two nodes on one database through a rotation of their keys, while clients refresh and gates verify.

Time is a clock that the test moves by seconds. Housekeeping is stopped, so that nobody
looks sooner than he must: every view of the keys, and every set that a gate holds, is as
old as it can get.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gatepass.jose import KeySet, Verifier, unverified_header
from gatepass.server.app import AuthServer
from gatepass.server.keys.plan import DAY, Schedule
from gatepass.server.services import KEYS_SEEN_EVERY
from gatepass.server.settings import Settings
from tests.support.live import NOBODY, PASSWORD, SECRET_KEY
from tests.support.token_server import MovedClock

ISSUER = "http://id.localhost:8000"
LIFETIME = 300
REVALIDATE = 60
"""Seconds after which a gate asks for the key set again."""
STEP = 7
"""Seconds between two rounds; it divides neither 30 nor 60, so that no two views age alike."""


@dataclass
class Client:
    """Signed in at one node, it refreshes at either."""

    refresh_token: str

    async def refresh(self, node: AuthServer) -> str:
        answer = await node.services.refresh(self.refresh_token, source=NOBODY)
        self.refresh_token = answer.refresh_token
        return answer.access_token


@dataclass
class HoldingGate:
    """A service with the key set of one node, which it asks for once a minute and not when it meets a token."""

    node: AuthServer
    clock: MovedClock
    fetched_at: float = float("-inf")
    keys: KeySet = field(default_factory=KeySet)

    async def verify(self, tokens: list[str]) -> None:
        """Every token is accepted; `TokenRefused` else."""
        if self.clock() - self.fetched_at >= REVALIDATE:
            self.keys = KeySet.from_jwks((await self.node.services.ring.jwks()).body)
            self.fetched_at = self.clock()
        verifier: Verifier[dict[str, Any]] = Verifier(
            self.keys, issuer=ISSUER, audience=ISSUER, typ="at+jwt", claims=dict
        )
        for token in tokens:
            verifier.verify(token, now=self.clock())


@dataclass
class World:
    """Two nodes, an operator at a command line, and four clients."""

    clock: MovedClock
    nodes: list[AuthServer]
    operator: AuthServer
    clients: list[Client] = field(default_factory=list)
    live: list[tuple[float, str]] = field(default_factory=list)

    async def sign_in(self) -> None:
        own = self.nodes[0].services.own
        assert own is not None
        for number in range(4):
            name = f"user{number}"
            await own.register.by_operator(username=name, email=None, password=PASSWORD, source=NOBODY)
            signed_in = await self.nodes[number % 2].services.sign_in.api(name, PASSWORD, NOBODY)
            self.clients.append(Client(signed_in.tokens.refresh_token))

    async def round(self, turn: int, *beside: Awaitable[object]) -> list[str]:
        """Every client refreshes, at the other node each time, while `beside` happens; key ids of the new tokens."""
        asked = [client.refresh(self.nodes[(turn + at) % 2]) for at, client in enumerate(self.clients)]
        made, _ = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*beside))
        self.live = [one for one in self.live if one[0] + LIFETIME > self.clock()]
        self.live += [(self.clock(), token) for token in made]
        return [str(unverified_header(token)["kid"]) for token in made]

    @property
    def tokens(self) -> list[str]:
        """All that have not expired."""
        return [token for _, token in self.live]


@pytest.fixture
async def world(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """A day old, so that the key which stands by may sign."""
    clock = MovedClock()
    settings = Settings(issuer=ISSUER, database=database_url, data=tmp_path, secret_key=SECRET_KEY)
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(AuthServer(settings, clock=clock)) for _ in range(3)]
        for server in servers:
            await server.services.housekeeping.stop()
        yield World(clock, servers[:2], servers[2])


def by_the_operator(world: World) -> Awaitable[object]:
    return world.operator.services.keeper.rotate(["ES256"], source=NOBODY)


def by_time(world: World) -> Awaitable[object]:
    async def both_tend() -> None:
        await asyncio.gather(*(node.services.keeper.tend(world.clock()) for node in world.nodes))

    return both_tend()


@pytest.mark.parametrize(
    ("rotate", "age"), [(by_the_operator, DAY), (by_time, 90 * DAY)], ids=["by the operator", "by time"]
)
async def test_no_token_is_refused_and_none_is_signed_with_an_unpublished_key(
    world: World, rotate: Callable[[World], Awaitable[object]], age: int
) -> None:
    """From before the rotation until the last token of the old key has expired, at every moment at every gate."""
    early = KeySet.from_jwks((await world.nodes[0].services.ring.jwks()).body)
    world.clock.move(age)
    await world.sign_in()
    gates = [HoldingGate(node, world.clock) for node in world.nodes]
    signed_with: list[set[str]] = []
    for turn in range(70):
        rotation = [rotate(world)] if turn == 12 else []
        kids = await world.round(turn, *rotation)
        signed_with.append(set(kids))
        for gate in gates:
            await gate.verify(world.tokens)
        world.clock.move(STEP)
    [before], [after] = signed_with[0], signed_with[-1]
    assert before != after
    assert {kid for kids in signed_with for kid in kids} == {before, after}
    assert early.get(after) is not None, "published long before it signed"
    turns = [turn for turn, kids in enumerate(signed_with) if before in kids]
    assert max(turns) <= 12 + 30 / STEP, "nobody signs with a view older than 30 s"
    assert len(world.tokens) >= 4 * (LIFETIME // STEP)


async def test_the_old_key_leaves_the_set_when_nothing_that_it_signed_is_left(world: World) -> None:
    """And not before: a token that was signed with the oldest view, by the slowest clock, is good to its end."""
    world.clock.move(DAY)
    await world.sign_in()
    await world.round(0)
    [before] = {str(unverified_header(token)["kid"]) for token in world.tokens}
    await by_the_operator(world)
    world.clock.move(Schedule.outliving(LIFETIME).after - 31)
    for node in world.nodes:
        assert before.encode() in (await node.services.ring.jwks()).body
    world.clock.move(62)
    for node in world.nodes:
        assert before.encode() not in (await node.services.ring.jwks()).body


async def test_the_tokens_of_a_revoked_key_are_refused_within_a_minute_and_clients_go_on(world: World) -> None:
    """Without anybody signing in again: the next refresh brings a token of the standby."""
    world.clock.move(DAY)
    await world.sign_in()
    await world.round(0)
    gates = [HoldingGate(node, world.clock) for node in world.nodes]
    stolen = world.tokens
    for gate in gates:
        await gate.verify(stolen)
    [kid] = {str(unverified_header(token)["kid"]) for token in stolen}
    await world.operator.services.keeper.revoke(kid, source=NOBODY)
    world.clock.move(REVALIDATE)
    for gate in gates:
        await gate.verify([])
        assert gate.keys.get(kid) is None
    world.live.clear()
    await world.round(1)
    for gate in gates:
        await gate.verify(world.tokens)


async def test_a_running_server_learns_of_a_command_within_a_second(world: World) -> None:
    """By a turn of housekeeping, which comes twice in a second."""
    [node, _] = world.nodes
    before = await node.services.ring.key_set()
    [made] = await world.operator.services.keeper.generate("Ed25519", source=NOBODY)
    assert await node.services.ring.key_set() is before
    await node.services.housekeeping.turn()
    assert (await node.services.ring.key_set()).get(made.kid) is not None
    assert KEYS_SEEN_EVERY <= 0.5
