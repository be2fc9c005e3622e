"""A bit is set in the unit that ends its grant, whatever ends it; and it is cleared and free again in time."""

import pytest

from gatepass.jose import unverified_claims
from gatepass.server.flows.purge import KEPT, Purge
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.model import Grant
from gatepass.server.sessions.starting import StartedGrant
from gatepass.server.status.drawing import Drawing
from gatepass.server.status.model import BLOCK, FAIL_OPEN_FOR, MARGIN, QUANTUM, TTL, Terms
from gatepass.server.status.reading import Statuses
from gatepass.server.status.tidying import Tidying
from gatepass.server.store import Sql, Stale, Store
from tests.support.accounts import HOME, Accounts, accounts
from tests.support.people import PASSWORD
from tests.support.refreshing import opened, refused
from tests.support.token_server import LAPTOP, START, TokenServer

LIFETIME = 300
ROW = Sql("SELECT idx, grant_id, until, ended_at FROM status_entries WHERE list = :list AND idx = :idx")
USED = Sql("UPDATE sessions SET idle_until = :until WHERE id = :id RETURNING 1", rows=1)
NOTHING = Sql("UPDATE grants SET ended_at = :now WHERE id = :id RETURNING 1", rows=1)


async def is_set(store: Store, grant: Grant, now: int) -> bool:
    """What a list that is built at `now` says of `grant`."""
    assert grant.status_list is not None
    since = Terms(LIFETIME).set_since(now)
    return grant.status_idx in await Statuses(store).indexes(grant.status_list, since=since)


async def row(store: Store, grant: Grant) -> tuple[object, ...]:
    [found] = await store.read(ROW(list=grant.status_list, idx=grant.status_idx))
    return found[1:]


async def set_ones(server: TokenServer, *grants: StartedGrant) -> list[bool]:
    return [await is_set(server.store, one.grant, server.now) for one in grants]


async def test_a_living_grant_has_an_index_that_is_not_set(store: Store) -> None:
    server = TokenServer(store)
    started = await server.api(server.person())
    assert await row(store, started.grant) == (started.grant.id, started.session.absolute_until, None)
    assert await set_ones(server, started) == [False]


async def test_signing_out_sets_the_bit_of_this_session_alone(store: Store) -> None:
    server = TokenServer(store)
    user = server.person()
    ended, other = await server.api(user), await server.api(user)
    await server.sign_out(ended.session.id, source=LAPTOP)
    assert await set_ones(server, ended, other) == [True, False]


async def test_ending_one_session_from_elsewhere_sets_its_bit(store: Store) -> None:
    server = TokenServer(store)
    user = server.person()
    ended, other = await server.api(user), await server.api(user)
    await server.end_sessions.one(user.subject, ended.session.id, source=LAPTOP)
    assert await set_ones(server, ended, other) == [True, False]


async def test_ending_all_others_sets_their_bits_and_not_that_of_the_one_that_asks(store: Store) -> None:
    server = TokenServer(store)
    user = server.person()
    kept, ended, stranger = await server.api(user), await server.api(user), await server.api(server.person())
    await server.end_sessions.others(user.subject, current=kept.session.id, source=LAPTOP)
    assert await set_ones(server, kept, ended, stranger) == [False, True, False]


@pytest.mark.parametrize("every", [False, True], ids=["one", "all"])
async def test_an_operator_who_ends_sessions_sets_their_bits(store: Store, every: bool) -> None:
    server = TokenServer(store)
    user = server.person()
    started = await server.api(user)
    if every:
        await server.end_sessions.all_by_operator(user.subject, source=LAPTOP)
    else:
        await server.end_sessions.by_operator(started.session.id, source=LAPTOP)
    assert await set_ones(server, started) == [True]


async def test_reuse_sets_the_bit_of_that_grant_only(store: Store) -> None:
    """RFC 9700 section 4.14.2; other grants of the person go on."""
    server = await opened(store)
    user = server.person()
    started, other = await server.api(user), await server.api(user)
    tokens = await server.refresh(started.refresh_token, source=LAPTOP)
    await server.refresh(tokens.refresh_token, source=LAPTOP)
    server.clock.move(60)
    assert await refused(server, started.refresh_token) == "invalid_grant"
    assert await set_ones(server, started, other) == [True, False]


async def test_a_refresh_for_a_user_who_is_gone_sets_the_bit(store: Store) -> None:
    server = await opened(store)
    user = server.person()
    started = await server.api(user)
    del server.team.users[user.subject]
    assert await refused(server, started.refresh_token) == "invalid_grant"
    assert await set_ones(server, started) == [True]


async def api_grant(server: Accounts) -> Grant:
    """The grant of an API sign-in of anna."""
    found = await server.sign_in.api("anna", PASSWORD, HOME)
    sid = unverified_claims(found.tokens.access_token)["sid"]
    live = await server.sessions.live(sid, now=server.now)
    assert live is not None
    return live.grant


@pytest.mark.parametrize("by", ["change_password", "new_password", "disable", "delete"])
async def test_what_is_done_to_an_account_sets_the_bits_of_its_grants(store: Store, by: str) -> None:
    """Password changed by its owner or an operator, account disabled or deleted."""
    server = accounts(store)
    await server.ring.open()
    anna = await server.people.add("anna")
    grant = await api_grant(server)
    match by:
        case "change_password":
            await server.change_password(anna.subject, PASSWORD, "another long pass phrase 7", source=HOME)
        case "new_password":
            await server.change_password.by_operator(anna.subject, "another long pass phrase 7", source=HOME)
        case "disable":
            await server.disable_user(anna.subject, source=HOME)
        case "delete":
            await server.delete_user.by_operator(anna.subject, source=HOME)
    await server.close()
    assert await is_set(store, grant, server.now)
    # Deleting a user leaves the row of the grant: no cascade there.
    assert (await row(store, grant))[0] == grant.id


async def test_there_is_no_end_without_its_bit_and_no_bit_without_an_end(store: Store) -> None:
    """Both stand in one unit: when anything in it is stale, neither has happened."""
    server = TokenServer(store)
    started = await server.api(server.person())
    end = server.sessions.ending(started.session.id, by="sign_out", now=server.now)
    with pytest.raises(Stale):
        await store.write(*end, NOTHING(id="nobody", now=server.now))
    assert await set_ones(server, started) == [False]
    assert await server.sessions.live(started.grant.sid, now=server.now) is not None


async def test_ending_twice_keeps_the_time_of_the_first_end(store: Store) -> None:
    server = TokenServer(store)
    user = server.person()
    started = await server.api(user)
    await server.sign_out(started.session.id, source=LAPTOP)
    server.clock.move(100)
    await server.end_sessions.all_by_operator(user.subject, source=LAPTOP)
    assert (await row(store, started.grant))[2] == START


async def test_expiry_sets_no_bit(store: Store) -> None:
    """The tokens of a grant that ran out have run out as well."""
    server = await opened(store)
    started = await server.api(server.person())
    server.clock.at = started.session.absolute_until + 1
    assert await refused(server, started.refresh_token) == "invalid_grant"
    assert await set_ones(server, started) == [False]


async def test_a_bit_is_cleared_once_no_token_can_live(store: Store) -> None:
    """Not before the access lifetime and 60 s, and at most a minute later, at the same moment on all nodes."""
    server = TokenServer(store)
    started = await server.api(server.person())
    await server.sign_out(started.session.id, source=LAPTOP)
    for seconds, expected in [(0, True), (LIFETIME + MARGIN - 1, True), (LIFETIME + MARGIN + QUANTUM, False)]:
        assert await is_set(store, started.grant, START + seconds) is expected
    moments = [at for at in range(START + 300, START + 500) if await is_set(store, started.grant, at)]
    assert moments == list(range(START + 300, moments[-1] + 1))
    assert (moments[-1] + 1) % QUANTUM == 0


async def test_an_index_rests_until_everybody_knows_that_its_bit_is_cleared(store: Store) -> None:
    """After clearing: a poll, the ttl, fail_open_for and 60 s more. Only then is it nobody's."""
    server = TokenServer(store)
    started = await server.api(server.person())
    await server.sign_out(started.session.id, source=LAPTOP)
    tidying = Tidying(store, Terms(LIFETIME))
    cleared = LIFETIME + MARGIN + QUANTUM
    rests = cleared + TTL + TTL + FAIL_OPEN_FOR + MARGIN
    await tidying(START + rests)
    assert (await row(store, started.grant))[0] == started.grant.id
    await tidying(START + rests + 1)
    assert await row(store, started.grant) == (None, 0, None)


async def test_an_index_of_a_grant_that_ran_out_is_free_once_no_token_can_live(store: Store) -> None:
    server = TokenServer(store)
    started = await server.api(server.person())
    tidying, end = Tidying(store, Terms(LIFETIME)), started.session.absolute_until
    await tidying(end + LIFETIME + MARGIN)
    assert (await row(store, started.grant))[0] == started.grant.id
    await tidying(end + LIFETIME + MARGIN + 1)
    assert await row(store, started.grant) == (None, 0, None)


async def test_an_index_of_a_grant_that_was_purged_is_free(store: Store) -> None:
    """A device that was lost: its session ran out unused, long before its last day, and was deleted."""
    server = TokenServer(store)
    user = server.person()
    lost, used = await server.api(user), await server.api(user)
    server.clock.at = lost.session.idle_until + KEPT + 1
    # What the other one's device has done meanwhile.
    await store.write(USED(id=used.session.id, until=used.session.absolute_until))
    await Purge(store, Metrics())(server.clock())
    tidying = Tidying(store, Terms(LIFETIME))
    await tidying(server.clock() + LIFETIME + MARGIN + 1)
    assert await row(store, lost.grant) == (None, 0, None)
    assert (await row(store, used.grant))[0] == used.grant.id


async def test_the_end_of_an_old_grant_does_not_mark_the_next_one_with_its_index(store: Store) -> None:
    """The row names the grant that it is for."""
    server = TokenServer(store)
    user = server.person()
    old = await server.api(user)
    await server.sign_out(old.session.id, source=LAPTOP)
    server.clock.move(3_600)
    await Tidying(store, Terms(LIFETIME))(server.clock())
    server.drawing = Drawing(store, server.master)
    new = [await server.api(server.person()) for _ in range(BLOCK)]
    heir = next(one for one in new if one.grant.status_idx == old.grant.status_idx)
    await server.end_sessions.all_by_operator(user.subject, source=LAPTOP)
    assert await set_ones(server, heir) == [False]


async def test_tidying_goes_on_until_nothing_is_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small units."""
    monkeypatch.setattr("gatepass.server.status.tidying.BATCH", 2)
    server = TokenServer(store)
    user = server.person()
    started = [await server.api(user) for _ in range(5)]
    await server.end_sessions.all_by_operator(user.subject, source=LAPTOP)
    await Tidying(store, Terms(LIFETIME))(START + 3_600)
    assert [await row(store, one.grant) for one in started] == [(None, 0, None)] * 5
