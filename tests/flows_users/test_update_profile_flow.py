"""Update the profile: what may change, and what others may learn by it."""

import asyncio

import pytest

from gatepass.server.users.errors import IdentifierRefused, SignInRefused, UserConflict
from gatepass.server.users.identifiers import typed
from gatepass.server.users.model import User
from gatepass.server.users.throttle import REGISTRATIONS
from tests.support.accounts import HOME, Accounts


async def test_only_what_is_given_changes(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna@example.com", name="Anna")
    after = await server.update_profile(anna.subject, name="Anna Lena", source=HOME)
    assert (after.name, after.email, after.username) == ("Anna Lena", "anna@example.com", "anna")
    after = await server.update_profile(anna.subject, email="lena@example.com", source=HOME)
    assert (after.name, after.email) == ("Anna Lena", "lena@example.com")
    after = await server.update_profile(anna.subject, name=None, source=HOME)
    assert after.name is None
    details = [line.detail for line in await server.lines(anna.subject)]
    assert details == [{"changed": ["name"]}, {"changed": ["email"]}, {"changed": ["name"]}]


async def test_a_change_of_nothing_is_no_change(server: Accounts) -> None:
    anna = await server.people.add("Anna", "anna@example.com", name="Anna")
    after = await server.update_profile(
        anna.subject, username="Anna", email="anna@EXAMPLE.com", name=" Anna ", source=HOME
    )
    assert after == anna
    assert await server.names(anna.subject) == []


async def test_a_new_address_is_signed_in_with_and_the_old_one_is_free(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna@example.com")
    await server.update_profile(anna.subject, email="lena@example.com", source=HOME)
    assert (await server.browser("lena@example.com")).user.subject == anna.subject
    with pytest.raises(SignInRefused):
        await server.browser("anna@example.com")
    assert await server.people.add(None, "anna@example.com")


async def test_a_new_address_is_not_a_verified_one_and_a_new_name_leaves_it_verified(server: Accounts) -> None:
    anna = await imported(server)
    assert (await server.update_profile(anna.subject, name="Anna", source=HOME)).email_verified
    assert not (await server.update_profile(anna.subject, email="lena@example.com", source=HOME)).email_verified


async def imported(server: Accounts) -> User:
    hash_ = server.people.hashed("x").text
    line = f'{{"email": "anna@example.com", "email_verified": true, "password_hash": "{hash_}"}}'
    assert (await server.import_users([line.encode()], source=HOME)).added == 1
    user = await server.people.users.named(typed("anna@example.com"))
    assert user is not None
    return user


async def test_somebody_without_a_username_chooses_one_once(server: Accounts) -> None:
    anna = await server.people.add(None, "anna@example.com")
    assert (await server.update_profile(anna.subject, username="Anna", source=HOME)).username == "Anna"
    for other in ("lena", None, ""):
        with pytest.raises(UserConflict, match="username_fixed"):
            await server.update_profile(anna.subject, username=other, source=HOME)
    assert (await server.browser("anna")).user.subject == anna.subject


async def test_a_name_chosen_late_stays_reserved_as_well(server: Accounts) -> None:
    anna = await server.people.add(None, "anna@example.com")
    await server.update_profile(anna.subject, username="anna", source=HOME)
    await server.delete_user.by_operator(anna.subject, source=HOME)
    bert = await server.people.add(None, "bert@example.com")
    with pytest.raises(UserConflict, match="identifier_unavailable"):
        await server.update_profile(bert.subject, username="Anna", source=HOME)
    assert (await server.people.users.find(bert.subject)) == bert


async def test_who_has_a_name_may_drop_the_address_and_who_has_none_may_not(server: Accounts) -> None:
    anna = await server.people.add("anna", "anna@example.com")
    assert (await server.update_profile(anna.subject, email=None, source=HOME)).email is None
    bert = await server.people.add(None, "bert@example.com")
    with pytest.raises(IdentifierRefused, match="identifier_missing"):
        await server.update_profile(bert.subject, email=None, source=HOME)


@pytest.mark.parametrize("field", ["email", "username"])
async def test_what_somebody_else_has_is_unavailable_in_the_words_of_a_registration(
    server: Accounts, field: str
) -> None:
    await server.people.add("anna", "anna@example.com")
    bert = await server.people.add(None, "bert@example.com")
    taken = {"email": "ANNA@example.com", "username": "Anna"}[field]
    with pytest.raises(UserConflict) as refused:
        await server.update_profile(bert.subject, source=HOME, **{field: taken})
    assert refused.value.code == "identifier_unavailable"
    assert await server.people.users.find(bert.subject) == bert


async def test_addresses_cannot_be_probed_without_end(server: Accounts) -> None:
    bert = await server.people.add("bert")
    for number in range(REGISTRATIONS):
        await server.update_profile(bert.subject, email=f"bert{number}@example.com", source=HOME)
    with pytest.raises(SignInRefused, match="throttled"):
        await server.update_profile(bert.subject, email="bert@example.com", source=HOME)
    assert (await server.update_profile(bert.subject, name="Bert", source=HOME)).name == "Bert"


async def test_of_two_changes_at_once_none_is_lost_in_silence(server: Accounts) -> None:
    anna = await server.people.add("anna")
    results = await asyncio.gather(
        server.update_profile(anna.subject, name="Anna", source=HOME),
        server.update_profile(anna.subject, email="anna@example.com", source=HOME),
        return_exceptions=True,
    )
    after = await server.people.users.find(anna.subject)
    assert after is not None
    refused = [one.code for one in results if isinstance(one, UserConflict)]
    assert refused in ([], ["user_changed"])
    assert (after.name == "Anna") + (after.email is not None) == 2 - len(refused)


async def test_bad_fields_are_refused_and_nobody_has_no_profile(server: Accounts) -> None:
    anna = await server.people.add("anna")
    for field, value, code in [("email", "anna", "email_invalid"), ("name", "a\nb", "name_invalid")]:
        with pytest.raises(IdentifierRefused, match=code):
            await server.update_profile(anna.subject, source=HOME, **{field: value})
    with pytest.raises(UserConflict, match="user_not_found"):
        await server.update_profile("nobody", name="x", source=HOME)
