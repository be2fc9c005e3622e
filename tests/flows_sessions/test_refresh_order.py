"""Refresh, step by step in the order of RULES 1."""

from typing import Any

import msgspec
import pytest

from gatepass.jose import unverified_claims
from gatepass.server.audit.model import Source
from gatepass.server.clients.errors import GrantRefused
from gatepass.server.sessions.refresh_token import PURPOSE, write
from gatepass.server.store import Sql, Store, StoreUnavailable
from tests.support.token_server import BANK, ISSUER, LAPTOP, PHONE, RETIREMENT, SHOP, START, TokenServer

DAY = 86_400
STATE = Sql(
    """SELECT f.generation, f.rotated_at, f.idle_until, f.ended_at, g.ended_at, g.ended_by, s.ended_at, s.ended_by,
        s.last_seen_at, s.idle_until
    FROM refresh_families f JOIN grants g ON g.id = f.grant_id JOIN sessions s ON s.id = g.session_id"""
)
SET_BACK = Sql("UPDATE refresh_families SET generation = :generation RETURNING 1", rows=1)


async def opened(store: Store, **more: Any) -> TokenServer:
    server = TokenServer(store, **more)
    await server.ring.open()
    return server


async def refused(server: TokenServer, token: str, **more: Any) -> str:
    with pytest.raises(GrantRefused) as caught:
        await server.refresh(token, source=LAPTOP, **more)
    return caught.value.code


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


async def test_auth_time_never_changes_at_refresh(store: Store) -> None:
    """RULES 3: a refresh is no sign-in."""
    server = await opened(store)
    token = (await server.api(server.person())).refresh_token
    for _ in range(3):
        server.clock.move(DAY)
        answer = await server.refresh(token, source=LAPTOP)
        token = answer.refresh_token
        assert unverified_claims(answer.access_token)["auth_time"] == START


async def test_rotation_last_use_and_audit_line_are_one_unit(store: Store) -> None:
    """RULES 1: a refresh counts as use of the session, and leaves one line."""
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
    """RULES 1: without a real token nobody can end a family, whatever generation they claim."""
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
    """RULES 1: refresh reuse ends that grant; the session and other grants go on."""
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
    """Promised by RULES 1: once they are more than the grace apart, one of them replays."""
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
    """RULES 1: fail-over or restore; audited, and not taken for theft."""
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


async def test_a_family_ends_after_ninety_days_however_much_it_is_used(store: Store) -> None:
    """And never makes its session live longer."""
    server = await opened(store)
    token = (await server.api(server.person())).refresh_token
    for _ in range(8):
        server.clock.move(11 * DAY)
        token = (await server.refresh(token, source=LAPTOP)).refresh_token
    server.clock.move(2 * DAY)
    assert await refused(server, token) == "invalid_grant"


async def test_a_grant_does_not_outlive_its_session(store: Store) -> None:
    """Also when only the session's own limit has passed."""
    server = await opened(store)
    api = await server.api(server.person())
    await store.write(Sql("UPDATE sessions SET idle_until = :at RETURNING 1", rows=1)(at=START + 10))
    server.clock.move(10)
    assert await refused(server, api.refresh_token) == "invalid_grant"


async def test_with_a_grace_of_zero_each_token_is_answered_once(store: Store) -> None:
    """RULES 1: allowed, for who prefers a lost sign-in to a thief in lockstep."""
    server = await opened(store, grace=0)
    api = await server.api(server.person())
    await server.refresh(api.refresh_token, source=LAPTOP)
    assert await refused(server, api.refresh_token) == "invalid_grant"
    assert (await server.events())[-1] == "refresh_reused"


@pytest.mark.parametrize(
    ("elsewhere", "noted"),
    [
        (LAPTOP, False),
        (Source(LAPTOP.address, LAPTOP.agent, "another-request"), False),
        (Source("203.0.113.1", LAPTOP.agent), True),
        (Source(LAPTOP.address, "Another agent"), True),
        (Source(None, None), True),
    ],
)
async def test_a_repeated_answer_to_another_place_is_audited(store: Store, elsewhere: Source, noted: bool) -> None:
    """RULES 1: another address prefix or user agent within the grace may be a thief in lockstep."""
    server = await opened(store)
    api = await server.api(server.person())
    await server.refresh(api.refresh_token, source=LAPTOP)
    await server.refresh(api.refresh_token, source=elsewhere)
    assert ("refresh_repeated_elsewhere" in await server.events()) is noted


async def test_an_address_of_the_same_ipv6_network_is_the_same_place(store: Store) -> None:
    """A device changes its address within its /64 all the time."""
    server = await opened(store)
    api = await server.api(server.person(), source=Source("2001:db8::1", "a"))
    await server.refresh(api.refresh_token, source=Source("2001:db8::2", "a"))
    await server.refresh(api.refresh_token, source=Source("2001:db8::3", "a"))
    await server.refresh(api.refresh_token, source=Source("2001:db8:0:1::1", "a"))
    assert (await server.events()).count("refresh_repeated_elsewhere") == 1


@pytest.mark.parametrize(("disabled", "by"), [(True, "user_disabled"), (None, "user_gone")])
async def test_the_user_is_asked_for_again_at_each_refresh(store: Store, disabled: bool | None, by: str) -> None:
    """Gone or disabled: `invalid_grant`, the session ends, and that is audited."""
    server = await opened(store)
    user = server.person()
    api = await server.api(user)
    if disabled is None:
        del server.team.users[user.subject]
    else:
        server.team.users[user.subject] = msgspec.structs.replace(user, disabled=True)
    assert await refused(server, api.refresh_token) == "invalid_grant"
    ((*_, session_end, ended_by, _, _),) = await store.read(STATE())
    assert (session_end, ended_by) == (START, by)
    line = (await server.audit(user))[-1]
    assert (line.name, line.detail["by"]) == ("session_ended", by)
    server.team.users[user.subject] = user
    assert await refused(server, api.refresh_token) == "invalid_grant"


async def test_a_scope_taken_from_the_person_is_gone_from_the_next_token(store: Store) -> None:
    """And one that was granted in the meantime needs a new sign-in."""
    server = await opened(store)
    user = server.person()
    api = await server.api(user)
    server.team.users[user.subject] = msgspec.structs.replace(user, scopes=("admin", "profile"))
    answer = await server.refresh(api.refresh_token, source=LAPTOP)
    assert answer.scope == "profile"
    assert unverified_claims(answer.access_token)["scope"] == "profile"


async def test_a_narrower_scope_is_for_one_token_only(store: Store) -> None:
    """The grant keeps what it has (RFC 6749 section 6)."""
    server = await opened(store)
    api = await server.api(server.person())
    answer = await server.refresh(api.refresh_token, scope="profile", source=LAPTOP)
    assert answer.scope == "profile"
    assert (await server.refresh(answer.refresh_token, source=LAPTOP)).scope == "pension:read profile"


async def test_a_wider_scope_is_refused_and_nothing_rotates(store: Store) -> None:
    """Nor for a malformed one: the token can be used again."""
    server = await opened(store)
    api = await server.api(server.person())
    for scope in ("email", "profile admin", "a  b", "\0"):
        assert await refused(server, api.refresh_token, scope=scope) == "invalid_scope"
    assert (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token.split(".")[1] == "1"


async def test_a_token_can_be_asked_for_some_of_the_grants_audiences(store: Store) -> None:
    """Or for the auth server itself, by the built-in client."""
    server = await opened(store)
    token = (await server.api(server.person(), audiences=(BANK, RETIREMENT))).refresh_token
    for resource, audience in [
        ([], [BANK, RETIREMENT]),
        ([RETIREMENT], RETIREMENT),
        ([ISSUER], ISSUER),
        ([BANK, RETIREMENT], [BANK, RETIREMENT]),
    ]:
        answer = await server.refresh(token, resource=resource, source=LAPTOP)
        assert unverified_claims(answer.access_token)["aud"] == audience
        token = answer.refresh_token


@pytest.mark.parametrize("resource", [[SHOP], [BANK, SHOP], [BANK, ISSUER], ["https://unknown.example.com"], ["\0"]])
async def test_an_audience_outside_the_grant_is_refused_and_nothing_rotates(store: Store, resource: list[str]) -> None:
    """`invalid_target`: also the auth server beside others."""
    server = await opened(store)
    api = await server.api(server.person(), audiences=(BANK, RETIREMENT))
    assert await refused(server, api.refresh_token, resource=resource) == "invalid_target"
    assert (await store.read(STATE()))[0][0] == 0


async def test_another_client_cannot_get_tokens_for_the_auth_server(store: Store) -> None:
    """Only the built-in client has that without being granted it."""
    server = await opened(store)
    api = await server.api(server.person(), client_id="another-client")
    code = await refused(server, api.refresh_token, client_id="another-client", resource=[ISSUER])
    assert code == "invalid_target"


async def test_no_token_is_made_for_an_audience_that_was_taken_back(store: Store) -> None:
    """The operator's removal holds for running grants too."""
    api = await (await opened(store)).api(TokenServer(store).person())
    server = await opened(store, audiences=())
    server.team.users[api.session.user_id] = server.person(subject=api.session.user_id)
    assert await refused(server, api.refresh_token) == "invalid_target"


async def test_a_lost_answer_before_an_outage_is_no_theft(store: Store) -> None:
    """RULES 1: the grace clock stands still while nothing can answer."""
    server = await opened(store)
    api, older = await server.api(server.person()), await server.api(server.person())
    await server.refresh(older.refresh_token, source=LAPTOP)
    server.clock.move(60)
    lost = await server.refresh(api.refresh_token, source=LAPTOP)
    await store.close()
    server.clock.move(7200)
    with pytest.raises(StoreUnavailable):
        await server.refresh(api.refresh_token, source=LAPTOP)
    await store.open()
    assert (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token == lost.refresh_token
    server.clock.move(29)
    assert (await server.refresh(api.refresh_token, source=LAPTOP)).refresh_token == lost.refresh_token
    assert await refused(server, older.refresh_token) == "invalid_grant"
    server.clock.move(1)
    assert await refused(server, api.refresh_token) == "invalid_grant"


async def test_the_grace_clock_stands_still_while_the_server_is_down(store: Store) -> None:
    """At start as well: a new process reads the newest rotation."""
    server = await opened(store)
    api = await server.api(server.person())
    lost = await server.refresh(api.refresh_token, source=LAPTOP)
    server.clock.move(7200)
    started = await opened(store, clock=server.clock, team=server.team)
    assert (await started.refresh(api.refresh_token, source=LAPTOP)).refresh_token == lost.refresh_token
    assert await refused(server, api.refresh_token) == "invalid_grant"


async def test_when_the_tokens_cannot_be_made_nothing_has_rotated(store: Store) -> None:
    """The client asks again with the same token."""
    server = await opened(store)
    api = await server.api(server.person())
    gone = Sql("UPDATE signing_keys SET gone_at = :at RETURNING 1", rows=2)
    back = Sql("UPDATE signing_keys SET gone_at = NULL RETURNING 1", rows=2)
    await store.write(gone(at=0))
    server.clock.move(31)
    with pytest.raises(Exception, match="misuse"):
        await server.refresh(api.refresh_token, source=LAPTOP)
    assert (await store.read(STATE()))[0][0] == 0
    await store.write(back())
    server.clock.move(31)
    assert await server.refresh(api.refresh_token, source=LAPTOP)


async def test_database_and_secret_together_forge_refresh_tokens(store: Store) -> None:
    """RULES 2 says so openly: with both, the next token can be written down; that is why they are kept apart."""
    server = await opened(store)
    api = await server.api(server.person())
    chain = await server.sessions.chain(api.refresh_token.partition(".")[0])
    assert chain is not None
    family = chain.family
    key = server.master.current(PURPOSE)
    assert write(key, version=1, family=family.id, generation=0, salt=family.salt) == api.refresh_token
