"""What operators do to accounts: disable, enable, grant and revoke."""

import pytest

from gatepass.server.users.errors import IdentifierRefused, SignInRefused, UserConflict
from tests.support.accounts import HOME, Accounts


async def test_a_disabled_user_is_signed_out_and_stays_out(server: Accounts) -> None:
    anna = await server.people.add("anna")
    done = await server.browser()
    assert await server.disable_user(anna.subject, source=HOME)
    assert await server.session(done.secret) is None
    with pytest.raises(SignInRefused, match="user_disabled"):
        await server.browser()
    found = await server.people.users.find(anna.subject)
    assert found is not None
    assert found.disabled


async def test_an_enabled_user_signs_in_again_and_old_sessions_stay_ended(server: Accounts) -> None:
    anna = await server.people.add("anna")
    before = await server.browser()
    await server.disable_user(anna.subject, source=HOME)
    assert await server.disable_user.enable(anna.subject, source=HOME)
    assert await server.session(before.secret) is None
    assert (await server.browser()).user == anna


async def test_doing_it_twice_changes_nothing_and_writes_nothing(server: Accounts) -> None:
    anna = await server.people.add("anna")
    assert not await server.disable_user.enable(anna.subject, source=HOME)
    assert await server.disable_user(anna.subject, source=HOME)
    assert not await server.disable_user(anna.subject, source=HOME)
    assert await server.names(anna.subject) == ["user_disabled"]


async def test_a_granted_scope_is_held_until_it_is_revoked(server: Accounts) -> None:
    anna = await server.people.add("anna")
    assert await server.grant_scope(anna.subject, "pension:read", source=HOME)
    assert not await server.grant_scope(anna.subject, "pension:read", source=HOME)
    assert await scopes(server, anna.subject) == ("email", "pension:read", "profile")
    assert await server.grant_scope.revoke(anna.subject, "pension:read", source=HOME)
    assert not await server.grant_scope.revoke(anna.subject, "pension:read", source=HOME)
    assert await scopes(server, anna.subject) == ("email", "profile")
    assert [(line.name, line.detail["scope"]) for line in await server.lines(anna.subject)] == [
        ("scope_granted", "pension:read"),
        ("scope_revoked", "pension:read"),
    ]


async def scopes(server: Accounts, subject: str) -> tuple[str, ...]:
    found = await server.people.users.find(subject)
    assert found is not None
    return found.scopes


async def test_a_default_scope_cannot_be_revoked(server: Accounts) -> None:
    anna = await server.people.add("anna")
    assert not await server.grant_scope.revoke(anna.subject, "profile", source=HOME)
    assert "profile" in await scopes(server, anna.subject)


@pytest.mark.parametrize("scope", ["", "a b", 'a"b', "é", "x" * 129, "a\n"])
async def test_what_is_no_scope_is_not_granted(server: Accounts, scope: str) -> None:
    anna = await server.people.add("anna")
    with pytest.raises(IdentifierRefused, match="scope_invalid"):
        await server.grant_scope(anna.subject, scope, source=HOME)
    with pytest.raises(IdentifierRefused, match="scope_invalid"):
        await server.grant_scope.revoke(anna.subject, scope, source=HOME)


@pytest.mark.parametrize("subject", ["nobody", "", "\x00", "\ud800"])
async def test_nothing_can_be_done_to_nobody(server: Accounts, subject: str) -> None:
    for doing in (
        server.disable_user(subject, source=HOME),
        server.disable_user.enable(subject, source=HOME),
        server.grant_scope(subject, "a", source=HOME),
        server.grant_scope.revoke(subject, "a", source=HOME),
    ):
        with pytest.raises(UserConflict, match="user_not_found"):
            await doing
    assert await server.lines() == []
