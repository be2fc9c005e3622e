"""Delete an account: what goes, what stays, and who may."""

import pytest

from gatepass.http.refusals import AccessRefused
from gatepass.server.audit.events import recent
from gatepass.server.flows.delete_user import FRESH_SECONDS
from gatepass.server.store import Sql
from gatepass.server.users.errors import SignInRefused, UserConflict
from tests.support.accounts import HOME, WORK, Accounts
from tests.support.people import PASSWORD, WRONG_PASSWORD


async def test_user_scopes_and_sessions_are_gone_in_one_unit(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna@example.com", scopes=["pension:read"])
    done = await server.browser()
    tokens = (await server.sign_in.api("anna", PASSWORD, WORK)).tokens
    await server.delete_user(anna.subject, auth_time=server.now, source=HOME)
    assert await server.people.users.find(anna.subject) is None
    assert await server.session(done.secret) is None
    chain = await server.sessions.chain(tokens.refresh_token.split(".")[0])
    assert chain is not None
    assert (chain.grant.ended_at, chain.family.ended_at) == (server.now, server.now)
    for identifier in ("anna", "anna@example.com"):
        with pytest.raises(SignInRefused, match="invalid_credentials"):
            await server.browser(identifier)
    assert await server.store.read(Sql("SELECT scope FROM user_scopes")()) == []


async def test_what_remains_are_lines_about_a_random_subject_without_address_or_agent(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna@example.com")
    bert = await server.people.add("bert")
    await server.browser("anna")
    await server.browser("bert")
    await server.delete_user(anna.subject, auth_time=server.now, source=WORK)
    lines = await recent(server.store, user=anna.subject)
    assert {line.name for line in lines} == {"session_started", "user_deleted"}
    assert [(line.address, line.agent) for line in lines] == [(None, None)] * 2
    (kept,) = await recent(server.store, user=bert.subject)
    assert (kept.address, kept.agent) == (HOME.address, HOME.agent)
    rows = await server.store.read(Sql("SELECT address, agent FROM sessions WHERE user_id = :user")(user=anna.subject))
    assert rows == [(None, None)]


async def test_the_name_stays_reserved(server: Accounts) -> None:
    anna = await server.people.add("anna")
    await server.delete_user(anna.subject, auth_time=server.now, source=HOME)
    with pytest.raises(UserConflict, match="identifier_unavailable"):
        await server.register(username="Anna", email=None, password=PASSWORD, source=HOME)


async def test_a_sign_in_of_five_minutes_ago_is_fresh_and_one_second_more_is_not(server: Accounts) -> None:
    anna = await server.people.add("anna")
    signed_in = server.now
    server.people.time.pass_(FRESH_SECONDS + 1)
    with pytest.raises(AccessRefused) as refused:
        await server.delete_user(anna.subject, auth_time=signed_in, source=HOME)
    assert refused.value.code == "insufficient_user_authentication"
    assert refused.value.status == 401
    assert refused.value.challenge == {"max_age": "300"}
    assert await server.people.users.find(anna.subject) == anna
    await server.delete_user(anna.subject, auth_time=signed_in + 1, source=HOME)


async def test_a_sign_in_that_lies_in_the_future_is_not_fresh(server: Accounts) -> None:
    """After the clock was set back, yesterday's session would be fresh for a day."""
    anna = await server.people.add("anna")
    with pytest.raises(AccessRefused, match="insufficient_user_authentication"):
        await server.delete_user(anna.subject, auth_time=server.now + FRESH_SECONDS + 1, source=HOME)


async def test_nothing_shown_is_not_fresh(server: Accounts) -> None:
    anna = await server.people.add("anna")
    with pytest.raises(AccessRefused, match="insufficient_user_authentication"):
        await server.delete_user(anna.subject, source=HOME)


async def test_the_password_itself_is_a_fresh_sign_in(server: Accounts) -> None:
    anna = await server.people.add("anna")
    with pytest.raises(SignInRefused, match="invalid_credentials"):
        await server.delete_user(anna.subject, WRONG_PASSWORD, auth_time=server.now, source=HOME)
    assert await server.people.users.find(anna.subject) == anna
    await server.delete_user(anna.subject, PASSWORD, source=HOME)
    assert await server.people.users.find(anna.subject) is None


async def test_an_operator_deletes_anybody_once(server: Accounts) -> None:
    anna = await server.people.add("anna")
    await server.delete_user.by_operator(anna.subject, source=HOME)
    assert (await server.lines(anna.subject))[-1].detail == {"by": "operator"}
    with pytest.raises(UserConflict, match="user_not_found"):
        await server.delete_user.by_operator(anna.subject, source=HOME)
    assert (await server.names(anna.subject)).count("user_deleted") == 1
