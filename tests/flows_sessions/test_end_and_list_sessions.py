"""Seeing where one is signed in, and ending sessions from elsewhere."""

import asyncio

import pytest

from gatepass.http.refusals import NotFound
from gatepass.server.sessions.service import LISTED
from gatepass.server.store import Store
from tests.support.token_server import LAPTOP, PHONE, START, TokenServer

DAY = 86_400


async def test_a_person_sees_their_sessions_with_the_current_one_first(store: Store) -> None:
    """Then by last use; nobody else's, and none that is over."""
    server = TokenServer(store)
    ann, bob = server.person(), server.person()
    current = await server.browser(ann)
    server.clock.move(100)
    older, ended = await server.api(ann, source=PHONE), await server.browser(ann)
    await server.sign_out(ended.session.id, source=LAPTOP)
    server.clock.move(100)
    newer = await server.browser(ann)
    await server.browser(bob)
    found = await server.list_sessions(ann.subject, current=current.session.id)
    assert [(one.id, one.current) for one in found] == [
        (current.session.id, True),
        (newer.session.id, False),
        (older.session.id, False),
    ]
    assert {one.user for one in found} == {ann.subject}


async def test_a_listed_session_says_what_it_is(store: Store) -> None:
    """Kind, times, and from where; the agent as it was sent."""
    server = TokenServer(store)
    user = server.person()
    api = await server.api(user, source=PHONE)
    (info,) = await server.list_sessions(user.subject)
    assert (info.id, info.kind, info.current) == (api.session.id, "api", False)
    assert (info.signed_in_at, info.last_seen_at, info.ends_at) == (START, START, START + 14 * DAY)
    assert (info.address, info.agent) == (PHONE.address, PHONE.agent)


async def test_no_listed_value_opens_anything(store: Store) -> None:
    """Neither the cookie secret nor the refresh token nor the `sid` is in the list."""
    server = TokenServer(store)
    user = server.person()
    browser, api = await server.browser(user), await server.api(user)
    shown = repr(await server.list_sessions(user.subject))
    assert not any(secret in shown for secret in (browser.secret, api.refresh_token, api.grant.sid))


async def test_the_operator_sees_sessions_of_everybody_up_to_a_limit(store: Store) -> None:
    """Last used first."""
    server = TokenServer(store)
    for _ in range(3):
        server.clock.move(10)
        await server.browser(server.person())
    found = await server.list_sessions.of_all(limit=2)
    assert [one.last_seen_at for one in found] == [START + 30, START + 20]


async def test_one_of_mine_can_be_ended_once(store: Store) -> None:
    """The second time there is nothing to end, also when both arrive at once."""
    server = TokenServer(store)
    user = server.person()
    api = await server.api(user)
    ends = (server.end_sessions.one(user.subject, api.session.id, source=LAPTOP) for _ in range(3))
    results = await asyncio.gather(*ends, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "NotFound", "NotFound"]
    assert await server.sessions.live(api.grant.sid, now=server.now) is None
    assert [line.detail for line in await server.audit(user) if line.name == "session_ended"] == [
        {"by": "other_device"}
    ]


@pytest.mark.parametrize("session_id", ["", "x", "\0", "\ud800", "é", "x" * 10**6])
async def test_a_session_that_is_not_there_is_not_found(store: Store, session_id: str) -> None:
    """Whatever is asked for."""
    server = TokenServer(store)
    with pytest.raises(NotFound):
        await server.end_sessions.one(server.person().subject, session_id, source=LAPTOP)
    with pytest.raises(NotFound):
        await server.end_sessions.by_operator(session_id, source=LAPTOP)


async def test_somebody_elses_session_looks_like_none(store: Store) -> None:
    """And goes on."""
    server = TokenServer(store)
    ann, bob = server.person(), server.person()
    theirs = await server.browser(bob)
    with pytest.raises(NotFound):
        await server.end_sessions.one(ann.subject, theirs.session.id, source=LAPTOP)
    assert await server.sessions.by_secret(theirs.secret, now=server.now) is not None


async def test_a_hundred_sessions_are_listed_the_current_one_among_them_and_all_can_be_ended(store: Store) -> None:
    """A program that signs in every minute must not make its owner's account page, and everybody else, wait."""
    server = TokenServer(store)
    user = server.person()
    current = await server.browser(user)
    server.clock.move(1)
    many = [server.sessions.starting(user.subject, now=server.now, source=LAPTOP) for _ in range(LISTED + 5)]
    await store.write(*(call for one in many for call in one.calls))
    found = await server.list_sessions(user.subject, current=current.session.id)
    assert len(found) == LISTED
    assert [one.id for one in found if one.current] == [found[0].id] == [current.session.id]
    assert len(await server.list_sessions(user.subject, limit=1_000)) == LISTED + 6
    await server.end_sessions.others(user.subject, current=current.session.id, source=LAPTOP)
    assert [one.id for one in await server.list_sessions(user.subject, limit=1_000)] == [current.session.id]


async def test_all_others_can_be_ended_at_once(store: Store) -> None:
    """The current session and other people's go on; one line says what happened."""
    server = TokenServer(store)
    ann, bob = server.person(), server.person()
    current, page, api, theirs = (
        await server.browser(ann),
        await server.browser(ann),
        await server.api(ann),
        await server.browser(bob),
    )
    await server.end_sessions.others(ann.subject, current=current.session.id, source=LAPTOP)
    assert [one.id for one in await server.list_sessions(ann.subject)] == [current.session.id]
    assert await server.sessions.by_secret(page.secret, now=server.now) is None
    assert await server.sessions.live(api.grant.sid, now=server.now) is None
    assert await server.sessions.by_secret(theirs.secret, now=server.now) is not None
    line = (await server.audit(ann))[-1]
    assert (line.name, line.session, line.detail) == ("sessions_ended", current.session.id, {"by": "other_device"})


async def test_one_can_sign_out_everywhere_at_once(store: Store) -> None:
    """The session that asks ends with the others, and every grant in them; other people's go on."""
    server = TokenServer(store)
    ann, bob = server.person(), server.person()
    await server.browser(ann)
    api, theirs = await server.api(ann), await server.browser(bob)
    await server.end_sessions.everywhere(ann.subject, source=LAPTOP)
    assert await server.list_sessions(ann.subject) == []
    assert await server.sessions.live(api.grant.sid, now=server.now) is None
    assert await server.sessions.by_secret(theirs.secret, now=server.now) is not None
    line = (await server.audit(ann))[-1]
    assert (line.name, line.session, line.detail) == ("sessions_ended", None, {"by": "everywhere"})


async def test_the_operator_ends_one_session_or_all_of_a_person(store: Store) -> None:
    """With lines that name the operator's reason."""
    server = TokenServer(store)
    user = server.person()
    one, _ = await server.browser(user), await server.api(user)
    await server.end_sessions.by_operator(one.session.id, source=LAPTOP)
    assert len(await server.list_sessions(user.subject)) == 1
    await server.end_sessions.all_by_operator(user.subject, source=LAPTOP)
    assert await server.list_sessions(user.subject) == []
    assert [line.detail for line in (await server.audit(user))[-2:]] == [{"by": "operator"}, {"by": "operator"}]
