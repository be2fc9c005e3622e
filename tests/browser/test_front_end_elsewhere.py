"""A front-end on another origin signs people in by itself, in a real browser (CORS)."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gatepass.kernel.secret import Secret
from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from tests.support.browser import Visitor, served
from tests.support.pages import PASSWORD

ASK = """async ([url, method, body, token, credentials]) => {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (token) headers["Authorization"] = "Bearer " + token;
    try {
        const answer = await fetch(url, {method, headers, body: body && JSON.stringify(body), credentials});
        const challenge = answer.headers.get("WWW-Authenticate");
        const text = await answer.text();
        return {status: answer.status, body: text && JSON.parse(text), challenge};
    } catch (error) {
        return {blocked: error.name};
    }
}"""


async def empty_page(scope: Any, receive: Any, send: Any) -> None:
    """A front-end whose script is whatever the test evaluates in it."""
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})
        return
    body = b"<!doctype html><title>Front-end</title><link rel=icon href='data:,'>"
    headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class FrontEnd:
    """A page on some origin, and the auth server it asks."""

    def __init__(self, page: Page, origin: str, issuer: str) -> None:
        self.page = page
        self.issuer = issuer
        page.goto(origin)

    def ask(self, method: str, path: str, body: Any = None, token: str = "", credentials: str = "same-origin") -> Any:
        """What the page's own script gets to see."""
        return self.page.evaluate(ASK, [self.issuer + path, method, body, token, credentials])


@pytest.fixture(scope="module")
def places(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Origins of a listed front-end and of one that is not listed, and the issuer."""
    data, secret = tmp_path_factory.mktemp("server"), Secret(b"p" * 32)
    with (
        served(lambda _: empty_page, "app.localhost") as listed,
        served(lambda _: empty_page, "evil.localhost") as evil,
    ):

        def server(url: str) -> AuthServer:
            return AuthServer(Settings(issuer=url, data=data, secret_key=secret, origins=(listed,)))

        with served(server, "id.localhost") as issuer:
            yield listed, evil, issuer


@pytest.fixture
def visitor(browser: Browser, places: tuple[str, str, str]) -> Iterator[Visitor]:
    visitor = Visitor(browser, places[2])
    yield visitor
    visitor.context.close()


def test_it_registers_signs_in_and_uses_the_token(visitor: Visitor, places: tuple[str, str, str]) -> None:
    front_end = FrontEnd(visitor.page, places[0], places[2])
    account = {"username": "ada", "password": PASSWORD}
    assert front_end.ask("POST", "/api/register", account)["status"] == 201
    signed_in = front_end.ask("POST", "/api/login", {"identifier": "ada", "password": PASSWORD})
    assert signed_in["status"] == 200
    token = signed_in["body"]["access_token"]
    assert front_end.ask("GET", "/api/me", token=token)["body"]["username"] == "ada"
    assert front_end.ask("PATCH", "/api/me", {"name": "Ada L."}, token)["body"]["name"] == "Ada L."
    [session] = front_end.ask("GET", "/api/sessions", token=token)["body"]["sessions"]
    assert "Chrome" in session["agent"]
    refreshed = front_end.ask("POST", "/api/refresh", {"refresh_token": signed_in["body"]["refresh_token"]})
    assert refreshed["status"] == 200
    assert front_end.ask("DELETE", "/api/sessions", token=token)["status"] == 204
    assert front_end.ask("POST", "/api/logout", token=token)["status"] == 204
    refused = front_end.ask("GET", "/api/me", token=token)
    assert (refused["status"], refused["body"]["reason"]) == (401, "token_revoked")
    assert refused["challenge"].startswith('Bearer error="invalid_token"')
    assert visitor.context.cookies() == []
    assert visitor.complaints == []


def test_one_that_is_not_listed_sees_nothing(visitor: Visitor, places: tuple[str, str, str]) -> None:
    front_end = FrontEnd(visitor.page, places[1], places[2])
    body = {"identifier": "ada", "password": PASSWORD}
    assert front_end.ask("POST", "/api/login", body) == {"blocked": "TypeError"}
    assert front_end.ask("GET", "/api/me") == {"blocked": "TypeError"}
    # What is public stays so: the keys, for whoever verifies tokens in a browser.
    assert front_end.ask("GET", "/.well-known/jwks.json")["body"]["keys"]


def test_the_cookie_of_the_person_is_of_no_use_to_it(visitor: Visitor, places: tuple[str, str, str]) -> None:
    """Signed in at the auth server itself, in the same browser: the listed front-end gets nothing from it."""
    listed, _, issuer = places
    page = visitor.page
    page.goto(f"{issuer}/register")
    page.get_by_label("Username").fill("grace")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Username or e-mail address").fill("grace")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")
    front_end = FrontEnd(page, listed, issuer)
    assert front_end.ask("GET", "/api/me")["status"] == 401
    assert front_end.ask("GET", "/api/me", credentials="include") == {"blocked": "TypeError"}
    assert front_end.ask("POST", "/api/logout", {}, credentials="include") == {"blocked": "TypeError"}
    page.goto(f"{issuer}/account")
    page.get_by_role("heading", name="Your account").wait_for()
