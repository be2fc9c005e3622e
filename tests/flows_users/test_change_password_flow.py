"""Change the password: who knew the old one is signed out."""

import asyncio

import pytest

from gatepass.server.flows.sign_in import BrowserSignIn
from gatepass.server.store import Stale
from gatepass.server.users.errors import PasswordRefused, SignInRefused, UserConflict
from gatepass.server.users.throttle import PER_DEVICE
from tests.support.accounts import HOME, WORK, Accounts
from tests.support.people import OTHER_PASSWORD, PASSWORD, WRONG_PASSWORD


async def test_the_new_password_holds_and_the_old_one_does_not(server: Accounts) -> None:
    anna = await server.people.add("anna")
    await server.change_password(anna.subject, PASSWORD, OTHER_PASSWORD, source=HOME)
    assert await server.people.users.authenticate("anna", OTHER_PASSWORD) == anna
    assert await server.people.users.authenticate("anna", PASSWORD) is None


async def test_all_other_sessions_end_with_their_tokens_and_the_one_that_asked_goes_on(server: Accounts) -> None:
    anna = await server.people.add("anna")
    await server.people.add("bert")
    mine, other, berts = await server.browser(), await server.browser(source=WORK), await server.browser("bert")
    tokens = (await server.sign_in.api("anna", PASSWORD, WORK)).tokens
    kept = await server.session(mine.secret)
    assert kept is not None
    await server.change_password(anna.subject, PASSWORD, OTHER_PASSWORD, keep_session=kept.id, source=HOME)
    assert await server.session(mine.secret) == kept
    assert await server.session(other.secret) is None
    assert await server.session(berts.secret) is not None
    chain = await server.sessions.chain(tokens.refresh_token.split(".")[0])
    assert chain is not None
    assert (chain.session.ended_by, chain.grant.ended_by) == ("password_changed", "password_changed")
    assert chain.family.ended_at == server.now
    line = (await server.lines(anna.subject))[-1]
    assert (line.name, line.session, line.detail) == ("password_changed", kept.id, {"by": "self"})


async def test_without_the_current_password_nothing_changes(server: Accounts) -> None:
    anna = await server.people.add("anna")
    done = await server.browser()
    with pytest.raises(SignInRefused, match="invalid_credentials"):
        await server.change_password(anna.subject, WRONG_PASSWORD, OTHER_PASSWORD, source=HOME)
    assert await server.session(done.secret) is not None
    assert await server.people.users.authenticate("anna", PASSWORD) == anna
    assert (await server.names(anna.subject))[-1] == "password_refused"


async def test_a_stolen_session_may_not_guess_without_end(server: Accounts) -> None:
    anna = await server.people.add("anna")
    for _ in range(PER_DEVICE):
        with pytest.raises(SignInRefused, match="invalid_credentials"):
            await server.change_password(anna.subject, "", OTHER_PASSWORD, source=HOME)
    with pytest.raises(SignInRefused, match="throttled"):
        await server.change_password(anna.subject, PASSWORD, OTHER_PASSWORD, source=WORK)
    assert (await server.names(anna.subject)).count("password_refused") == PER_DEVICE


async def test_the_right_password_costs_no_try(server: Accounts) -> None:
    anna = await server.people.add("anna")
    for _ in range(PER_DEVICE + 1):
        account, _ = await server.change_password.confirm(anna.subject, PASSWORD, HOME)
        assert account.user == anna


async def test_a_bad_new_password_changes_nothing_and_ends_nothing(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna.lena@example.com")
    done = await server.browser()
    for new, code in [("short", "password_too_short"), ("anna.lena anna.lena", "password_contains_identifier")]:
        with pytest.raises(PasswordRefused, match=code):
            await server.change_password(anna.subject, PASSWORD, new, source=HOME)
    assert await server.session(done.secret) is not None
    assert await server.people.users.authenticate("anna", PASSWORD) == anna


async def test_of_two_changes_at_once_one_holds_and_the_other_is_told(server: Accounts) -> None:
    anna = await server.people.add("anna")
    results = await asyncio.gather(
        server.change_password(anna.subject, PASSWORD, OTHER_PASSWORD, source=HOME),
        server.change_password(anna.subject, PASSWORD, "granite 5 pillows sing", source=WORK),
        return_exceptions=True,
    )
    codes = sorted(error.code for error in results if isinstance(error, UserConflict | SignInRefused))
    assert codes in (["user_changed"], ["invalid_credentials"])
    assert results.count(None) == 1


async def test_a_sign_in_under_way_with_the_old_password_starts_nothing(server: Accounts) -> None:
    anna = await server.people.add("anna")
    for _ in range(3):
        signed_in, _ = await asyncio.gather(
            server.browser(source=WORK),
            server.change_password(anna.subject, PASSWORD, OTHER_PASSWORD, source=HOME),
            return_exceptions=True,
        )
        assert isinstance(signed_in, BrowserSignIn | SignInRefused)
        assert await server.sessions.of_user(anna.subject, now=server.now) == []
        await server.change_password.by_operator(anna.subject, PASSWORD, source=HOME)


async def test_an_operator_sets_a_password_and_ends_all_sessions(server: Accounts) -> None:
    anna = await server.people.add("anna")
    done = await server.browser()
    await server.change_password.by_operator(anna.subject, OTHER_PASSWORD, source=HOME)
    assert await server.session(done.secret) is None
    assert await server.people.users.authenticate("anna", OTHER_PASSWORD) == anna
    assert (await server.lines(anna.subject))[-1].detail == {"by": "operator"}
    with pytest.raises(PasswordRefused):
        await server.change_password.by_operator(anna.subject, "short", source=HOME)


async def test_nobody_has_no_password_to_change(server: Accounts) -> None:
    with pytest.raises(UserConflict, match="user_not_found"):
        await server.change_password("nobody", PASSWORD, OTHER_PASSWORD, source=HOME)
    with pytest.raises(UserConflict, match="user_not_found"):
        await server.change_password.by_operator("nobody", OTHER_PASSWORD, source=HOME)


async def test_the_unit_is_all_or_nothing(server: Accounts) -> None:
    anna = await server.people.add("anna")
    done = await server.browser()
    account = await server.people.users.required(anna.subject)
    await server.change_password.by_operator(anna.subject, OTHER_PASSWORD, source=HOME)
    again = await server.sign_in.browser("anna", OTHER_PASSWORD, HOME)
    late = server.people.users.changes.setting_password(account, server.people.hashed(WRONG_PASSWORD), now=1)
    with pytest.raises(Stale):
        await server.store.write(*server.sessions.ending_all(anna.subject, by="x", now=server.now), *late)
    assert await server.session(again.secret) is not None
    assert await server.session(done.secret) is None
