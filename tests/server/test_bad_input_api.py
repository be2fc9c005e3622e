"""What the JSON API answers to whatever is not a request: the right status, a stable code, never a 500."""

import json
from collections.abc import AsyncIterator
from typing import NamedTuple
from urllib.parse import urlencode

import httpx2
import pytest

from tests.support.databases import SqliteDatabase
from tests.support.live import OTHER_PASSWORD, PASSWORD, Live, bearer, live, tokens
from tests.support.pages import SENDING
from tests.support.wire import connected

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BODIES: dict[tuple[str, str], dict[str, str]] = {
    ("POST", "/api/login"): {"identifier": "ada", "password": PASSWORD},
    ("POST", "/api/register"): {"username": "eve", "password": PASSWORD},
    ("POST", "/api/refresh"): {"refresh_token": "x.1.y"},
    ("POST", "/api/logout"): {"refresh_token": "x.1.y"},
    ("POST", "/api/password"): {"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
    ("PATCH", "/api/me"): {"name": "Ada"},
}
"""Every operation with a body, and a good one."""

WITHOUT_BODY = [("DELETE", "/api/me"), ("DELETE", "/api/sessions"), ("DELETE", "/api/sessions/x")]


class Row(NamedTuple):
    """One bad body for every operation; `{}` in it stands for a good one without its braces."""

    name: str
    kind: str
    body: bytes
    status: int
    code: str


ROWS = [
    Row("half an object", JSON, b"{%b", 400, "malformed_json"),
    Row("two objects", JSON, b"{%b}{}", 400, "malformed_json"),
    Row("a list", JSON, b"[]", 400, "invalid_field"),
    Row("a text", JSON, b'"x"', 400, "invalid_field"),
    Row("null", JSON, b"null", 400, "invalid_field"),
    Row("nothing that is JSON", JSON, b"", 400, "malformed_json"),
    Row("not a number", JSON, b'{%b, "x": NaN}', 400, ""),
    Row("an unknown field", JSON, b'{%b, "admin": true}', 400, "unknown_field"),
    Row("an unknown field of secrets", JSON, b'{%b, "violet harbour 7 spoons": 1}', 400, "unknown_field"),
    Row("half a surrogate pair", JSON, b'{%b, "x": "\\ud800"}', 400, ""),
    Row("half a surrogate pair in a name", JSON, b'{%b, "\\udc00": 1}', 400, ""),
    Row("bytes that are no UTF-8", JSON, b'{%b, "x": "\xff"}', 400, "malformed_json"),
    Row("a surrogate in UTF-8", JSON, b'{%b, "x": "\xed\xa0\x80"}', 400, "malformed_json"),
    Row("a NUL byte", JSON, b"{%b}\0", 400, "malformed_json"),
    Row("a byte order mark", JSON, b"\xef\xbb\xbf{%b}", 400, "malformed_json"),
    Row("UTF-16", JSON, "{}".encode("utf-16"), 400, "malformed_json"),
    Row("deep lists", JSON, b"[" * 16_000, 400, "too_deep"),
    Row("deep objects", JSON, b'{"a":' * 3_000, 400, "too_deep"),
    Row("a deep field", JSON, b'{%b, "x": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "too_deep"),
    Row("a long number", JSON, b'{%b, "x": ' + b"9" * 9_000 + b"}", 400, ""),
    Row("a form that says it is JSON", JSON, b"identifier=ada", 400, "malformed_json"),
    Row("17 KiB", JSON, b'{%b, "x": "' + b"a" * 17 * 1024 + b'"}', 413, "body_too_large"),
    Row("17 KiB of spaces", JSON, b"{%b}" + b" " * 17 * 1024, 413, "body_too_large"),
    Row("another type", "text/plain", b"{%b}", 415, "unsupported_media_type"),
    Row("no type", "", b"{%b}", 415, "unsupported_media_type"),
    Row("a list of types", "application/json, text/plain", b"{%b}", 415, "unsupported_media_type"),
    Row("multipart", "multipart/form-data; boundary=x", b"--x--", 415, "unsupported_media_type"),
    Row("an XML document", "application/xml", b"<a/>", 415, "unsupported_media_type"),
    Row("an unknown field of a form", FORM, b"&admin=1", 400, "unknown_field"),
    Row("a form with a NUL", FORM, b"&name=%00", 400, "malformed_request"),
    Row("a form that is no UTF-8", FORM, b"&name=%ff", 400, "malformed_request"),
    Row("a form with raw bytes", FORM, b"&name=\xff", 400, "malformed_request"),
    Row("a form with half a surrogate pair", FORM, b"&name=%ED%A0%80", 400, "malformed_request"),
    Row("a form without equals signs", FORM, b"&name", 400, "malformed_request"),
    Row("a form of 33 fields", FORM, b"&x=1" * 33, 400, "malformed_request"),
    Row("a form of 17 KiB", FORM, b"&name=" + b"a" * 17 * 1024, 413, "body_too_large"),
    Row("a JSON object that says it is a form", FORM, b"{%b}", 400, ""),
]


def written(row: Row, good: dict[str, str]) -> bytes:
    """The bad body, made from a good one."""
    if row.kind == FORM:
        return urlencode(good).encode() + row.body if row.body.startswith(b"&") else row.body
    return row.body.replace(b"%b", json.dumps(good)[1:-1].encode())


@pytest.fixture(scope="module")
async def one_server(
    sqlite_database: SqliteDatabase, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Live]:
    """One for all: what is refused changes nothing. `ada` has an account."""
    data = tmp_path_factory.mktemp("server")
    async with live(data, database=sqlite_database.fresh(data)) as server:
        await server.person()
        yield server


@pytest.fixture
async def me(one_server: Live, client: httpx2.AsyncClient) -> AsyncIterator[dict[str, str]]:
    """The credential of somebody; he is still there and unchanged afterwards."""
    found = bearer((await tokens(client))["access_token"])
    before = (await client.get("/api/me", headers=found)).json()
    lines = len(await one_server.audit())
    yield found
    after = await client.get("/api/me", headers=found)
    assert (after.status_code, after.json()) == (200, before)
    assert len(await one_server.audit()) == lines


def told(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal in the one shape there is."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() <= {"error", "error_description", "reason"}
    assert PASSWORD not in answer.text
    return answer.status_code, body["error"]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
async def test_a_bad_body_is_refused_and_changes_nothing(
    client: httpx2.AsyncClient, me: dict[str, str], row: Row, one_server: Live
) -> None:
    for (method, path), good in BODIES.items():
        headers = {**me, **({"content-type": row.kind} if row.kind else {})}
        answer = await client.request(method, path, content=written(row, good), headers=headers)
        status, code = told(answer)
        assert status == row.status, (path, answer.text)
        assert row.code in ("", code), (path, answer.text)


async def test_a_field_of_another_type_is_refused_by_name(
    client: httpx2.AsyncClient, me: dict[str, str], one_server: Live
) -> None:
    for (method, path), good in BODIES.items():
        for field in good:
            for value in (1, True, 1.5, ["x"], {"a": "b"}):
                answer = await client.request(method, path, json={**good, field: value}, headers=me)
                assert told(answer) == (400, "invalid_field"), (path, field, value)
                assert f"$.{field}" in answer.json()["error_description"]


async def test_a_name_may_come_once(client: httpx2.AsyncClient, me: dict[str, str], one_server: Live) -> None:
    for (method, path), good in BODIES.items():
        for field in good:
            twice = json.dumps(good)[:-1] + f', "{field}": "other"}}'
            answer = await client.request(method, path, content=twice, headers={**me, "content-type": JSON})
            assert told(answer) == (400, "duplicate_name")
            escaped = json.dumps(good)[:-1] + f', "\\u{ord(field[0]):04x}{field[1:]}": "other"}}'
            answer = await client.request(method, path, content=escaped, headers={**me, "content-type": JSON})
            assert told(answer) == (400, "duplicate_name")
            form = urlencode([*good.items(), (field, "other")])
            answer = await client.request(method, path, content=form, headers={**me, "content-type": FORM})
            assert told(answer) == (400, "malformed_request")


NUL = [
    ("POST", "/api/login", {"identifier": "ada\0", "password": PASSWORD}, (401, "invalid_credentials")),
    ("POST", "/api/login", {"identifier": "ada", "password": PASSWORD + "\0"}, (401, "invalid_credentials")),
    ("POST", "/api/login", {"identifier": "ada", "password": PASSWORD, "scope": "a\0"}, (400, "invalid_scope")),
    ("POST", "/api/login", {"identifier": "ada", "password": PASSWORD, "resource": "\0"}, (400, "invalid_target")),
    ("POST", "/api/register", {"username": "e\0ve", "password": PASSWORD}, (400, "username_invalid")),
    ("POST", "/api/register", {"email": "e\0@ve.example", "password": PASSWORD}, (400, "email_invalid")),
    ("POST", "/api/register", {"username": "eve", "password": PASSWORD, "name": "\0"}, (400, "name_invalid")),
    ("POST", "/api/refresh", {"refresh_token": "a.1.b\0"}, (400, "invalid_grant")),
    ("PATCH", "/api/me", {"name": "a\0b"}, (400, "name_invalid")),
    ("PATCH", "/api/me", {"email": "\0@example.com"}, (400, "email_invalid")),
    ("DELETE", "/api/sessions/a%00b", None, (404, "not_found")),
    ("DELETE", "/api/sessions/%ED%A0%80", None, (404, "not_found")),
    ("DELETE", f"/api/sessions/{'a' * 5_000}", None, (404, "not_found")),
]


async def test_nul_and_worse_inside_of_good_json(client: httpx2.AsyncClient, one_server: Live) -> None:
    me = bearer((await tokens(client))["access_token"])
    for method, path, body, expected in NUL:
        assert told(await client.request(method, path, json=body, headers=me)) == expected, (path, body)


async def test_ten_megabytes_are_not_read(one_server: Live, me: dict[str, str]) -> None:
    """The answer comes long before the end."""
    for method, path in BODIES:
        async with connected(one_server.address) as wire:
            head = f"{method} {path} HTTP/1.1\r\nHost: id.test\r\nContent-Type: {JSON}\r\n"
            head += f"Authorization: {me['authorization']}\r\nContent-Length: 10000000\r\n\r\n"
            await wire.send(head.encode() + b"x" * 17_000)
            said = await wire.answer()
            assert (said.status, said.json["error"]) == (413, "body_too_large"), path


async def test_ten_megabytes_without_a_length_are_cut_off(one_server: Live, client: httpx2.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b"x" * 65_536

    answer = await client.post("/api/login", content=endless(), headers={"content-type": JSON})
    assert told(answer) == (413, "body_too_large")


async def test_other_methods_are_told_which_ones_work(
    client: httpx2.AsyncClient, me: dict[str, str], one_server: Live
) -> None:
    allowed = {
        "/api/login": "POST",
        "/api/refresh": "POST",
        "/api/logout": "POST",
        "/api/register": "POST",
        "/api/password": "POST",
        "/api/me": "GET, PATCH, DELETE",
        "/api/sessions": "GET, DELETE",
        "/api/sessions/x": "DELETE",
        "/.well-known/jwks.json": "GET, HEAD",
    }
    for path, allow in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - set(
            allow.split(", ")
        ):
            answer = await client.request(method, path, headers=me)
            assert told(answer) == (405, "method_not_allowed"), (method, path)
            assert set(answer.headers["allow"].split(", ")) == set(allow.split(", "))


async def test_a_body_where_none_belongs_is_not_looked_at(client: httpx2.AsyncClient, one_server: Live) -> None:
    await one_server.person("grace")
    me = bearer((await tokens(client, "grace"))["access_token"])
    for method, path in WITHOUT_BODY[::-1]:
        answer = await client.request(method, path, content=b"\xff" * 20_000, headers={**me, "content-type": JSON})
        assert answer.status_code in (204, 404)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("Bearer", "invalid_token"),
        ("Bearer x", "invalid_token"),
        ("Bearer a.b.c", "invalid_token"),
        ("Bearer a b", "invalid_token"),
        ("Bearer " + "a" * 60_000, "invalid_token"),
        ("Bearer é", "invalid_token"),
        ("Basic YTpi", "credential_required"),
        ("x", "credential_required"),
    ],
    ids=lambda text: text[:20],
)
async def test_a_bad_credential_is_a_401_with_a_challenge(
    client: httpx2.AsyncClient, one_server: Live, value: str, code: str
) -> None:
    answer = await client.get("/api/me", headers={b"authorization": value.encode("latin-1")})
    assert told(answer) == (401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_cookie_session_pays_for_no_change_from_elsewhere(client: httpx2.AsyncClient, one_server: Live) -> None:
    await client.post("/login", data=BODIES["POST", "/api/login"], headers=SENDING)
    before = (await client.get("/api/me")).json()
    private = {("POST", "/api/logout"): {}, **{key: BODIES[key] for key in list(BODIES)[4:]}}
    for (method, path), good in {**private, **{key: {} for key in WITHOUT_BODY}}.items():
        for forged in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": one_server.url, "sec-fetch-site": "cross-site"},
            {},
        ):
            form = {**forged, "content-type": FORM}
            answer = await client.request(method, path, content=urlencode(good), headers=form)
            assert told(answer) == (403, "cross_site_request"), (path, forged)
    assert (await client.get("/api/me")).json() == before
