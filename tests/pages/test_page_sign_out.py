"""/logout, as a person without scripts uses it."""

from collections.abc import AsyncIterator

import pytest

from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from gatepass.server.users.model import User
from tests.support.pages import Person, registered
from tests.support.token_server import MovedClock


async def test_looking_at_the_page_changes_nothing(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    await person.sign_in()
    assert (await person.open("/logout")).title == "Sign out?"
    assert (await person.open("/account")).title == "Your account"


async def test_signing_out_ends_the_session_not_only_the_cookie(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    await person.sign_in()
    stolen = person.cookie("gatepass_session") or ""
    await person.open("/logout")
    await person.send("/logout")
    assert (await person.follow()).title == "You are signed out"
    thief = Person(auth)
    async with thief.client:
        thief.client.cookies.set("gatepass_session", stolen, domain="localhost.local")
        assert (await thief.open("/account")).title == "Sign in"


async def test_the_browser_forgets_the_session_and_keeps_the_device(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    await person.sign_in()
    await person.open("/account")
    page = await person.send("/logout")
    assert page.headers.get_list("set-cookie") == ["gatepass_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]
    assert page.headers["clear-site-data"] == '"cache", "storage"'
    assert person.cookie("gatepass_session") is None
    assert person.cookie("gatepass_device") is not None


async def test_signing_out_without_a_session_looks_the_same(person: Person) -> None:
    page = await person.post("/logout")
    assert (page.status, page.location) == (303, "/logout")
    assert (await person.follow()).title == "You are signed out"


class Team:
    """A team's own table of users, which may be down, or have closed the account."""

    def __init__(self) -> None:
        self.down = self.closed = False

    async def authenticate(self, identifier: str, password: str) -> User | None:
        return await self.find("7")

    async def find(self, subject: str) -> User | None:
        if self.down:
            raise ConnectionError("their database")
        return User(subject="7", username="grace", disabled=self.closed)


class TestWithATeamsOwnUsers:
    @pytest.fixture
    def team(self) -> Team:
        return Team()

    @pytest.fixture
    async def auth(
        self, settings: Settings, clock: MovedClock, team: Team, anyio_backend: str
    ) -> AsyncIterator[AuthServer]:
        async with AuthServer(settings, users=team, clock=clock) as auth:
            yield auth

    @pytest.mark.parametrize("trouble", ["down", "closed"])
    async def test_signing_out_needs_nobody_elses_table(self, person: Person, team: Team, trouble: str) -> None:
        """Else the session would be there again with the table, or the account."""
        await person.sign_in("grace")
        secret = person.cookie("gatepass_session")
        assert secret is not None
        setattr(team, trouble, True)
        assert (await person.post("/logout")).status == 303
        setattr(team, trouble, False)
        person.client.cookies.set("gatepass_session", secret)
        assert (await person.open("/account")).title == "Sign in"
