"""Refresh, step by step in the order of `flows/refresh.py`."""

import pytest

from gatepass.server.clients.errors import GrantRefused
from gatepass.server.flows.refresh import PER_FAMILY
from gatepass.server.sessions.refresh_token import PURPOSE, write
from gatepass.server.store import Store
from tests.support.refreshing import DAY, SET_BACK, STATE, opened, refused
from tests.support.token_server import LAPTOP, PHONE, START


async def test_a_refresh_gives_a_fresh_access_token_and_the_next_refresh_token(store: Store) -> None:
    """The old pair's grant, scope and audience go on."""
    server = await opened(store)
    user = server.person(username="ann")
    api = await server.api(user)
    server.clock.move(200)
    answer = await server.refresh(api.refresh_token, source=LAPTOP)
    claims = await server.claims(answer.access_token)
    assert (claims.sub, claims.sid, claims.iat, claims.exp) == (user.subject, api.grant.sid, START + 200, START + 500)
    assert (answer.token_type, answer.expires_in, answer.scope) == ("Bearer", 300, "pension:read profile")
    assert claims.preferred_username == "ann"
    assert answer.refresh_token != api.refresh_token
    again = await server.refresh(answer.refresh_token, source=LAPTOP)
    assert again.refresh_token not in {answer.refresh_token, api.refresh_token}


async def test_rotation_last_use_and_audit_line_are_one_unit(store: Store) -> None:
    """A refresh counts as use of the session, and leaves one line."""
    server = await opened(store)
    user = server.person()
    api = await server.api(user)
    server.clock.move(DAY)
    await server.refresh(api.refresh_token, source=PHONE)
    ((generation, rotated_at, idle_until, *_, last_seen, session_idle),) = await store.read(STATE())
    assert (generation, rotated_at, last_seen) == (1, START + DAY, START + DAY)
    assert idle_until == session_idle == START + 15 * DAY
    line = (await server.audit(user))[-1]
    assert (line.name, line.session, line.client) == ("token_refreshed", api.session.id, "gatepass-first-party")
    assert (line.address, line.agent, line.request_id) == (PHONE.address, PHONE.agent, PHONE.request_id)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "A" * 22 + ".0." + "A" * 43, "x" * 10**6, "\0", "\ud800", "é.1.é"])
async def test_step_1_and_2_malformed_or_unknown(store: Store, text: str) -> None:
    """Both are `invalid_grant`: nobody learns which families there are."""
    server = await opened(store)
    assert await refused(server, text) == "invalid_grant"
    assert await server.events() == []


async def test_step_3_a_wrong_mac_changes_nothing(store: Store) -> None:
    """Without a real token nobody can end a family, whatever generation they claim."""
    server = await opened(store)
    api = await server.api(server.person())
    first = api.refresh_token
    second = (await server.refresh(first, source=LAPTOP)).refresh_token
    server.clock.move(1000)
    before = await store.read(STATE())
    family, _, mac = second.split(".")
    for generation in (0, 1, 2, 7, 10**14):
        for wrong in (mac[:-1] + ("A" if mac[-1] != "A" else "E"), first.split(".")[2] if generation else mac):
            assert await refused(server, f"{family}.{generation}.{wrong}") == "invalid_grant"
    assert await store.read(STATE()) == before
    assert await server.events() == ["session_started", "token_refreshed"]
    assert await server.refresh(second, source=LAPTOP)


async def test_step_4_an_unknown_client_is_refused_and_audited(store: Store) -> None:
    """No state changes; the rightful client goes on."""
    server = await opened(store)
    user = server.person()
    api = await server.api(user)
    before = await store.read(STATE())
    assert await refused(server, api.refresh_token, client_id="somebody") == "invalid_client"
    assert await store.read(STATE()) == before
    line = (await server.audit(user))[-1]
    assert (line.name, line.detail["reason"]) == ("refresh_refused", "unknown_client")
    assert await server.refresh(api.refresh_token, source=LAPTOP)


async def test_step_4_another_clients_token_is_refused_and_audited(store: Store) -> None:
    """Even an old one, whose replay would otherwise end the grant."""
    server = await opened(store)
    api = await server.api(server.person(), client_id="another-client")
    await store.write(SET_BACK(generation=5))
    before = await store.read(STATE())
    assert await refused(server, api.refresh_token) == "invalid_grant"
    assert await store.read(STATE()) == before
    assert (await server.audit())[-1].detail == {"generation": 0, "reason": "other_client"}


async def test_step_6_the_token_before_gets_the_same_successor_within_the_grace(store: Store) -> None:
    """And a fresh access token; nothing is written, the grace is not extended."""
    server = await opened(store)
    api = await server.api(server.person())
    first = await server.refresh(api.refresh_token, source=LAPTOP)
    before = (await store.read(STATE()), await server.events())
    for _ in range(29):
        server.clock.move(1)
        again = await server.refresh(api.refresh_token, source=LAPTOP)
        assert again.refresh_token == first.refresh_token
        assert again.access_token != first.access_token
    assert (await store.read(STATE()), await server.events()) == before
    server.clock.move(1)
    assert await refused(server, api.refresh_token) == "invalid_grant"


async def test_step_6_a_replay_after_the_grace_ends_the_grant_and_only_the_grant(store: Store) -> None:
    """Refresh reuse ends that grant; the session and other grants go on."""
    server = await opened(store)
    user = server.person()
    api, other = await server.api(user), await server.api(user)
    newest = (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token
    server.clock.move(30)
    assert await refused(server, api.refresh_token) == "invalid_grant"
    assert await refused(server, newest) == "invalid_grant"
    assert await server.sessions.live(api.grant.sid, now=server.now) is None
    assert await server.sessions.by_id(api.session.id, now=server.now) is not None
    assert await server.refresh(other.refresh_token, source=LAPTOP)
    (line,) = [line for line in await server.audit(user) if line.name == "refresh_reused"]
    assert (line.session, line.detail) == (api.session.id, {"generation": 0, "newest": 1})


async def test_step_6_the_thief_is_found_at_the_next_refresh_of_either_side(store: Store) -> None:
    """Promised: once they are more than the grace apart, one of them replays."""
    server = await opened(store)
    api = await server.api(server.person())
    stolen = api.refresh_token
    await server.refresh(stolen, source=PHONE)
    server.clock.move(31)
    assert await refused(server, api.refresh_token) == "invalid_grant"
    assert await server.events() == ["session_started", "token_refreshed", "refresh_reused"]


async def test_step_6_two_generations_back_is_reuse_within_the_grace_too(store: Store) -> None:
    """The grace is for the token before, not for all tokens of the last seconds."""
    server = await opened(store)
    first = (await server.api(server.person())).refresh_token
    second = (await server.refresh(first, source=LAPTOP)).refresh_token
    third = (await server.refresh(second, source=LAPTOP)).refresh_token
    assert await refused(server, first) == "invalid_grant"
    assert await refused(server, third) == "invalid_grant"


async def test_step_6_a_database_that_was_set_back_goes_on_from_the_newer_token(store: Store) -> None:
    """Fail-over or restore; audited, and not taken for theft."""
    server = await opened(store)
    user = server.person()
    token = (await server.api(user)).refresh_token
    for _ in range(5):
        token = (await server.refresh(token, source=LAPTOP)).refresh_token
    await store.write(SET_BACK(generation=2))
    answer = await server.refresh(token, source=LAPTOP)
    assert answer.refresh_token.split(".")[1] == "6"
    line = (await server.audit(user))[-1]
    assert (line.name, line.detail) == ("refresh_state_lost", {"generation": 5, "row": 2})
    assert await server.refresh(answer.refresh_token, source=LAPTOP)


async def test_step_6_ended_or_expired_is_an_invalid_grant_without_a_line(store: Store) -> None:
    """Whatever the generation: a replay into a dead family is no news."""
    server = await opened(store)
    api = await server.api(server.person())
    newest = (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token
    server.clock.move(14 * DAY)
    before = (await store.read(STATE()), await server.events())
    for token in (newest, api.refresh_token):
        assert await refused(server, token) == "invalid_grant"
    assert (await store.read(STATE()), await server.events()) == before


async def test_one_family_refreshes_so_often_and_no_more(store: Store) -> None:
    """Limited per family; another family, and forged tokens, count for themselves."""
    server = await opened(store)
    user = server.person()
    token, other = (await server.api(user)).refresh_token, (await server.api(user)).refresh_token
    forged = token[:-1] + ("A" if token[-1] != "A" else "E")
    for _ in range(PER_FAMILY.tries):
        assert await refused(server, forged) == "invalid_grant"
        token = (await server.refresh(token, source=LAPTOP)).refresh_token
    with pytest.raises(GrantRefused) as caught:
        await server.refresh(token, source=LAPTOP)
    assert (caught.value.code, caught.value.status, caught.value.retry_after) == ("throttled", 429, 60)
    assert await server.refresh(other, source=LAPTOP)
    server.clock.move(60)
    assert await server.refresh(token, source=LAPTOP)


async def test_database_and_secret_together_forge_refresh_tokens(store: Store) -> None:
    """Said openly in SECURITY.md: with both, the next token can be written down; that is why they are kept apart."""
    server = await opened(store)
    api = await server.api(server.person())
    chain = await server.sessions.chain(api.refresh_token.partition(".")[0])
    assert chain is not None
    family = chain.family
    key = server.master.current(PURPOSE)
    assert write(key, version=1, family=family.id, generation=0, salt=family.salt) == api.refresh_token
