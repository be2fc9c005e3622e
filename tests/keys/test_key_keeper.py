"""A ring through its life, on both engines: what time brings, and what the operator wishes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gatepass.jose import TokenRefused, Verifier, unverified_header
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.audit.events import recent
from gatepass.server.audit.model import AuditLine, Source
from gatepass.server.keys.errors import KeyConflict
from gatepass.server.keys.figures import show
from gatepass.server.keys.keeper import KeyKeeper
from gatepass.server.keys.plan import DAY, Schedule
from gatepass.server.keys.service import KeyRing
from gatepass.server.master import MasterSecret, numbered
from gatepass.server.metrics import Metrics
from gatepass.server.metrics.exposition import exposition
from gatepass.server.store import Call, Row, Sql, Stale, Store, StoreUnavailable, open_store
from tests.support.token_server import MASTER, MovedClock

OPERATOR = Source(None, "gatepass command")
NEW = Secret(b"another master secret of 32 bytes")
SCHEDULE = Schedule()
WRAPPED = Sql("SELECT kid, length(wrapped), key_version FROM signing_keys ORDER BY alg, number")


class Node:
    """One process: its view of the ring, and its keeper."""

    def __init__(self, store: Store, clock: MovedClock, master: MasterSecret | None = None, alg: str = "ES256") -> None:
        self.store = store
        self.clock = clock
        master = master or numbered(MASTER)
        self.ring = KeyRing(store, master, clock=clock, alg=alg)
        self.keeper = KeyKeeper(store, master, self.ring, SCHEDULE, clock=clock)

    async def tend(self) -> None:
        await self.keeper.tend(self.clock())

    async def token(self, alg: str | None = None) -> str:
        return (await self.ring.signer("at+jwt", alg)).sign({"sub": "u"})

    async def kid(self, alg: str | None = None) -> str:
        return str(unverified_header(await self.token(alg))["kid"])

    async def accepts(self, token: str) -> bool:
        verifier = Verifier(
            await self.ring.key_set(), issuer=None, audience=None, typ="at+jwt", require=(), claims=dict
        )
        try:
            verifier.verify(token)
        except TokenRefused:
            return False
        return True

    async def states(self, alg: str = "ES256") -> list[str]:
        return [key.state(int(self.clock())) for key in await self.ring.keys() if key.alg == alg]

    async def audit(self) -> list[AuditLine]:
        return list(reversed(await recent(self.store, limit=1_000)))


@pytest.fixture
async def node(store: Store) -> Node:
    """With a ring that was tended once."""
    one = Node(store, MovedClock())
    await one.ring.open()
    await one.tend()
    return one


@pytest.fixture
async def nodes(database_url: str, anyio_backend: str) -> AsyncIterator[tuple[Node, Node]]:
    """Two, on one clock, over connections of their own."""
    clock = MovedClock()
    found = [Node(open_store(database_url), clock) for _ in range(2)]
    for one in found:
        await one.store.open()
        await one.ring.open()
    await found[0].tend()
    yield found[0], found[1]
    for one in found:
        await one.store.close()


async def test_the_ring_also_has_a_pair_for_id_tokens(node: Node) -> None:
    """RS256 is what OpenID Connect requires; it is published and lives as the others do."""
    assert await node.states("RS256") == ["active", "upcoming"]
    assert await node.accepts(await node.token("RS256"))
    assert len(await node.ring.key_set()) == 4
    node.clock.move(90 * DAY)
    await node.tend()
    assert await node.states("RS256") == ["retiring", "active", "upcoming"]


async def test_a_key_signs_for_ninety_days_and_then_the_published_one_does(node: Node) -> None:
    first = await node.kid()
    node.clock.move(90 * DAY - 1)
    await node.tend()
    assert await node.kid() == first
    node.clock.move(1)
    [_, standby] = [key.kid for key in await node.ring.keys() if key.alg == "ES256"]
    await node.tend()
    assert await node.kid() == standby
    assert await node.states() == ["retiring", "active", "upcoming"]


async def test_what_the_retired_key_signed_is_good_for_as_long_as_it_can_live(node: Node) -> None:
    """Then the key leaves the set, and its private half is dropped."""
    token = await node.token()
    node.clock.move(90 * DAY)
    await node.tend()
    node.clock.move(SCHEDULE.after - 1)
    await node.tend()
    assert await node.accepts(token)
    node.clock.move(31)
    assert not await node.accepts(token)
    assert (await node.store.read(WRAPPED()))[0][1] > 0
    await node.tend()
    assert (await node.store.read(WRAPPED()))[0][1] == 0
    assert await node.states() == ["gone", "active", "upcoming"]


async def test_a_clock_that_is_set_back_finds_a_key_that_signs(node: Node) -> None:
    """Also where the key that was active then has lost its private half: nothing crashes."""
    node.clock.move(90 * DAY)
    await node.tend()
    node.clock.move(SCHEDULE.after + 60)
    await node.tend()
    kid = await node.kid()
    node.clock.move(-DAY)
    assert await node.kid() == kid
    await node.tend()
    assert await node.accepts(await node.token())
    fresh = Node(node.store, node.clock)
    await fresh.ring.open()
    assert await fresh.kid() == kid


async def test_every_change_has_its_line_in_the_audit(node: Node) -> None:
    """With the key it is about; what time brought comes from nowhere, an operator's act from the command."""
    node.clock.move(90 * DAY)
    seen = len(await node.audit())
    await node.tend()
    lines = (await node.audit())[seen:]
    assert [line.name for line in lines] == ["key_retired", "key_activated", "key_created"] * 2
    assert {line.agent for line in lines} == {None}
    assert {line.at for line in lines} == {int(node.clock())}
    node.clock.move(DAY)
    seen = len(await node.audit())
    kid = await node.kid()
    await node.keeper.revoke(kid, source=OPERATOR)
    lines = (await node.audit())[seen:]
    assert [line.name for line in lines] == ["key_revoked", "key_activated", "key_created"]
    assert {line.agent for line in lines} == {"gatepass command"}
    assert lines[0].detail == {"kid": kid, "alg": "ES256", "state": "active"}


async def test_an_operator_rotates_when_the_next_key_has_been_published_for_a_day(node: Node) -> None:
    """Before that it is refused, with the time; gates that hold an older set would not know the key."""
    token = await node.token()
    with pytest.raises(KeyConflict) as caught:
        await node.keeper.rotate(source=OPERATOR)
    assert (caught.value.code, caught.value.ready_at) == ("key_not_ready", int(node.clock()) + DAY)
    node.clock.move(DAY)
    changed = await node.keeper.rotate(source=OPERATOR)
    assert [(key.alg, key.state(int(node.clock()))) for key in changed] == [
        (alg, state) for alg in ("ES256", "RS256") for state in ("retiring", "active", "upcoming")
    ]
    assert await node.kid() != unverified_header(token)["kid"]
    assert await node.accepts(token)


async def test_one_algorithm_can_be_rotated_alone(node: Node) -> None:
    node.clock.move(DAY)
    await node.keeper.rotate(["ES256"], source=OPERATOR)
    assert await node.states("RS256") == ["active", "upcoming"]
    with pytest.raises(KeyConflict):
        await node.keeper.rotate(source=OPERATOR)
    assert await node.states("RS256") == ["active", "upcoming"], "all or none"


async def test_a_revoked_key_is_gone_at_once_with_its_tokens(node: Node) -> None:
    """The standby signs, however young; a new one stands by; the private half is no more."""
    token = await node.token()
    kid = str(unverified_header(token)["kid"])
    await node.keeper.revoke(kid, source=OPERATOR)
    assert not await node.accepts(token)
    assert kid.encode() not in (await node.ring.jwks()).body
    assert await node.states() == ["gone", "active", "upcoming"]
    assert await node.accepts(await node.token())
    assert (await node.store.read(WRAPPED()))[0][1] == 0
    for known, code in ((kid, "key_gone"), ("other", "key_unknown")):
        with pytest.raises(KeyConflict) as caught:
            await node.keeper.revoke(known, source=OPERATOR)
        assert caught.value.code == code


async def test_a_standby_and_a_retiring_key_can_be_revoked_too(node: Node) -> None:
    """Somebody may have copied a backup with its secret: then none of them is to be believed."""
    node.clock.move(DAY)
    token = await node.token()
    await node.keeper.rotate(["ES256"], source=OPERATOR)
    retiring, _, standby = [key.kid for key in await node.ring.keys() if key.alg == "ES256"]
    await node.keeper.revoke(standby, source=OPERATOR)
    await node.keeper.revoke(retiring, source=OPERATOR)
    assert await node.states() == ["gone", "active", "gone", "upcoming"]
    assert not await node.accepts(token)


async def test_a_change_of_the_algorithm_can_be_prepared(node: Node) -> None:
    """The new key is published a day before anything is signed with it."""
    [made] = await node.keeper.generate("Ed25519", source=OPERATOR)
    assert (made.alg, made.state(int(node.clock()))) == ("Ed25519", "upcoming")
    assert made.kid.encode() in (await node.ring.jwks()).body
    for alg, error in (("Ed25519", KeyConflict), ("ES256", KeyConflict), ("HS256", Misuse)):
        with pytest.raises(error):
            await node.keeper.generate(alg, source=OPERATOR)
    node.clock.move(DAY)
    changed = Node(node.store, node.clock, alg="Ed25519")
    await changed.ring.open()
    assert await changed.kid() == made.kid


async def test_of_two_nodes_that_tend_at_once_one_rotates(nodes: tuple[Node, Node]) -> None:
    """Even where both think that they hold the lease: the rows decide."""
    left, right = nodes
    for _ in range(3):
        left.clock.move(90 * DAY)
        before = len(await left.ring.keys())
        await asyncio.gather(left.tend(), right.tend(), left.tend(), right.tend())
        assert len(await left.ring.keys()) == before + 2
        assert (await left.states())[-2:] == ["active", "upcoming"]
        assert await left.kid() == await right.kid()


async def test_of_two_operators_who_rotate_at_once_one_does(nodes: tuple[Node, Node]) -> None:
    """The other is told that the next key is not ready; one rotation must not become two."""
    left, right = nodes
    left.clock.move(DAY)
    asked = (left.keeper.rotate(source=OPERATOR), right.keeper.rotate(source=OPERATOR))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["KeyConflict", "list"]
    assert await left.states() == ["retiring", "active", "upcoming"]


async def test_one_node_rotates_while_another_revokes(nodes: tuple[Node, Node]) -> None:
    """Whichever comes first: the revoked key is gone, one signs, one stands by."""
    left, right = nodes
    left.clock.move(DAY)
    kid = await left.kid()
    asked = (left.keeper.rotate(["ES256"], source=OPERATOR), right.keeper.revoke(kid, source=OPERATOR))
    await asyncio.gather(*asked, return_exceptions=True)
    states = dict(
        zip([key.kid for key in await left.ring.keys() if key.alg == "ES256"], await left.states(), strict=True)
    )
    assert states[kid] == "gone"
    assert sorted(states.values()).count("active") == 1
    assert sorted(states.values()).count("upcoming") == 1


class Between:
    """A store that lets something happen before, or loses the answer after, the next write. Else the one behind it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.before: Any = None
        self.lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, *calls: Call) -> list[list[Row]]:
        happens, self.before = self.before, None
        if happens is not None:
            await happens()
        rows = await self._store.write(*calls)
        if self.lost:
            self.lost = False
            raise StoreUnavailable("outcome_unknown")
        return rows


async def test_a_lease_that_is_lost_midway_does_no_harm(nodes: tuple[Node, Node]) -> None:
    """A slow node has planned; meanwhile another one takes over and rotates; the plan is stale."""
    left, right = nodes
    left.clock.move(90 * DAY)
    between = Between(left.store)
    slow = Node(between, left.clock)
    between.before = right.tend
    await slow.tend()
    assert await right.states() == ["retiring", "active", "upcoming"]
    names = [line.name for line in await right.audit()]
    assert names.count("key_activated") == 2, "one per algorithm"


async def test_a_crash_after_the_commit_is_not_done_again(node: Node) -> None:
    """Nobody heard that it was written; whoever tends next finds nothing to do."""
    node.clock.move(90 * DAY)
    between = Between(node.store)
    dying = Node(between, node.clock)
    between.lost = True
    with pytest.raises(StoreUnavailable):
        await dying.tend()
    await node.tend()
    assert await node.states() == ["retiring", "active", "upcoming"]


async def test_a_crash_before_the_commit_leaves_the_ring_as_it_was(node: Node) -> None:
    """All steps of a rotation are one unit: never a retired key without a successor."""
    node.clock.move(90 * DAY)
    steps = await node.states()
    broken = Sql("UPDATE signing_keys SET use = 'sig' WHERE kid = 'nobody' RETURNING 1", rows=1)

    class Dying(Between):
        async def write(self, *calls: Call) -> list[list[Row]]:
            return await super().write(*calls, broken())

    with pytest.raises(Stale):
        await Node(Dying(node.store), node.clock).tend()
    assert await node.states() == steps
    await node.tend()
    assert await node.states() == ["retiring", "active", "upcoming"]


async def test_a_node_learns_of_a_change_when_it_looks_again(nodes: tuple[Node, Node]) -> None:
    """Housekeeping looks twice a second; who never does, knows after 30 s at the latest."""
    left, right = nodes
    token = await right.token()
    await left.keeper.revoke(str(unverified_header(token)["kid"]), source=OPERATOR)
    assert await right.accepts(token)
    await right.ring.reload()
    assert not await right.accepts(token)
    assert await left.kid() == await right.kid()


async def test_keys_are_wrapped_again_for_a_new_secret(node: Node) -> None:
    """Then the old one can be struck off, and every key still signs and verifies."""
    token = await node.token()
    node.clock.move(DAY)
    await node.keeper.rotate(source=OPERATOR)
    changed = Node(node.store, node.clock, numbered(NEW, [MASTER]))
    await changed.ring.open()
    assert await changed.keeper.rewrap(source=OPERATOR) == 6
    assert await changed.keeper.rewrap(source=OPERATOR) == 0
    assert [line.name for line in await changed.audit()].count("keys_rewrapped") == 1
    alone = Node(node.store, node.clock, numbered(NEW))
    await alone.ring.open()
    assert await alone.accepts(token)
    assert await alone.accepts(await alone.token())
    with pytest.raises(Misuse, match="GATEPASS_SECRET_KEY"):
        await Node(node.store, node.clock, numbered(MASTER)).ring.open()


async def test_a_node_that_runs_through_the_change_of_the_secret_keeps_signing(node: Node) -> None:
    """It has the keys open, and needs the new secret only for keys that are made after."""
    other = Node(node.store, node.clock, numbered(NEW, [MASTER]))
    await other.ring.open()
    await other.keeper.rewrap(source=OPERATOR)
    node.clock.move(31)
    assert await other.accepts(await node.token())


async def test_without_the_old_secret_nothing_is_wrapped_again(node: Node) -> None:
    """Refused as a whole: no key may end under a secret that nobody listed."""
    before = await node.store.read(WRAPPED())
    with pytest.raises(Misuse, match="GATEPASS_SECRET_KEY"):
        await Node(node.store, node.clock, numbered(NEW)).keeper.rewrap(source=OPERATOR)
    assert await node.store.read(WRAPPED()) == before


async def test_gone_keys_are_not_wrapped_again(node: Node) -> None:
    await node.keeper.revoke(await node.kid(), source=OPERATOR)
    changed = Node(node.store, node.clock, numbered(NEW, [MASTER]))
    assert await changed.keeper.rewrap(source=OPERATOR) == 4


async def test_figures_tell_the_states_and_when_the_next_rotation_is_due(node: Node) -> None:
    """As they are when somebody looks, without a read of the database."""
    metrics = Metrics()
    show(node.ring, SCHEDULE, metrics, node.clock)
    activated = int(node.clock())
    node.clock.move(DAY)
    await node.keeper.rotate(["ES256"], source=OPERATOR)
    lines = exposition(metrics.snapshot()).splitlines()
    told = dict(line.removeprefix("gatepass_").split() for line in lines if line.startswith("gatepass_key"))
    assert told == {
        'keys{alg="ES256",state="retiring"}': "1",
        'keys{alg="ES256",state="active"}': "1",
        'keys{alg="ES256",state="upcoming"}': "1",
        'keys{alg="RS256",state="active"}': "1",
        'keys{alg="RS256",state="upcoming"}': "1",
        'key_rotation_due{alg="ES256"}': str(activated + 91 * DAY),
        'key_rotation_due{alg="RS256"}': str(activated + 90 * DAY),
    }
