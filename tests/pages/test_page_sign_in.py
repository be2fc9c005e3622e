"""/login, as a person without scripts uses it."""

from dataclasses import replace

import pytest

from gatepass.server.app import AuthServer
from gatepass.server.audit.model import Source
from gatepass.server.settings import Settings
from gatepass.server.web.pages.forms import Form
from tests.support.pages import PASSWORD, Page, Person, registered
from tests.support.token_server import MovedClock

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/%5cevil.example",
    "javascript:alert(1)",
    "/a\r\nSet-Cookie: x=1",
    "login",
    "",
]


async def test_the_form_tells_password_managers_what_its_fields_are(person: Person) -> None:
    page = await person.open("/login")
    assert page.field("identifier").attributes["autocomplete"] == "username"
    assert page.field("password").attributes["autocomplete"] == "current-password"
    assert page.field("password").attributes["type"] == "password"


async def test_every_field_has_a_label(person: Person) -> None:
    page = await person.open("/login")
    labelled = {label.attributes["for"] for label in page.html.all("label")}
    assert labelled == {"identifier", "password"}


async def test_the_right_password_starts_a_session_and_leads_to_the_account(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    page = await person.sign_in()
    assert (page.status, page.title) == (200, "Your account")


async def test_the_cookies_cannot_be_read_by_scripts_and_do_not_travel_across_sites(
    auth: AuthServer, person: Person
) -> None:
    await registered(auth)
    await person.open("/login")
    page = await person.send("/login", identifier="ada", password=PASSWORD)
    session, device = page.headers.get_list("set-cookie")
    assert session.startswith("gatepass_session=")
    assert session.endswith("; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax")
    assert device.startswith("gatepass_device=")
    assert device.endswith("; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax")


async def test_sign_in_leads_to_where_the_person_wanted_to_go(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    await person.open("/login?next=/account/delete%3Fx%3D1")
    page = await person.send("/login", identifier="ada", password=PASSWORD)
    assert page.location == "/account/delete?x=1"


@pytest.mark.parametrize("wanted", ELSEWHERE)
async def test_sign_in_never_leads_to_another_site(auth: AuthServer, person: Person, wanted: str) -> None:
    await registered(auth)
    page = await person.post("/login", identifier="ada", password=PASSWORD, next=wanted)
    assert (page.status, page.location) == (303, "/account")


async def test_links_of_the_page_never_lead_to_another_site(person: Person) -> None:
    answer = await person.client.get("/login", params={"next": "//evil.example"})
    assert "evil" not in answer.text


async def test_the_way_on_survives_a_mistake_and_a_visit_to_registration(person: Person) -> None:
    await person.open("/login?next=/account/delete")
    page = await person.send("/login", identifier="ada", password="wrong")
    assert page.form("/login")["next"] == "/account/delete"
    link = page.html.one("p", **{"class": "stub"}).one("a").attributes["href"]
    assert link == "/register?next=/account/delete"


async def test_a_wrong_password_is_told_and_the_identifier_kept(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    await person.open("/login")
    page = await person.send("/login", identifier="ada", password="not my password")
    assert page.status == 401
    assert page.problems == ["Check the username or e-mail address and the password, and try again."]
    assert page.field("identifier").attributes["value"] == "ada"
    assert page.html.one("title").text.startswith("Error: ")


async def test_a_password_never_comes_back(auth: AuthServer, person: Person) -> None:
    await person.open("/login")
    page = await person.send("/login", identifier="ada", password="do not show me")
    assert "do not show me" not in page.answer.text
    assert "value" not in page.field("password").attributes


def test_a_form_holds_no_password_even_before_it_is_a_page() -> None:
    form = Form({"identifier": "ada", "password": PASSWORD, "current": PASSWORD, "new": PASSWORD})
    assert form.values == {"identifier": "ada"}


async def test_the_problem_takes_the_focus_without_scripts(person: Person) -> None:
    await person.open("/login")
    page = await person.send("/login", identifier="ada", password="x")
    assert page.html.one("div", role="alert").attributes.keys() >= {"autofocus", "tabindex"}
    assert "autofocus" not in page.field("identifier").attributes


async def test_nobody_is_told_whether_there_is_such_a_user(auth: AuthServer, person: Person) -> None:
    await registered(auth, "ada")

    async def refused(name: str) -> str:
        await person.open("/login")
        page = await person.send("/login", identifier=name, password="x")
        return page.answer.text.replace(name, "NAME")

    assert await refused("ada") == await refused("nobody-of-that-name")


@pytest.mark.parametrize(
    ("identifier", "password", "missing"),
    [("", "x", ["identifier"]), ("ada", "", ["password"]), ("", "", ["identifier", "password"])],
)
async def test_an_empty_field_is_named_and_described(
    person: Person, identifier: str, password: str, missing: list[str]
) -> None:
    await person.open("/login")
    page = await person.send("/login", identifier=identifier, password=password)
    assert (page.status, len(page.problems)) == (400, len(missing))
    for name in missing:
        attributes = page.field(name).attributes
        assert attributes["aria-invalid"] == "true"
        assert page.html.one("p", id=attributes["aria-describedby"]).text


async def test_typed_text_is_never_markup(person: Person) -> None:
    await person.open("/login")
    page = await person.send("/login", identifier='"><script>alert(1)</script>', password="x")
    assert page.field("identifier").attributes["value"] == '"><script>alert(1)</script>'
    assert all("src" in script.attributes for script in page.html.all("script"))


async def test_a_disabled_account_is_explained_to_its_owner_only(auth: AuthServer, person: Person) -> None:
    subject = await registered(auth)
    assert auth.services.own
    await auth.services.own.disable_user(subject, source=Source(None, None))
    await person.open("/login")
    page = await person.send("/login", identifier="ada", password="x")
    assert "disabled" not in page.answer.text
    page = await person.send("/login", identifier="ada", password=PASSWORD)
    assert (page.status, page.html.one("h2").text) == (403, "This account is disabled.")
    assert person.cookie("gatepass_session") is None


async def test_somebody_signed_in_is_not_asked_again(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    await person.sign_in()
    assert (await person.open("/login?next=/logout")).title == "Sign out?"
    assert (await person.open("/register")).title == "Your account"


async def test_each_sign_in_has_a_new_secret_and_ends_the_session_before(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    await person.sign_in()
    before = person.cookie("gatepass_session")
    assert before is not None
    await person.post("/login", identifier="ada", password=PASSWORD)
    assert person.cookie("gatepass_session") not in (None, before)
    (sessions,) = (await person.open("/account")).html.all("ul", **{"class": "sessions"})
    assert len(sessions.all("li")) == 1
    person.client.cookies.clear()
    person.client.cookies.set("gatepass_session", before)
    assert (await person.open("/account")).title == "Sign in"


async def test_an_unused_session_ends_and_the_person_is_brought_back(
    auth: AuthServer, person: Person, clock: MovedClock
) -> None:
    await registered(auth)
    await person.sign_in()
    clock.move(8 * 86_400)
    page = await person.open("/account/delete")
    assert (page.title, page.form("/login")["next"]) == ("Sign in", "/account/delete")


class TestUnderAttack:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, sign_ins_per_address=2)

    async def test_too_many_tries_get_a_page_that_says_when_to_come_back(self, person: Person) -> None:
        page: Page
        for _ in range(2):
            page = await person.post("/login", identifier="ada", password="x")
            assert page.status == 401
        page = await person.post("/login", identifier="ada", password="x")
        assert (page.status, page.title) == (429, "Too many tries")
        assert int(page.headers["retry-after"]) > 0
        assert "Try again in" in page.lead


class TestOverHttps:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, issuer="https://id.example.com")

    async def test_the_cookies_belong_to_this_very_host(self, auth: AuthServer, person: Person) -> None:
        await registered(auth)
        await person.open("/login")
        page = await person.send("/login", identifier="ada", password=PASSWORD)
        for cookie in page.headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-gatepass_")
            assert "; Path=/; Secure; HttpOnly; SameSite=Lax" in cookie

    async def test_a_planted_plain_cookie_is_not_read(self, auth: AuthServer, person: Person) -> None:
        await registered(auth)
        await person.sign_in()
        secret = person.cookie("__Host-gatepass_session")
        stranger = Person(auth)
        async with stranger.client:
            stranger.client.cookies.set("gatepass_session", secret or "", domain="id.example.com")
            assert (await stranger.open("/account")).title == "Sign in"
