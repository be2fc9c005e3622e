"""/register, as a person without scripts uses it."""

from dataclasses import replace

import pytest

from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from tests.support.pages import PASSWORD, Person, registered

MISTAKES = [
    ({"username": "an na", "email": "", "password": PASSWORD}, "username"),
    ({"username": "", "email": "no address", "password": PASSWORD}, "email"),
    ({"username": "", "email": "", "password": PASSWORD}, "username"),
    ({"username": "ada", "email": "", "password": "too short"}, "password"),
    ({"username": "ada", "email": "", "password": "x" * 129}, "password"),
    ({"username": "ada", "email": "", "password": ""}, "password"),
    ({"username": "ada", "email": "", "password": "passwordpassword"}, "password"),
]


@pytest.mark.parametrize(
    ("names", "identifier"),
    [
        ({"username": "ada"}, "ada"),
        ({"email": "ada@example.com"}, "ADA@example.com"),
        ({"username": "ada", "email": "ada@example.com"}, "ada@example.com"),
    ],
)
async def test_a_new_account_signs_in_with_either_name(person: Person, names: dict[str, str], identifier: str) -> None:
    await person.open("/register")
    page = await person.send("/register", password=PASSWORD, **names)
    assert page.location == "/login?done=registered"
    assert (await person.follow()).notice == "Your account is ready. Sign in with it."
    page = await person.send("/login", identifier=identifier, password=PASSWORD)
    assert (await person.follow()).title == "Your account"


async def test_the_way_on_survives_registration(person: Person) -> None:
    await person.open("/register?next=/account/delete")
    await person.send("/register", username="ada", password=PASSWORD)
    page = await person.follow()
    assert page.form("/login")["next"] == "/account/delete"


async def test_the_form_tells_password_managers_and_people_what_it_wants(person: Person) -> None:
    page = await person.open("/register")
    password = page.field("password").attributes
    assert page.field("username").attributes["autocomplete"] == "username"
    assert page.field("email").attributes["autocomplete"] == "email"
    assert (password["autocomplete"], password["minlength"]) == ("new-password", "15")
    assert "maxlength" not in password, "it would cut a pasted password off without a word"
    assert "At least 15 characters" in page.html.one("p", id=password["aria-describedby"]).text


@pytest.mark.parametrize(("typed", "field"), MISTAKES)
async def test_a_mistake_is_told_at_its_field_and_the_rest_is_kept(
    person: Person, typed: dict[str, str], field: str
) -> None:
    await person.open("/register")
    page = await person.send("/register", **typed)
    assert (page.status, len(page.problems)) == (400, 1)
    wrong = page.field(field).attributes
    assert wrong["aria-invalid"] == "true"
    described = wrong["aria-describedby"].split()
    assert page.html.one("p", id=described[-1]).text == page.problems[0]
    assert page.html.one("div", role="alert").one("a").attributes["href"] == f"#{wrong['id']}"
    assert page.field("username").attributes["value"] == typed["username"]
    assert page.field("email").attributes["value"] == typed["email"]
    assert "value" not in page.field("password").attributes


async def test_a_taken_name_and_a_taken_address_look_the_same(auth: AuthServer, person: Person) -> None:
    await registered(auth, "ada", email="ada@example.com")

    async def refused(**names: str) -> tuple[int, list[str]]:
        await person.open("/register")
        page = await person.send("/register", password=PASSWORD, **names)
        return page.status, page.problems

    assert await refused(username="Ada") == await refused(email="ada@example.com")


class TestClosed:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, registration="closed")

    async def test_there_is_no_page_and_no_link_to_it(self, person: Person) -> None:
        assert (await person.open("/register")).status == 404
        page = await person.open("/login")
        assert "/register" not in page.answer.text
