"""A client that leaves takes its place in the hash queue along."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from gatepass.http.refusals import RequestRefused
from gatepass.server.web.exchange import attended
from tests.support.live import OTHER_PASSWORD, PASSWORD, Live, bearer, tokens
from tests.support.wire import PATIENCE, connected

SIGN_IN = {"identifier": "ada", "password": PASSWORD}
REGISTER = {"username": "eve", "password": PASSWORD}
CHANGE = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
WAITING = [
    ("/api/login", SIGN_IN),
    ("/api/register", REGISTER),
    ("/api/password", CHANGE),
    ("/login", SIGN_IN),
    ("/register", REGISTER),
    ("/account/password", {"current": PASSWORD, "new": OTHER_PASSWORD}),
    ("/account/delete", {"password": PASSWORD}),
]


def jobs(server: Live) -> int:
    """Jobs in the hash queue, waiting and running."""
    return server.own.queue._line._present.total()


@asynccontextmanager
async def busy(server: Live) -> AsyncIterator[int]:
    """Keep all hashing threads; the number of them."""
    async with AsyncExitStack() as stack:
        slots = server.own.queue._line._slots
        for _ in range(slots):
            await stack.enter_async_context(server.own.queue.turn())
        yield slots


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - the queue tells nobody who comes and goes
            await asyncio.sleep(0)


def post(path: str, body: dict[str, str], credentials: dict[str, str]) -> bytes:
    """The bytes of a request as our own pages send it."""
    is_json = path.startswith("/api/")
    content = (json.dumps(body) if is_json else urlencode(body)).encode()
    headers = {
        "host": "id.test",
        "content-type": "application/json" if is_json else "application/x-www-form-urlencoded",
        "content-length": str(len(content)),
        "sec-fetch-site": "same-origin",
        **credentials,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + content


@pytest.mark.parametrize(("path", "body"), WAITING, ids=[path for path, _ in WAITING])
async def test_whoever_leaves_is_not_waited_for(one_server: Live, path: str, body: dict[str, str]) -> None:
    sub = await one_server.person()
    async with one_server.client() as client:
        await client.post("/login", data=SIGN_IN, headers={"sec-fetch-site": "same-origin"})
        credentials = {"cookie": f"gatepass_session={client.cookies['gatepass_session']}"}
        lines = len(await one_server.audit())
        async with busy(one_server) as slots:
            async with connected(one_server.address) as wire:
                await wire.send(post(path, body, credentials))
                await until(lambda: jobs(one_server) == slots + 1)
            await until(lambda: jobs(one_server) == slots)
        assert len(await one_server.audit()) == lines
        assert await one_server.own.users.find(sub)
        assert (await client.get("/api/me")).status_code == 200


async def test_whoever_stays_is_answered_when_it_is_their_turn(one_server: Live) -> None:
    await one_server.person()
    async with connected(one_server.address) as wire:
        async with busy(one_server) as slots:
            await wire.send(post("/api/login", SIGN_IN, {}))
            await until(lambda: jobs(one_server) == slots + 1)
        assert (await wire.answer()).status == 200
        await wire.send(post("/api/login", SIGN_IN, {}))
        assert (await wire.answer()).status == 200


async def test_signing_out_happens_although_the_client_is_gone(one_server: Live) -> None:
    """Who closes the tab right after asking for it must be signed out."""
    await one_server.person()
    async with one_server.client() as client:
        found = await tokens(client)
        async with connected(one_server.address) as wire:
            await wire.send(post("/api/logout", {"refresh_token": found["refresh_token"]}, {}))

        async def out() -> bool:
            answer = await client.get("/api/me", headers=bearer(found["access_token"]))
            return answer.status_code == 401

        async with asyncio.timeout(PATIENCE):
            while not await out():
                pass


class Client:
    """The receiving end of a request whose body was read; it leaves when told."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    async def __call__(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}


class Work:
    """Something that takes as long as the test likes."""

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        self.cancelled = False

    async def __call__(self, result: Any = None) -> Any:
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if isinstance(result, Exception):
            raise result
        return result


async def test_work_returns_what_it_finds() -> None:
    work = Work()
    work.go.set()
    assert await attended(Client(), work("found")) == "found"


async def test_work_raises_what_it_raises() -> None:
    work = Work()
    work.go.set()
    with pytest.raises(RequestRefused, match="too large"):
        await attended(Client(), work(RequestRefused("body_too_large")))


async def test_work_is_cancelled_before_the_refusal_is_raised() -> None:
    client, work = Client(), Work()
    task = asyncio.ensure_future(attended(client, work()))
    await work.begun.wait()
    client.gone.set()
    with pytest.raises(RequestRefused, match="malformed"):
        await task
    assert work.cancelled


async def test_a_server_that_stops_cancels_the_work_as_well() -> None:
    work, before = Work(), asyncio.all_tasks()
    task = asyncio.ensure_future(attended(Client(), work()))
    await work.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.cancelled
    assert asyncio.all_tasks() == before
