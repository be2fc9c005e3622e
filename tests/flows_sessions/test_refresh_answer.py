"""What a refresh answers: for which user, scope and audience, and how long it goes on."""

import msgspec
import pytest

from gatepass.jose import unverified_claims
from gatepass.kernel.errors import Misuse
from gatepass.server.store import Sql, Store
from tests.support.refreshing import DAY, STATE, opened, refused
from tests.support.token_server import BANK, ISSUER, LAPTOP, RETIREMENT, SHOP, START, TokenServer


async def test_auth_time_never_changes_at_refresh(store: Store) -> None:
    """A refresh is no sign-in."""
    server = await opened(store)
    token = (await server.api(server.person())).refresh_token
    for _ in range(3):
        server.clock.move(DAY)
        answer = await server.refresh(token, source=LAPTOP)
        token = answer.refresh_token
        assert unverified_claims(answer.access_token)["auth_time"] == START


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


async def test_when_the_tokens_cannot_be_made_nothing_has_rotated(store: Store) -> None:
    """The client asks again with the same token."""
    server = await opened(store)
    api = await server.api(server.person())
    gone = Sql("UPDATE signing_keys SET gone_at = :at RETURNING 1", rows=2)
    back = Sql("UPDATE signing_keys SET gone_at = NULL RETURNING 1", rows=2)
    await store.write(gone(at=0))
    server.clock.move(31)
    with pytest.raises(Misuse):
        await server.refresh(api.refresh_token, source=LAPTOP)
    assert (await store.read(STATE()))[0][0] == 0
    await store.write(back())
    server.clock.move(31)
    assert await server.refresh(api.refresh_token, source=LAPTOP)
