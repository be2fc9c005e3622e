"""Register: a new user, and nobody is told who has an account."""

import asyncio
from dataclasses import replace

import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.master import MasterSecret
from gatepass.server.users.errors import (
    IdentifierRefused,
    PasswordRefused,
    SignInRefused,
    UserConflict,
    UsersUnavailable,
)
from gatepass.server.users.identifiers import typed
from gatepass.server.users.model import User
from gatepass.server.users.throttle import REGISTRATIONS
from tests.support.accounts import HOME, WORK, Accounts
from tests.support.people import PASSWORD, people


async def register(server: Accounts, username: str | None, email: str | None = None, password: str = PASSWORD) -> User:
    return await server.register(username=username, email=email, password=password, source=HOME)


async def test_who_registers_can_sign_in_by_name_and_by_address(server: Accounts) -> None:
    anna = await server.register(
        username="Anna", email="anna@Example.com", password=PASSWORD, name=" Anna Lena ", source=HOME
    )
    assert (anna.username, anna.email, anna.name) == ("Anna", "anna@example.com", "Anna Lena")
    assert not anna.email_verified
    assert anna == await server.people.users.find(anna.subject)
    for identifier in ("anna", "ANNA@example.com"):
        assert (await server.browser(identifier)).user == anna


async def test_a_registration_has_its_audit_line(server: Accounts) -> None:
    anna = await register(server, "anna")
    (line,) = await server.lines(anna.subject)
    assert (line.name, line.address, line.detail) == ("user_registered", HOME.address, {"by": "self"})


@pytest.mark.parametrize(("username", "email"), [("anna", None), (None, "anna@example.com"), ("anna", "")])
async def test_a_name_or_an_address_is_enough(server: Accounts, username: str | None, email: str | None) -> None:
    assert await register(server, username, email)


async def test_one_of_the_two_is_needed(server: Accounts) -> None:
    with pytest.raises(IdentifierRefused, match="identifier_missing"):
        await register(server, None, "")


async def test_a_taken_name_a_reserved_name_and_a_taken_address_get_one_answer(server: Accounts) -> None:
    await register(server, "anna", "anna@example.com")
    gone = await register(server, "gone")
    await server.delete_user.by_operator(gone.subject, source=HOME)
    answers = set()
    for username, email in [("ANNA", None), ("gone", None), ("new", "Anna@Example.com"), ("anna", "anna@example.com")]:
        with pytest.raises(UserConflict) as refused:
            await register(server, username, email)
        answers.add((refused.value.code, refused.value.status, refused.value.message, refused.value.detail))
    assert answers == {("identifier_unavailable", 409, "This username or e-mail address cannot be used.", "")}


async def test_a_name_that_was_reserved_under_the_secret_before_is_not_given_away(server: Accounts) -> None:
    """Neither by registering, nor by choosing it late, nor by an import."""
    anna, bert = await register(server, "anna"), await register(server, None, "bert@example.com")
    await server.delete_user.by_operator(anna.subject, source=HOME)
    master = MasterSecret(Secret(b"n" * 32), version=2, previous={1: Secret(b"m" * 32)})
    newer = people(server.store, master=master)
    with pytest.raises(UserConflict, match="identifier_unavailable"):
        await register(replace(server, register=replace(server.register, users=newer.users)), "Anna")
    with pytest.raises(UserConflict, match="identifier_unavailable"):
        await replace(server.update_profile, users=newer.users)(bert.subject, username="Anna", source=HOME)
    line = b'{"username": "anna", "password_hash": "%s"}' % newer.hashed(PASSWORD).text.encode()
    assert (await replace(server.import_users, users=newer.users)([line], source=HOME)).refused == 1
    await newer.queue.close()


async def test_the_work_comes_before_anybody_looks_whether_the_name_is_free(server: Accounts) -> None:
    """So it is the same for all, and how long an answer takes says nothing."""
    await register(server, "anna", "anna@example.com")
    await server.people.queue.close()
    for username, email in [("anna", None), (None, "anna@example.com"), ("new", None)]:
        with pytest.raises(UsersUnavailable):
            await register(server, username, email)


@pytest.mark.parametrize("password", ["short", "anna.anna.anna.anna", "passwordpassword"])
async def test_a_bad_password_makes_no_user_and_does_not_tell_whether_the_name_is_free(
    server: Accounts, password: str
) -> None:
    await register(server, "bert")
    for username in ("anna", "bert"):
        with pytest.raises(PasswordRefused):
            await register(server, username, password=password)
    assert await server.people.users.named(typed("anna")) is None


async def test_of_many_at_once_one_gets_the_name(server: Accounts) -> None:
    sources = [HOME, WORK]
    attempts = [
        server.register(username=name, email=None, password=PASSWORD, source=source)
        for name in ("anna", "ANNA")
        for source in sources
    ]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    users = [one for one in results if isinstance(one, User)]
    refused = [one.code for one in results if isinstance(one, UserConflict)]
    assert len(users) == 1
    assert refused == ["identifier_unavailable"] * 3
    assert len([user async for user in server.people.users.everybody()]) == 1
    assert await server.names() == ["user_registered"]


async def test_an_address_may_not_register_without_end(server: Accounts) -> None:
    for _ in range(REGISTRATIONS):
        await server.throttle.registration(HOME)
    with pytest.raises(SignInRefused, match="throttled"):
        await register(server, "anna")
    assert (await server.register(username="anna", email=None, password=PASSWORD, source=WORK)).username == "anna"


async def test_every_registration_is_charged_whatever_comes_of_it(server: Accounts) -> None:
    await register(server, "anna")
    with pytest.raises(UserConflict):
        await register(server, "anna")
    for _ in range(REGISTRATIONS - 2):
        with pytest.raises(PasswordRefused):
            await register(server, "bert", password="short")
    with pytest.raises(SignInRefused, match="throttled"):
        await register(server, "bert")


async def test_a_malformed_name_costs_no_try(server: Accounts) -> None:
    for _ in range(REGISTRATIONS + 1):
        with pytest.raises(IdentifierRefused):
            await register(server, "an na")
    assert await register(server, "anna")


async def test_a_registration_that_could_not_be_served_costs_no_try(server: Accounts) -> None:
    await server.people.queue.close()
    for _ in range(REGISTRATIONS):
        with pytest.raises(UsersUnavailable):
            await register(server, "anna")
    await server.throttle.registration(HOME)


async def test_an_operator_registers_people_without_limit_by_the_same_rules(server: Accounts) -> None:
    for _ in range(REGISTRATIONS):
        await server.throttle.registration(HOME)
    anna = await server.register.by_operator(username="anna", email=None, password=PASSWORD, source=HOME)
    assert (await server.lines(anna.subject))[0].detail == {"by": "operator"}
    with pytest.raises(UserConflict):
        await server.register.by_operator(username="anna", email=None, password=PASSWORD, source=HOME)
    with pytest.raises(PasswordRefused):
        await server.register.by_operator(username="bert", email=None, password="short", source=HOME)
