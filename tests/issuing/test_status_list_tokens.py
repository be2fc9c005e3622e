"""Status lists as services fetch them: form, signature, entity tag, and how soon an end is seen."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from gatepass.jose import Verifier, unverified_header
from gatepass.kernel.secret import Secret
from gatepass.server.audit.model import Source
from gatepass.server.issuing.status_lists import LIFETIME, LOOKED_EVERY, SIGNED_EVERY, PublishedList
from gatepass.server.keys.keeper import KeyKeeper
from gatepass.server.keys.plan import Schedule
from gatepass.server.sessions.model import Grant
from gatepass.server.status.drawing import Drawing
from gatepass.server.store import Store
from gatepass.tokens.status_list import StatusClaims, StatusList
from tests.support.refreshing import opened
from tests.support.token_server import ISSUER, LAPTOP, RETIREMENT, START, TokenServer


async def fetched(server: TokenServer, grant: Grant) -> PublishedList:
    assert grant.status_list is not None
    found = await server.status_lists.get(grant.status_list)
    assert found is not None
    return found


async def claims_of(server: TokenServer, published: PublishedList) -> StatusClaims:
    """What a gate reads: typ, signature and exp are checked."""
    keys = await server.ring.key_set()
    verifier = Verifier(keys, issuer=None, audience=None, typ="statuslist+jwt", claims=StatusClaims)
    return verifier.verify(published.token.decode(), now=server.clock())


async def is_revoked(server: TokenServer, grant: Grant) -> bool:
    claims = await claims_of(server, await fetched(server, grant))
    assert grant.status_idx is not None
    return StatusList.decode(claims.status_list.lst, claims.status_list.bits).is_set(grant.status_idx)


async def test_a_list_says_what_it_is_until_when_and_when_to_ask_again(store: Store) -> None:
    """draft-ietf-oauth-status-list-21 section 5.1: typ, sub, iat, exp, ttl, bits."""
    server = await opened(store)
    started = await server.api(server.person())
    published = await fetched(server, started.grant)
    header = unverified_header(published.token.decode())
    claims = await claims_of(server, published)
    assert (header["typ"], header["alg"], sorted(header)) == ("statuslist+jwt", "ES256", ["alg", "kid", "typ"])
    assert claims.sub == f"{ISSUER}/status/{started.grant.status_list}"
    assert (claims.iat, claims.exp, claims.ttl) == (START, START + LIFETIME, 5)
    assert claims.status_list.bits == 1
    assert len(StatusList.decode(claims.status_list.lst, 1)) == 2**21


async def test_the_reference_in_an_access_token_names_the_list(store: Store) -> None:
    """Section 6.2; `uri` is equal to `sub` of the list."""
    server = await opened(store)
    started = await server.api(server.person())
    answer = await server.refresh(started.refresh_token, source=LAPTOP)
    status = (await server.claims(answer.access_token)).status
    sub = (await claims_of(server, await fetched(server, started.grant))).sub
    assert status == {"status_list": {"idx": started.grant.status_idx, "uri": sub}}


async def test_with_a_shared_secret_tokens_refer_to_lists_that_are_signed_with_a_key_pair(store: Store) -> None:
    """A member of a trust group could forge a list otherwise, and bring back what was taken back."""
    server = await opened(store, shared_secrets={"money": Secret(b"s" * 32)})
    started = await server.api(server.person(), audiences=(RETIREMENT,))
    answer = await server.refresh(started.refresh_token, source=LAPTOP)
    assert unverified_header(answer.access_token)["alg"] == "HS256"
    assert unverified_header((await fetched(server, started.grant)).token.decode())["alg"] == "ES256"
    await server.sign_out(started.session.id, source=LAPTOP)
    server.clock.move(LOOKED_EVERY)
    assert await is_revoked(server, started.grant)


async def test_a_list_is_built_beside_the_event_loop(store: Store) -> None:
    """A large one takes tens of milliseconds: while the threads have no time for it, everybody else is served."""
    server = await opened(store)
    started = await server.api(server.person())
    free, threads = Event(), ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(threads)
    threads.submit(free.wait, 60)
    asking = asyncio.create_task(fetched(server, started.grant))
    try:
        for _ in range(5):
            assert await server.refresh(started.refresh_token, source=LAPTOP)
        assert not asking.done()
    finally:
        free.set()
    assert (await asking).token


async def test_an_end_is_seen_at_once_on_every_node(store: Store) -> None:
    """Half a second after the commit at most: nobody is given a view that is older than `LOOKED_EVERY`."""
    here = await opened(store)
    there = await opened(store, clock=here.clock)
    started, other = await here.api(here.person()), await here.api(here.person())
    assert not await is_revoked(there, started.grant)
    await here.sign_out(started.session.id, source=LAPTOP)
    here.clock.move(LOOKED_EVERY)
    for node in (here, there):
        assert [await is_revoked(node, one.grant) for one in (started, other)] == [True, False]


async def test_what_changes_between_two_looks_is_seen_also_when_the_number_stays(store: Store) -> None:
    """One bit is cleared by time and another one set: the count of set bits is the same."""
    server = await opened(store)
    first, second = await server.api(server.person()), await server.api(server.person())
    await server.sign_out(first.session.id, source=LAPTOP)
    server.clock.move(1)
    assert await is_revoked(server, first.grant)
    server.clock.move(500)
    await server.sign_out(second.session.id, source=LAPTOP)
    server.clock.move(1)
    assert [await is_revoked(server, one.grant) for one in (first, second)] == [False, True]


async def test_the_entity_tag_is_equal_on_all_nodes_and_changes_with_the_bits(store: Store) -> None:
    """Hash of content and kid, not of the token: ECDSA signatures differ each time."""
    here = await opened(store)
    there = await opened(store, clock=here.clock)
    started = await here.api(here.person())
    one = await fetched(here, started.grant)
    here.clock.move(5)
    other = await fetched(there, started.grant)
    assert one.etag == other.etag
    assert one.token != other.token
    await here.sign_out(started.session.id, source=LAPTOP)
    here.clock.move(1)
    changed = {(await fetched(node, started.grant)).etag for node in (here, there)}
    assert len(changed) == 1
    assert one.etag not in changed


async def test_two_lists_with_the_same_bits_have_different_tags(store: Store) -> None:
    """A tag that was seen at one address says nothing at another one."""
    server = await opened(store)
    server.drawing = Drawing(store, server.master, smallest=64, largest=64)
    made = [await server.api(server.person()) for _ in range(33)]
    assert made[0].grant.status_list != made[-1].grant.status_list
    assert (await fetched(server, made[0].grant)).etag != (await fetched(server, made[-1].grant)).etag


async def test_a_list_that_does_not_change_is_not_signed_again_until_half_of_its_time_is_over(store: Store) -> None:
    server = await opened(store)
    started = await server.api(server.person())
    first = await fetched(server, started.grant)
    server.clock.move(SIGNED_EVERY - 1)
    assert (await fetched(server, started.grant)).token == first.token
    server.clock.move(1)
    again = await fetched(server, started.grant)
    assert again.token != first.token
    assert again.etag == first.etag
    assert (await claims_of(server, again)).iat == START + SIGNED_EVERY


async def test_a_key_that_signs_no_more_does_not_go_on_signing_lists(store: Store) -> None:
    """After a rotation, and at once after a revocation: a list with a key that is gone would be refused."""
    server = await opened(store)
    started = await server.api(server.person())
    first = await fetched(server, started.grant)
    keeper = KeyKeeper(store, server.master, server.ring, Schedule(), clock=server.clock)
    kid = unverified_header(first.token.decode())["kid"]
    await keeper.revoke(kid, source=Source(None, None))
    await server.ring.reload()
    second = await fetched(server, started.grant)
    assert unverified_header(second.token.decode())["kid"] != kid
    assert second.etag != first.etag
    assert (await claims_of(server, second)).iat == START


@pytest.mark.parametrize("name", ["", "1", "x" * 10_000, "é", "..", "a\0b"])
async def test_there_is_no_other_list(store: Store, name: str) -> None:
    server = await opened(store)
    await server.api(server.person())
    assert await server.status_lists.get(name) is None


async def test_all_who_ask_at_once_get_one_and_the_same_token(store: Store) -> None:
    """One build is shared by everybody."""
    server = await opened(store)
    started = await server.api(server.person())
    found = await asyncio.gather(*(fetched(server, started.grant) for _ in range(50)))
    assert len({one.token for one in found}) == 1


async def test_a_list_that_another_node_has_begun_is_found(store: Store) -> None:
    here = await opened(store)
    there = await opened(store, clock=here.clock)
    assert await there.status_lists.get("nobody's") is None
    started = await here.api(here.person())
    here.clock.move(LOOKED_EVERY)
    assert not await is_revoked(there, started.grant)
