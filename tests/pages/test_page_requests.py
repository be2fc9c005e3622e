"""What every page does with requests that are not what it expects."""

import logging
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from gatepass.server import web
from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from tests.support.pages import FORM, FORMS, LOOKING, PASSWORD, SENDING, Page, Person, registered

OPEN_TO_ALL = ["/login", "/register", "/logout"]
PRIVATE = ["/account", "/account/delete"]
GOOD = f"identifier=ada&password={quote(PASSWORD)}"

BAD_BODIES = [
    ("NUL", GOOD + "&next=%00", 400),
    ("not UTF-8", GOOD + "&next=%ff", 400),
    ("half a surrogate pair", GOOD + "&next=%ED%A0%80", 400),
    ("a field twice", GOOD + "&identifier=eve", 400),
    ("no equals sign", GOOD + "&next", 400),
    ("33 fields", "&".join(f"f{n}=1" for n in range(33)), 400),
    ("raw bytes", GOOD.encode() + b"&next=\xff", 400),
    ("17 KiB", GOOD + "&next=" + "a" * 17 * 1024, 413),
]


async def test_every_page_forbids_what_it_does_not_need(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    for path in [*OPEN_TO_ALL, "/account", "/nothing-here"]:
        headers = (await person.client.get(path, headers=LOOKING)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy, path
        assert "frame-ancestors 'none'; form-action 'self'" in policy, path
        assert headers["referrer-policy"] == "same-origin", path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["cache-control"] == "no-store", path


async def test_nothing_stands_inline_on_any_page(auth: AuthServer, person: Person) -> None:
    """Inline scripts, styles and handlers would not run under the policy; so none is written."""
    await registered(auth)
    pages = [await person.open(path) for path in [*OPEN_TO_ALL, "/nothing-here"]]
    pages.append(await person.sign_in())
    pages += [await person.open(path) for path in ["/logout", *PRIVATE]]
    for page in pages:
        assert page.html.one("html").attributes["lang"] == "en"
        assert page.html.one("main").attributes["id"] == "main"
        assert not page.html.all("style")
        for element in page.html.one("html").all("script"):
            assert element.attributes["src"].startswith("/static/")
            assert not element.text
        for element in page.html._walk():
            assert not [name for name in element.attributes if name == "style" or name.startswith("on")]


def test_every_form_that_a_page_has_is_among_those_that_are_tried() -> None:
    """A new form that is in no list would be guarded by luck."""
    written = "".join(path.read_text() for path in Path(web.__file__).parent.glob("templates/*.html"))
    assert set(re.findall(r'action="{{ site\.base }}([^"]+)"', written)) == set(FORMS)


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_from_another_site_is_refused(auth: AuthServer, person: Person, path: str) -> None:
    await registered(auth)
    await person.sign_in()
    for origin in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "null"}, {}):
        answer = await person.client.post(path, data={"password": PASSWORD}, headers={"accept": "text/html", **origin})
        assert answer.status_code == 403
        assert "This came from another site" in answer.text
    assert (await person.open("/account")).title == "Your account"


async def test_nobody_can_be_signed_in_by_another_site(auth: AuthServer, person: Person) -> None:
    """The guard holds without any cookie: a forged sign-in would watch what the victim does next."""
    await registered(auth)
    fields = {"identifier": "ada", "password": PASSWORD}
    headers = {"origin": "https://evil.example"}
    answer = await person.client.post("/login", data=fields, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_an_old_browser_is_known_by_its_origin(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    fields = {"identifier": "ada", "password": PASSWORD}
    answer = await person.client.post("/login", data=fields, headers={"origin": "http://localhost:8000"})
    assert answer.status_code == 303


@pytest.mark.parametrize(("body", "status"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES])
async def test_a_malformed_form_is_refused_as_a_whole(
    auth: AuthServer, person: Person, body: str | bytes, status: int
) -> None:
    await registered(auth)
    answer = await person.client.post("/login", content=body, headers={**SENDING, **FORM})
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_only_urlencoded_forms_are_read(auth: AuthServer, person: Person, kind: str) -> None:
    await registered(auth)
    answer = await person.client.post("/login", content=GOOD, headers={**SENDING, "content-type": kind})
    assert answer.status_code == 415


async def test_a_field_of_a_newer_page_does_no_harm(auth: AuthServer, person: Person) -> None:
    await registered(auth)
    assert (await person.post("/login", identifier="ada", password=PASSWORD, remember="1")).status == 303


@pytest.mark.parametrize("path", [*OPEN_TO_ALL, *PRIVATE])
async def test_head_answers_like_get_without_a_body(auth: AuthServer, person: Person, path: str) -> None:
    await registered(auth)
    await person.sign_in()
    got = await person.client.get(path, headers=LOOKING)
    headed = await person.client.head(path, headers=LOOKING)
    assert (headed.status_code, headed.content) == (got.status_code, b"")
    assert headed.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_told_which_ones_work(person: Person, method: str) -> None:
    answer = await person.client.request(method, "/login", headers=SENDING)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    answer = await person.client.request(method, "/account", headers=SENDING)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_an_unknown_address_is_a_page_for_people(person: Person) -> None:
    page = await person.open("/wp-admin")
    assert (page.status, page.title) == (404, "There is nothing here")


async def test_a_spoofed_host_is_not_repeated(person: Person) -> None:
    for path in ["/login", "/account", "/nothing-here", "/login/", "/api/login/"]:
        answer = await person.client.get(path, headers={**LOOKING, "host": "evil.example"})
        assert "evil.example" not in answer.text + str(answer.headers)


async def test_a_cookie_that_comes_twice_is_refused(person: Person) -> None:
    headers = {**LOOKING, "cookie": "gatepass_session=a; gatepass_session=b"}
    answer = await person.client.get("/account", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("path", PRIVATE)
async def test_a_private_page_leads_to_sign_in_and_back(auth: AuthServer, person: Person, path: str) -> None:
    await registered(auth)
    page = await person.open(path)
    assert (page.title, page.form("/login")["next"]) == ("Sign in", path)
    page = await person.send("/login", identifier="ada", password=PASSWORD)
    assert page.location == path


@pytest.mark.parametrize("headers", [{}, {"accept": "*/*"}, {"accept": "text/html", "sec-fetch-mode": "cors"}])
async def test_who_does_not_look_at_the_answer_is_not_redirected(person: Person, headers: dict[str, str]) -> None:
    answer = await person.client.get("/account", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", [form for form in FORMS if form.startswith("/account")])
async def test_a_form_without_a_session_changes_nothing_and_says_so(person: Person, path: str) -> None:
    page = await person.post(path, password=PASSWORD)
    assert (page.status, page.title) == (401, "You are not signed in")


@pytest.mark.parametrize("path", [form for form in FORMS if form not in OPEN_TO_ALL + PRIVATE])
async def test_opening_the_address_of_a_form_leads_back_to_the_account(
    auth: AuthServer, person: Person, path: str
) -> None:
    await registered(auth)
    await person.sign_in()
    assert (await person.open(path)).title == "Your account"


async def test_a_server_that_cannot_serve_says_when_to_come_back(
    auth: AuthServer, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    await registered(auth)
    await auth.services.store.close()
    with caplog.at_level(logging.ERROR, logger="gatepass.web"):
        page = await person.post("/login", identifier="ada", password=PASSWORD)
    assert page.status == 503
    assert int(page.headers["retry-after"]) > 0
    reference = page.html.one("code").text
    told = [record for record in caplog.records if record.name == "gatepass.web"]
    assert [record.__dict__["request_id"] for record in told] == [reference]
    assert PASSWORD not in caplog.text


async def test_the_front_door_leads_to_the_account(person: Person) -> None:
    assert (await person.open("/")).title == "Sign in"


class TestBelowAPath:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, issuer="http://localhost:8000/auth")

    async def test_every_link_stays_below_it(self, auth: AuthServer) -> None:
        from starlette.applications import Starlette

        await registered(auth)
        app = Starlette()
        auth.attach(app, "/auth")
        person = Person(auth)
        transport = httpx2.ASGITransport(app=app, client=("203.0.113.7", 1))
        person.client = httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000")
        async with person.client:
            page = await person.open("/auth/account/delete")
            assert page.form("/auth/login")["next"] == "/auth/account/delete"
            _stays_below(page)
            page = await person.sign_in()
            assert page.title == "Your account"
            _stays_below(page)
            style = page.html.one("link", rel="stylesheet").attributes["href"]
            assert (await person.client.get(style)).status_code == 200


def _stays_below(page: Page) -> None:
    for tag, name in (("a", "href"), ("link", "href"), ("script", "src"), ("form", "action")):
        for element in page.html.all(tag):
            target = element.attributes[name]
            assert target.startswith(("/auth/", "#")), target
