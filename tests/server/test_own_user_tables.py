"""A team's own user table behind the whole server: what works, what is off, and what it may do wrong."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gatepass import User
from gatepass.kernel.errors import Misuse
from gatepass.server.app import AuthServer
from gatepass.server.settings import Settings
from gatepass.server.users.errors import SignInRefused
from tests.support.databases import SqliteDatabase
from tests.support.live import PASSWORD, SECRET_KEY, Live, bearer, live, tokens
from tests.support.pages import FORM, LOOKING, SENDING

ADA = User(subject="ada-1", username="ada", email="ada@example.com", name="Ada", scopes=("news:read", "profile"))


@dataclass
class Table:
    """A table that a test fills; `answer` replaces what both methods return, or is raised."""

    users: dict[str, User] = field(default_factory=lambda: {"ada-1": ADA})
    answer: Any = None
    asked: list[str] = field(default_factory=list)

    def _said(self, found: User | None) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return found if self.answer is None else self.answer


class Async(Table):
    async def authenticate(self, identifier: str, password: str) -> Any:
        right = password == PASSWORD
        return self._said(next((user for user in self.users.values() if user.username == identifier and right), None))

    async def find(self, subject: str) -> Any:
        self.asked.append(subject)
        return self._said(self.users.get(subject))


class Blocking(Table):
    """As somebody writes it who has never heard of `await`."""

    def authenticate(self, identifier: str, password: str) -> Any:
        right = password == PASSWORD
        return self._said(next((user for user in self.users.values() if user.username == identifier and right), None))

    def find(self, subject: str) -> Any:
        self.asked.append(subject)
        return self._said(self.users.get(subject))


@pytest.fixture(params=[Async, Blocking])
def table(request: pytest.FixtureRequest) -> Any:
    return request.param()


@pytest.fixture
async def server(
    table: Any, sqlite_database: SqliteDatabase, tmp_path: Path, anyio_backend: str
) -> AsyncIterator[Live]:
    async with live(tmp_path, users=table, database=sqlite_database.fresh(tmp_path)) as server:
        yield server


@pytest.fixture
async def client(server: Live) -> AsyncIterator[httpx2.AsyncClient]:
    async with server.client() as client:
        yield client


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_sessions_and_tokens_work(client: httpx2.AsyncClient) -> None:
    found = await tokens(client, scope="news:read profile admin")
    assert found["scope"] == "news:read profile"
    me = (await client.get("/api/me", headers=bearer(found["access_token"]))).json()
    assert (me["sub"], me["username"], me["email"], me["scope"]) == (
        "ada-1",
        "ada",
        "ada@example.com",
        "news:read profile",
    )
    sent = await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
    assert (sent.status_code, sent.headers["location"]) == (303, "/account")
    account = await client.get("/account", headers=LOOKING)
    assert account.status_code == 200
    assert "Ada" in account.text
    for action in ("/account/profile", "/account/password", "/account/delete"):
        assert action not in account.text
    assert len((await client.get("/api/sessions")).json()["sessions"]) == 2
    assert (await client.post("/logout", headers={**SENDING, **FORM})).status_code == 303
    assert (await client.get("/api/me")).status_code == 401
    wrong = await client.post("/api/login", json={"identifier": "ada", "password": "something else entirely"})
    assert code(wrong) == (401, "invalid_credentials")


OFF = [
    ("POST", "/api/register", 404),
    ("POST", "/api/password", 404),
    ("GET", "/register", 404),
    ("POST", "/register", 404),
    ("POST", "/account/profile", 404),
    ("POST", "/account/password", 404),
    ("GET", "/account/delete", 404),
    ("PATCH", "/api/me", 405),
    ("DELETE", "/api/me", 405),
]


async def test_what_needs_our_table_is_off(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    for method, path, status in OFF:
        answer = await client.request(method, path, headers=SENDING)
        assert answer.status_code == status, path
        assert answer.headers.get("allow") == ("GET" if status == 405 else None)
        assert method.lower() not in document["paths"].get(path, {})


async def test_the_table_is_asked_again_at_every_refresh(table: Any, client: httpx2.AsyncClient) -> None:
    found = await tokens(client, scope="news:read profile")
    table.users["ada-1"] = User(subject="ada-1", username="ada.l", scopes=("profile",))
    again = (await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})).json()
    assert again["scope"] == "profile"
    del table.users["ada-1"]
    answer = await client.post("/api/refresh", json={"refresh_token": again["refresh_token"]})
    assert code(answer) == (400, "invalid_grant")
    assert code(await client.get("/api/me", headers=bearer(again["access_token"]))) == (401, "invalid_token")


async def test_a_disabled_user_is_told_so_and_is_out(table: Any, client: httpx2.AsyncClient) -> None:
    found = await tokens(client)
    await client.post("/login", data={"identifier": "ada", "password": PASSWORD}, headers=SENDING)
    table.users["ada-1"] = User(subject="ada-1", username="ada", disabled=True)
    assert code(await client.get("/api/me")) == (401, "session_ended")
    assert code(await client.get("/api/me", headers=bearer(found["access_token"]))) == (401, "invalid_token")
    body = {"identifier": "ada", "password": PASSWORD}
    assert code(await client.post("/api/login", json=body)) == (403, "user_disabled")


NONSENSE: list[Any] = [
    RuntimeError(f"cannot check {PASSWORD}"),
    ValueError(),
    "ada",
    True,
    {"subject": "ada-1"},
    User,
    User(subject=""),
    User(subject=None),  # type: ignore[arg-type]
    User(subject=7),  # type: ignore[arg-type]
    User(subject="a\0b"),
    User(subject="\ud800"),
    User(subject="a" * 300),
    User(subject="somebody else", scopes=("a b",)),
    User(subject="ada-1", scopes=("a b",)),
    User(subject="ada-1", scopes=(7,)),  # type: ignore[arg-type]
    User(subject="ada-1", scopes="news:read"),  # type: ignore[arg-type]
    User(subject="ada-1", username=b"ada"),  # type: ignore[arg-type]
    User(subject="ada-1", username="ada\ud800"),
    User(subject="ada-1", created_at="then"),  # type: ignore[arg-type]
]


async def test_nonsense_lets_nobody_in_and_is_logged_without_secrets(
    table: Any, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"identifier": "ada", "password": PASSWORD}
    for nonsense in NONSENSE:
        table.answer = nonsense
        caplog.clear()
        answer = await client.post("/api/login", json={**body, "scope": "news:read profile email"})
        assert code(answer) == (503, "users_unavailable"), nonsense
        assert int(answer.headers["retry-after"]) > 0
        page = await client.post("/login", data=body, headers=SENDING)
        assert page.status_code == 503, nonsense
        assert caplog.records
        assert PASSWORD not in caplog.text


async def test_nonsense_at_a_later_request_is_not_now(table: Any, client: httpx2.AsyncClient) -> None:
    """Nobody becomes somebody else, and nobody is signed out, because a table has a bad day."""
    found = await tokens(client)
    me = bearer(found["access_token"])
    for nonsense in [*NONSENSE, User(subject="eve-2", username="eve")]:
        table.answer = nonsense
        assert code(await client.get("/api/me", headers=me)) == (503, "users_unavailable"), nonsense
        answer = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
        assert code(answer) == (503, "users_unavailable"), nonsense
    table.answer = None
    assert (await client.get("/api/me", headers=me)).json()["sub"] == "ada-1"
    answer = await client.post("/api/refresh", json={"refresh_token": found["refresh_token"]})
    assert answer.status_code == 200


async def test_a_table_may_use_our_own_words(table: Any, client: httpx2.AsyncClient) -> None:
    table.answer = SignInRefused("throttled", retry_after=7)
    answer = await client.post("/api/login", json={"identifier": "ada", "password": PASSWORD})
    assert (code(answer), answer.headers["retry-after"]) == ((429, "throttled"), "7")


def test_what_is_no_table_is_found_out_at_the_start(tmp_path: Path) -> None:
    settings = Settings(issuer="http://localhost:8000", data=tmp_path, secret_key=SECRET_KEY)
    nothing: Any = object()
    with pytest.raises(Misuse, match="needs a method authenticate"):
        AuthServer(settings, users=nothing)
