"""Requests that no honest client sends, on a real socket: to the pages, to the API, and to nothing."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest

from tests.support.databases import SqliteDatabase
from tests.support.live import PASSWORD, Live, bearer, live, tokens
from tests.support.pages import FORM, FORMS, LOOKING, SENDING
from tests.support.wire import Said, connected

SIGN_IN = {"identifier": "ada", "password": PASSWORD}


@pytest.fixture(scope="module")
async def one_server(
    sqlite_database: SqliteDatabase, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Live]:
    """One for all; `ada` has an account."""
    data = tmp_path_factory.mktemp("server")
    async with live(data, database=sqlite_database.fresh(data)) as server:
        await server.person()
        yield server


async def ask(server: Live, head: bytes, body: bytes = b"") -> Said:
    """Send a head, without its final empty line, and a body; the first answer."""
    async with connected(server.address) as wire:
        await wire.send(head + b"\r\n\r\n" + body)
        return await wire.answer()


async def signed_in(server: Live) -> httpx2.AsyncClient:
    """A browser with a session."""
    client = server.client()
    answer = await client.post("/login", data=SIGN_IN, headers=SENDING)
    assert answer.status_code == 303
    return client


LARGE = [
    ("a token of 1 MB", b"Authorization: Bearer " + b"a" * 1_000_000),
    ("a cookie of 1 MB", b"Cookie: gatepass_session=" + b"a" * 1_000_000),
    ("a user agent of 1 MB", b"User-Agent: " + b"a" * 1_000_000),
    ("200 fields", b"\r\n".join(b"X-%d: y" % number for number in range(200))),
    ("cookies of 70 KB", b"Cookie: " + b"; ".join(b"name%d=%s" % (n, b"a" * 60) for n in range(1_000))),
]


@pytest.mark.parametrize("path", [b"/login", b"/api/me", b"/nothing"])
@pytest.mark.parametrize(("name", "field"), LARGE, ids=[name for name, _ in LARGE])
async def test_headers_that_are_too_large_are_not_read(one_server: Live, name: str, field: bytes, path: bytes) -> None:
    said = await ask(one_server, b"GET %b HTTP/1.1\r\nHost: id.test\r\n%b" % (path, field))
    assert (said.status, said.json["error"]) == (431, "headers_too_large")


async def test_a_token_of_60_kb_is_read_and_refused(one_server: Live) -> None:
    said = await ask(one_server, b"GET /api/me HTTP/1.1\r\nHost: id.test\r\nAuthorization: Bearer " + b"a" * 60_000)
    assert (said.status, said.json["error"], said.json["reason"]) == (401, "invalid_token", "malformed_token")


async def test_a_thousand_cookies_do_no_harm(one_server: Live) -> None:
    """All the sites on this host set theirs, and ours is among them."""
    client = await signed_in(one_server)
    ours = f"gatepass_session={client.cookies['gatepass_session']}"
    cookies = "; ".join([*(f"name{n}=value{n}" for n in range(500)), ours, *(f"n{n}=v" for n in range(500))])
    assert (await client.get("/api/me", headers={"cookie": cookies})).json()["username"] == "ada"
    assert (await client.get("/account", headers={**LOOKING, "cookie": cookies})).status_code == 200


TWICE = [
    b"Cookie: gatepass_session=a; gatepass_session=b",
    b"Cookie: gatepass_session=a\r\nCookie: gatepass_session=b",
    b"Authorization: Bearer a\r\nAuthorization: Bearer b",
]


@pytest.mark.parametrize("fields", TWICE)
async def test_a_credential_that_comes_twice_is_refused(one_server: Live, fields: bytes) -> None:
    said = await ask(one_server, b"GET /api/me HTTP/1.1\r\nHost: id.test\r\n" + fields)
    assert (said.status, said.json["error"]) == (400, "malformed_request")


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "/%252f%252fevil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/account@evil.example/..//",
    "evil.example",
    "/x\r\nSet-Cookie: a=b",
    "/x%0d%0aSet-Cookie:%20a=b",
    "/x%250d%250aSet-Cookie:%20a=b",
    "/é",
    "/" + "a" * 3_000,
]


@pytest.mark.parametrize("onward", ELSEWHERE)
async def test_next_leads_nowhere_but_here(one_server: Live, client: httpx2.AsyncClient, onward: str) -> None:
    answer = await client.post("/login", data={**SIGN_IN, "next": onward}, headers=SENDING)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert all(value.startswith("gatepass_") for value in answer.headers.get_list("set-cookie"))
    again = await client.get(f"/login?next={quote(onward)}", headers=LOOKING)
    assert (again.status_code, again.headers["location"]) == (303, "/account")
    async with one_server.client() as stranger:
        page = await stranger.get(f"/login?next={quote(onward)}", headers=LOOKING)
        assert (page.status_code, "evil.example" in page.text) == (200, False)


async def test_next_leads_where_the_person_wanted_to_go(one_server: Live, client: httpx2.AsyncClient) -> None:
    answer = await client.post("/login", data={**SIGN_IN, "next": "/account/delete?x=1"}, headers=SENDING)
    assert answer.headers["location"] == "/account/delete?x=1"


SPLIT = [
    b"GET /login HTTP/1.1\r\nHost: id.test\r\nX-A: b\nX-C: d",
    b"GET /login HTTP/1.1\r\nHost: id.test\r\nX-A: b\rX-C: d",
    b"GET /login HTTP/1.1\r\nHost: id.test\r\nX-A: b\0",
    b"GET /log\rin HTTP/1.1\r\nHost: id.test",
    b"GET /login HTTP/1.1\r\nHost: id.test\r\nHost: evil.example",
    b"GET /login HTTP/1.1\r\nHost: id.test, evil.example",
    b"GET /login HTTP/1.1\r\nHost: id.test@evil.example",
    b"GET https://evil.example/login HTTP/1.1\r\nHost: id.test",
    b"BREW /login HTTP/1.1\r\nHost: id.test",
    b"GET /login HTTP/1.1\r\nHost: id.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
]


@pytest.mark.parametrize("head", SPLIT)
async def test_what_two_servers_could_read_differently_is_refused(one_server: Live, head: bytes) -> None:
    said = await ask(one_server, head)
    assert (said.status, said.json["error"]) == (400, "malformed_request")


ODD_PATHS = [
    "/login%00",
    "/login%0d%0aset-cookie:%20a=b",
    "/static/..%2f..%2fapp.py",
    "/static/%2e%2e/%2e%2e/app.py",
    "/static/style.css%00.js",
    "/%ff%fe",
    "/api/me/",
    "/api//me",
    "//login",
    "/LOGIN",
    "/login;x=1",
    "/.env",
    "/" + "a" * 30_000,
]


@pytest.mark.parametrize("path", ODD_PATHS, ids=lambda path: path[:30])
async def test_an_odd_path_is_not_found(one_server: Live, path: str) -> None:
    for accept in (b"text/html", b"application/json"):
        said = await ask(one_server, b"GET %b HTTP/1.1\r\nHost: id.test\r\nAccept: %b" % (path.encode(), accept))
        assert said.status == 404
        # Beside the pages lie their files, whose refusals are pages, too.
        assert path.startswith("/static/") or said.headers["content-type"].startswith(accept.decode())
        assert "set-cookie" not in said.headers
        assert b"evil" not in said.body


NAVIGATIONS: list[tuple[str, str, dict[str, str], bytes, int]] = [
    ("GET", "/nothing", LOOKING, b"", 404),
    ("PUT", "/login", SENDING, b"", 405),
    ("POST", "/login", {**SENDING, **FORM}, b"identifier=%00", 400),
    ("POST", "/login", {**SENDING, **FORM}, b"identifier=" + b"a" * 17 * 1024, 413),
    ("POST", "/login", {**SENDING, "content-type": "application/json"}, b"{}", 415),
    ("POST", "/login", {**SENDING, **FORM, "sec-fetch-site": "cross-site"}, b"identifier=ada", 403),
    ("POST", "/account/profile", {**SENDING, **FORM}, b"name=x", 401),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), NAVIGATIONS)
async def test_a_person_is_told_on_a_page(
    one_server: Live, client: httpx2.AsyncClient, method: str, path: str, headers: Any, body: bytes, status: int
) -> None:
    answer = await client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ("allow" in answer.headers) == (status == 405)
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_ten_megabytes_to_a_form_are_not_read(one_server: Live) -> None:
    for path in FORMS:
        head = f"POST {path} HTTP/1.1\r\nHost: id.test\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 10000000\r\n"
        head += f"Content-Type: {FORM['content-type']}"
        said = await ask(one_server, head.encode(), b"x" * 17_000)
        assert said.status == 413, path


async def test_forms_of_other_sites_change_nothing(one_server: Live) -> None:
    client = await signed_in(one_server)
    before = (await client.get("/api/me")).json()
    for path in FORMS:
        for forged in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}, {}):
            body = urlencode({**SIGN_IN, "name": "Eve", "current": PASSWORD, "new": PASSWORD})
            answer = await client.post(path, content=body, headers={**forged, **FORM})
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), path
    assert (await client.get("/api/me")).json() == before


LIES = b"""\
Sec-Fetch-Site: same-origin
Content-Type: application/x-www-form-urlencoded
X-Forwarded-For: 203.0.113.9
X-Real-IP: 203.0.113.9
Forwarded: for=203.0.113.9
X-Forwarded-Proto: https
X-Forwarded-Host: evil.example
User-Agent: <script>alert(1)</script>\xff"""


async def test_what_a_stranger_says_of_himself_is_shown_as_text(one_server: Live, client: httpx2.AsyncClient) -> None:
    """His address is what the connection says, not what he says; his agent breaks neither page nor terminal."""
    body = urlencode(SIGN_IN).encode()
    head = b"POST /login HTTP/1.1\r\nHost: id.test\r\n" + LIES.replace(b"\n", b"\r\n") + b"x" * 5_000
    said = await ask(one_server, head + b"\r\nContent-Length: %d" % len(body), body)
    assert (said.status, said.headers["location"]) == (303, "/account")
    me = bearer((await tokens(client))["access_token"])
    shown = (await client.get("/api/sessions", headers=me)).json()["sessions"]
    found = next(one for one in shown if "script" in (one["agent"] or ""))
    assert (found["address"], len(found["agent"]), found["agent"].isprintable()) == ("127.0.0.1", 400, True)
    browser = await signed_in(one_server)
    assert "<script>alert" not in (await browser.get("/account", headers=LOOKING)).text


async def test_a_websocket_is_not_spoken_here(one_server: Live) -> None:
    handshake = b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    for path in (b"/login", b"/api/me", b"/nothing"):
        head = b"GET %b HTTP/1.1\r\nHost: id.test%bdGhlIHNhbXBsZSBub25jZQ==" % (path, handshake)
        assert (await ask(one_server, head)).status == 403
