"""Everything a server writes into its log, at the chattiest level, while people sign in and strangers try things."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gatepass.server.logs import JsonFormatter, PlainFormatter
from tests.support.databases import SqliteDatabase
from tests.support.live import OTHER_PASSWORD, PASSWORD, SECRET_KEY, Live, bearer, live
from tests.support.pages import FORM, LOOKING, SENDING
from tests.support.wire import connected

CLIENTS = ("httpx2", "httpcore2", "asyncio")
"""They speak in this process, and are not the server."""


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as both formatters write it."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers = [logging.StreamHandler(stream) for _ in range(2)]
    for handler, formatter in zip(handlers, (JsonFormatter(), PlainFormatter()), strict=True):
        handler.setFormatter(formatter)
        handler.addFilter(lambda record: not record.name.startswith(CLIENTS))
        root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(before)
    for handler in handlers:
        root.removeHandler(handler)


class Notes:
    """All secrets that went over the wire."""

    def __init__(self) -> None:
        self.secrets = {PASSWORD, OTHER_PASSWORD, SECRET_KEY.reveal().decode()}

    async def note(self, answer: httpx2.Response) -> httpx2.Response:
        """Remember the tokens and cookies of an answer."""
        if answer.headers.get("content-type") == "application/json":
            self.secrets |= {value for name, value in answer.json().items() if name.endswith("_token")}
        for cookie in answer.headers.get_list("set-cookie"):
            self.secrets.add(cookie.partition("=")[2].partition(";")[0])
        self.secrets.discard("")
        return answer


async def honest(server: Live, client: httpx2.AsyncClient, notes: Notes) -> dict[str, Any]:
    """What people do."""
    body = {"identifier": "ada", "password": PASSWORD}
    await notes.note(await client.post("/api/register", json={"username": "eve", "password": PASSWORD}))
    found: dict[str, Any] = (await notes.note(await client.post("/api/login", json=body))).json()
    await notes.note(await client.post("/login", data=body, headers=SENDING))
    await client.get("/account", headers=LOOKING)
    first = {"refresh_token": found["refresh_token"]}
    found = (await notes.note(await client.post("/api/refresh", json=first))).json()
    me = bearer(found["access_token"])
    change = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert (await client.post("/api/password", json=change, headers=me)).status_code == 204
    back = {"current_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert (await client.post("/api/password", json=back, headers=me)).status_code == 204
    return found


async def strange(client: httpx2.AsyncClient, found: dict[str, Any]) -> None:
    """What strangers do, and people by mistake: secrets in all the wrong places."""
    token = found["access_token"]
    wrong = {"identifier": "ada", "password": OTHER_PASSWORD}
    await client.post("/api/login", json=wrong)
    await client.post("/login", data=wrong, headers=SENDING)
    await client.post("/api/login", json={PASSWORD: token})
    await client.post("/api/login", content=f'{{"password": "{PASSWORD}"', headers={"content-type": "application/json"})
    await client.post("/login", content=f"password={PASSWORD}&%", headers={**SENDING, **FORM})
    await client.get("/api/me", params={"access_token": token, "password": PASSWORD})
    await client.get(f"/api/me/{token}")
    await client.get(f"/login/{token}", headers=LOOKING)
    await client.delete(f"/api/sessions/{token}", headers=bearer(token))
    await client.get("/api/me", headers=bearer(token[:-2]))
    await client.get("/api/me", headers={"cookie": f"gatepass_session={token}; gatepass_session={PASSWORD}"})
    await client.post("/api/refresh", json={"refresh_token": found["refresh_token"] + "x"})


async def test_no_line_holds_a_password_token_or_cookie(
    sqlite_database: SqliteDatabase, tmp_path: Path, log: io.StringIO
) -> None:
    notes = Notes()
    async with live(tmp_path, database=sqlite_database.fresh(tmp_path), access_log=True) as server:
        await server.person()
        async with server.client() as client:
            found = await honest(server, client, notes)
            await strange(client, found)
            async with connected(server.address) as wire:
                head = f"GET /login HTTP/1.1\r\nHost: a\r\nHost: b\r\nAuthorization: Bearer {found['access_token']}"
                await wire.send(head.encode() + b"\r\n\r\n")
                assert (await wire.answer()).status == 400
            await server.auth.services.store.close()
            failed = (await honest_while_down(client, found)).headers["x-request-id"]
            await strange(client, found)
    lines = log.getvalue()
    assert len(notes.secrets) >= 8
    assert [secret for secret in notes.secrets if secret in lines] == []
    assert f'"request_id": "{failed}"' in lines
    assert '"path": "/api/refresh"' in lines


async def honest_while_down(client: httpx2.AsyncClient, found: dict[str, Any]) -> httpx2.Response:
    """People, while the database is away."""
    await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
    await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
    return await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})


async def test_a_person_can_name_the_line_that_tells_what_went_wrong(one_server: Live, log: io.StringIO) -> None:
    """One id per request: on the page, in the log, and in the audit."""
    await one_server.person()
    async with one_server.client() as client:
        await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
        started = next(line for line in await one_server.audit() if line.name == "session_started")
        await one_server.auth.services.store.close()
        page = await client.get("/account", headers=LOOKING)
    assert page.status_code == 503
    [line] = [json.loads(text) for text in log.getvalue().splitlines() if "request_failed" in text and text[0] == "{"]
    assert line["request_id"] in page.text
    assert (line["method"], line["path"], line["code"]) == ("GET", "/account", "store_closed")
    assert started.request_id not in ("", line["request_id"])


async def test_neither_log_nor_audit_names_a_person(one_server: Live, log: io.StringIO) -> None:
    """Lines and rows outlive the account they speak of, so they know people by their random sub only."""
    name, address, called = "wilhelmina.osterhagen", "osterhagen@example.com", "Wilhelmina Osterhagen"
    account = {"username": name, "email": address, "password": PASSWORD, "name": called}
    notes = Notes()
    async with one_server.client() as client:
        assert (await client.post("/api/register", json=account)).status_code == 201
        assert (await client.post("/api/register", json=account)).status_code == 409
        for identifier in (name, address):
            for password in (PASSWORD, OTHER_PASSWORD):
                answer = await client.post("/api/login", json={"identifier": identifier, "password": password})
                await notes.note(answer)
        found = (await client.post("/api/login", json={"identifier": name, "password": PASSWORD})).json()
        me = bearer(found["access_token"])
        assert (await client.patch("/api/me", json={"name": "Mina Osterhagen"}, headers=me)).status_code == 200
        wrong = {"current_password": OTHER_PASSWORD, "new_password": PASSWORD}
        assert (await client.post("/api/password", json=wrong, headers=me)).status_code == 401
        await strange(client, found)
    rows = repr(await one_server.audit())
    assert {"user_registered", "user_updated", "password_refused"} <= set(re.findall(r"name='(\w+)'", rows))
    for text in (rows, log.getvalue()):
        assert "sterhagen" not in text
        assert [secret for secret in notes.secrets if secret in text] == []
