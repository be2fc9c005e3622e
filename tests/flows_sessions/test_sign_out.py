"""Signing out: by session, by cookie, by refresh token; as often as one likes."""

import asyncio

import pytest

from gatepass.server.clients.errors import GrantRefused
from gatepass.server.store import Store
from tests.support.token_server import LAPTOP, PHONE, START, TokenServer


async def test_a_signed_out_browser_is_not_recognised_any_more(store: Store) -> None:
    """One line says so; other sessions go on."""
    server = TokenServer(store)
    user = server.person()
    one, other = await server.browser(user), await server.browser(user)
    await server.sign_out(one.session.id, source=PHONE)
    assert await server.sessions.by_secret(one.secret, now=server.now) is None
    assert await server.sessions.by_secret(other.secret, now=server.now) is not None
    line = (await server.audit(user))[-1]
    assert (line.name, line.session, line.detail) == ("session_ended", one.session.id, {"by": "sign_out"})
    assert (line.at, line.address) == (START, PHONE.address)


async def test_a_cookie_signs_its_own_session_out(store: Store) -> None:
    """Whether or not its owner is still among the users."""
    server = TokenServer(store)
    user = server.person()
    one, other = await server.browser(user), await server.browser(user)
    server.team.users.clear()
    await server.sign_out.by_secret(one.secret, source=PHONE)
    assert await server.sessions.by_secret(one.secret, now=server.now) is None
    assert await server.sessions.by_secret(other.secret, now=server.now) is not None
    assert (await server.audit(user))[-1].detail == {"by": "sign_out"}


@pytest.mark.parametrize("way", ["session", "newest token", "older token"])
async def test_after_a_sign_out_refresh_refuses_at_once(store: Store, way: str) -> None:
    """Whichever way the client signed out; and its `sid` is dead for our own API."""
    server = TokenServer(store)
    await server.ring.open()
    api = await server.api(server.person())
    newest = (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token
    match way:
        case "session":
            await server.sign_out(api.session.id, source=LAPTOP)
        case "newest token":
            await server.sign_out.by_refresh_token(newest, source=LAPTOP)
        case "older token":
            server.clock.move(1000)
            await server.sign_out.by_refresh_token(api.refresh_token, source=LAPTOP)
    with pytest.raises(GrantRefused, match="invalid_grant"):
        await server.refresh(newest, source=LAPTOP)
    assert await server.sessions.live(api.grant.sid, now=server.now) is None
    assert (await server.events())[-1] == "session_ended"


async def test_signing_out_twice_or_at_once_leaves_one_line(store: Store) -> None:
    """The first end counts; the rest does nothing and says nothing."""
    server = TokenServer(store)
    api = await server.api(server.person())
    await asyncio.gather(*(server.sign_out(api.session.id, source=LAPTOP) for _ in range(5)))
    await server.sign_out.by_refresh_token(api.refresh_token, source=LAPTOP)
    assert await server.events() == ["session_started", "session_ended"]


@pytest.mark.parametrize("text", ["", "x", "\0", "\ud800", "é", "x" * 10**6, "A" * 22, "A" * 22 + ".0." + "A" * 43])
async def test_signing_out_with_what_never_was_good_does_nothing(store: Store, text: str) -> None:
    """No error, no line: whoever guesses learns nothing."""
    server = TokenServer(store)
    api = await server.api(server.person())
    await server.sign_out(text, source=LAPTOP)
    await server.sign_out.by_secret(text, source=LAPTOP)
    await server.sign_out.by_refresh_token(text, source=LAPTOP)
    assert await server.events() == ["session_started"]
    assert await server.sessions.live(api.grant.sid, now=server.now) is not None


async def test_a_forged_refresh_token_signs_nobody_out(store: Store) -> None:
    """The family's id is no secret, its MAC is."""
    server = TokenServer(store)
    api = await server.api(server.person())
    family, _, mac = api.refresh_token.split(".")
    await server.sign_out.by_refresh_token(f"{family}.1.{mac}", source=LAPTOP)
    assert await server.sessions.live(api.grant.sid, now=server.now) is not None
