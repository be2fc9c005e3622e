"""So many sessions per person: one more ends the one that was not used for longest."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gatepass.server.sessions import service
from gatepass.server.store import Sql, Store, open_store
from gatepass.server.users.model import User
from gatepass.server.users.recognition import Attempt, Recognised
from tests.support.accounts import WORK, Accounts, accounts
from tests.support.people import PASSWORD

LIVING = Sql("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL")
STATES = Sql(
    """SELECT s.ended_by, g.ended_by, f.ended_at, e.ended_at FROM sessions s JOIN grants g ON g.session_id = s.id
    JOIN refresh_families f ON f.grant_id = g.id JOIN status_entries e ON e.grant_id = g.id ORDER BY s.created_at"""
)
MOST = 3


@pytest.fixture
async def house(store: Store) -> AsyncIterator[Accounts]:
    house = accounts(store, per_user=MOST)
    await house.ring.open()
    await house.people.add("anna")
    yield house
    await house.close()


async def living(house: Accounts) -> int:
    [[count]] = await house.store.read(LIVING())
    return int(count)


async def test_at_the_limit_the_least_recently_used_session_ends_in_the_same_unit(house: Accounts) -> None:
    """Use counts, not age; its own audit line names it and says why."""
    signed_in = []
    for _ in range(MOST):
        signed_in.append(await house.browser())
        house.people.time.pass_(100)
    first, second, third = signed_in
    assert await house.sessions.recognise(first.secret, now=house.now, source=WORK)
    oldest = await house.session(second.secret)
    assert oldest is not None
    fourth = await house.browser()
    assert [await house.session(one.secret) is not None for one in (first, second, third, fourth)] == [
        *(True, False, True, True)
    ]
    [line] = [line for line in await house.lines() if line.name == "session_ended"]
    assert (line.session, line.detail) == (oldest.id, {"by": "limit"})


async def test_its_grants_families_and_bits_end_with_it(house: Accounts) -> None:
    """Its access tokens are refused within seconds, as after every other end."""
    for _ in range(MOST + 1):
        house.people.time.pass_(10)
        await house.sign_in.api("anna", PASSWORD, WORK)
    ended, *rest = await house.store.read(STATES())
    assert ended == ("limit", "limit", house.now, house.now)
    assert rest == [(None,) * 4] * MOST


async def test_a_browser_that_signs_in_again_pushes_nobody_out(house: Accounts) -> None:
    """Its session of before ends anyway, and makes the room."""
    kept = [await house.browser() for _ in range(MOST)]
    await house.browser(current_secret=kept[-1].secret)
    assert [await house.session(one.secret) is not None for one in kept] == [True, True, False]
    assert [line.detail for line in await house.lines() if line.name == "session_ended"] == [{"by": "signed_in_again"}]


async def test_other_people_have_sessions_of_their_own(house: Accounts) -> None:
    await house.people.add("bob")
    for name in ("anna", "bob"):
        for _ in range(MOST):
            await house.browser(name)
    assert await living(house) == 2 * MOST


async def test_a_limit_that_was_lowered_is_reached_step_by_step(
    house: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sign-in ends so many and no more, so that it does not wait for thousands; it is never refused."""
    monkeypatch.setattr("gatepass.server.sessions.service.ENDED_AT_ONCE", 2)
    monkeypatch.setattr("gatepass.server.flows.starting.ENDED_AT_ONCE", 2)
    user = await house.people.add("bob")
    many = [house.sessions.starting(user.subject, now=house.now, source=WORK) for _ in range(6)]
    await house.store.write(*(call for one in many for call in one.calls))
    left = []
    for _ in range(4):
        house.people.time.pass_(1)
        await house.browser("bob")
        left.append(await living(house))
    assert left == [5, 4, 3, 3]


async def test_many_sign_ins_at_once_never_exceed_the_limit(store: Store, database_url: str, house: Accounts) -> None:
    """From two nodes: each unit begins with the user's row, so they come one by one. All succeed."""
    other_store = open_store(database_url)
    await other_store.open()
    other = accounts(other_store, per_user=MOST)
    seen = []
    for _ in range(4):
        pages = (node.browser() for node in (house, other))
        await asyncio.gather(*pages, *(node.sign_in.api("anna", PASSWORD, WORK) for node in (house, other)))
        seen.append(await living(house))
    assert seen == [MOST] * 4
    started = [line for line in await house.lines() if line.name == "session_started"]
    ended = [line for line in await house.lines() if line.name == "session_ended"]
    assert len(started) - len(ended) == MOST
    await other.close()
    await other_store.close()


@dataclass
class Team:
    """A team's own users: no row of ours that units could begin with."""

    user: User

    async def authenticate(self, identifier: str, password: str) -> User | None:
        """The one user."""
        return self.user

    async def recognise(self, attempt: Attempt) -> Recognised | None:
        """Whoever asks is the one."""
        return Recognised(self.user)

    async def find(self, subject: str) -> User | None:
        """The one user."""
        return self.user


async def test_with_a_teams_own_users_the_limit_holds_from_the_next_sign_in_on(store: Store) -> None:
    """Units of the same moment may not see each other: at most so many too many as there were of them."""
    house = accounts(store, users=Team(User(subject="ann", scopes=())), per_user=MOST)
    for _ in range(3):
        await asyncio.gather(*(house.browser() for _ in range(8)))
        assert MOST <= await living(house) <= MOST + 8 - 1
        await house.browser()
        assert await living(house) == MOST
    await house.close()


def test_the_limit_is_as_many_as_are_listed() -> None:
    """Nobody has a session that they do not see, unless an operator allows more."""
    assert service.PER_USER == service.LISTED
