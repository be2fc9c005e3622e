"""Days of two nodes in a few seconds, against a simple model: sign-ins, ends, time, tidying, lists that fill up."""

import random
from dataclasses import dataclass

import pytest

from gatepass.server.sessions.starting import StartedGrant
from gatepass.server.status.drawing import Drawing
from gatepass.server.status.model import FAIL_OPEN_FOR, MARGIN, QUANTUM, TTL, Terms
from gatepass.server.status.reading import Statuses
from gatepass.server.status.tidying import Tidying
from gatepass.server.store import Store
from tests.support.token_server import LAPTOP, MovedClock, TokenServer

LIFETIME = 300
STEPS = 250
Place = tuple[str | None, int | None]


@dataclass
class Life:
    """What the model knows of one grant."""

    place: Place
    session: str
    user: str
    began: int
    over: int
    ended: int | None = None

    def set_at(self, now: int) -> bool | None:
        """Whether its bit is set; None in the minute in which it may be either."""
        if self.ended is None or now >= self.ended + LIFETIME + MARGIN + QUANTUM:
            return False
        return True if now < self.ended + LIFETIME + MARGIN else None


class World:
    """Two nodes on one store, with lists so small that indexes are used again and again."""

    def __init__(self, store: Store, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = MovedClock()
        self.nodes = [TokenServer(store, clock=self.clock) for _ in range(2)]
        for node in self.nodes:
            node.drawing = Drawing(store, node.master, smallest=256, largest=256)
        self.people = [self.nodes[0].person() for _ in range(5)]
        self.tidying, self.statuses = Tidying(store, Terms(LIFETIME)), Statuses(store)
        self.lives: list[Life] = []

    @property
    def now(self) -> int:
        return int(self.clock())

    def alive(self) -> list[Life]:
        return [one for one in self.lives if one.ended is None and self.now < one.over]

    async def sign_in(self) -> None:
        user = self.chance.choice(self.people)
        made: StartedGrant = await self.chance.choice(self.nodes).api(user)
        place = (made.grant.status_list, made.grant.status_idx)
        self.check_rested(place)
        over = made.session.absolute_until
        self.lives.append(Life(place, made.session.id, user.subject, self.now, over))

    def check_rested(self, place: Place) -> None:
        """Nobody can have a token of an earlier grant with this index, or a list in which it is still set."""
        for one in self.lives:
            if one.place == place:
                assert one.ended is not None or self.now >= one.over + LIFETIME + MARGIN
                if one.ended is not None:
                    assert self.now >= one.ended + LIFETIME + 2 * MARGIN + 2 * TTL + FAIL_OPEN_FOR

    async def sign_out(self) -> None:
        if found := self.alive():
            one = self.chance.choice(found)
            await self.chance.choice(self.nodes).sign_out(one.session, source=LAPTOP)
            one.ended = self.now

    async def end_all(self) -> None:
        user = self.chance.choice(self.people).subject
        await self.chance.choice(self.nodes).end_sessions.all_by_operator(user, source=LAPTOP)
        for one in self.alive():
            if one.user == user:
                one.ended = self.now

    async def check_bits(self) -> None:
        newest = {one.place: one for one in self.lives}
        since = Terms(LIFETIME).set_since(self.now)
        found = {
            (one.id, idx)
            for one in await self.statuses.lists()
            for idx in await self.statuses.indexes(one.id, since=since)
        }
        assert found <= newest.keys()
        for place, one in newest.items():
            assert one.set_at(self.now) in (place in found, None)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_bit_says_of_one_grant_alone_whether_it_has_ended(store: Store, seed: int) -> None:
    """Set from the end on for as long as a token can live, cleared then, and nobody suffers from who had it before."""
    world = World(store, seed)
    for _ in range(STEPS):
        step = world.chance.choices(["in", "out", "all", "move", "long", "tidy"], [40, 25, 2, 20, 3, 10])[0]
        match step:
            case "in":
                await world.sign_in()
            case "out":
                await world.sign_out()
            case "all":
                await world.end_all()
            case "move":
                world.clock.move(world.chance.randrange(90))
            case "long":
                world.clock.move(world.chance.choice([700, 86_400]))
            case "tidy":
                await world.tidying(world.clock())
        await world.check_bits()
    assert len({one.place for one in world.lives}) < len(world.lives)
