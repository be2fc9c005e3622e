"""/logout, as a person without scripts uses it."""

from gatepass.server.app import AuthServer
from tests.support.pages import Person, registered


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
