"""The chat on real sockets, as its process serves it: close codes, caps, and clients that do not read."""

import asyncio
import base64
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from gatepass.demo.sites.chat.listener import UVICORN, Bounded
from gatepass.demo.sites.chat.protocol import MAX_MESSAGE
from tests.support.chat import Chatting, say, show


@asynccontextmanager
async def serving(chat: Chatting, **settings: Any) -> AsyncIterator[int]:
    """The chat on a free port, with the settings of its process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Accepted connections inherit it, and are full the sooner.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        config = uvicorn.Config(chat.app, lifespan="off", log_config=None, **{**UVICORN, **settings})
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chatting]:
    chat = Chatting(tmp_path)
    yield chat
    chat.db.close()


async def enter(port: int, token: str) -> ClientConnection:
    client = await connect(f"ws://127.0.0.1:{port}/talk", additional_headers={"authorization": f"Bearer {token}"})
    assert json.loads(await client.recv())["type"] == "welcome"
    return client


async def closed(client: ClientConnection) -> tuple[int, str]:
    """The code and reason that the server closes with."""
    await client.wait_closed()
    return client.close_code or 0, client.close_reason or ""


async def test_two_people_talk_and_each_end_is_told(chat: Chatting) -> None:
    mine, whole = chat.token("ada-1"), chat.token("ben-1")
    async with serving(chat) as port:
        ada, ben = await enter(port, mine), await enter(port, whole)
        assert ada.protocol.extensions == []
        await ada.send(say("Hello"))
        assert json.loads(await ben.recv())["text"] == "Hello"
        chat.issuer.revoke(mine)
        await chat.pass_seconds(1)
        await chat.pass_seconds(5)
        assert await closed(ada) == (4403, "token_revoked")
        await ben.send(show(chat.token("ben-1", lifetime=900)))
        while json.loads(await ben.recv())["type"] != "renewed":
            pass
        await chat.pass_seconds(899)
        await chat.pass_seconds(1)
        assert await closed(ben) == (4401, "token_expired")


async def test_a_handshake_without_a_token_gets_an_http_answer(chat: Chatting) -> None:
    async with serving(chat) as port:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{port}/talk")
        answer = refused.value.response
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert json.loads(answer.body or b"")["error"] == "credential_required"


@pytest.mark.parametrize(
    ("sent", "code"),
    [("x" * (MAX_MESSAGE + 1), 1009), (["x" * MAX_MESSAGE, "x"], 1009), (b"{}", 1003), ("{}", 1008)],
)
async def test_what_is_too_long_or_no_message_is_closed(chat: Chatting, sent: Any, code: int) -> None:
    async with serving(chat) as port:
        client = await enter(port, chat.token())
        await client.send(sent)
        assert (await closed(client))[0] == code


async def test_a_process_that_ends_says_so(chat: Chatting) -> None:
    async with serving(chat) as port:
        client = await enter(port, chat.token())
    assert (await closed(client))[0] == 1012


class Hasty(Bounded):
    patience = 0.1


async def test_who_does_not_read_loses_the_connection_and_holds_up_nobody(chat: Chatting) -> None:
    """The connection is full: nothing that waits for the client would ever end, and neither would a close."""
    chat.db.execute("PRAGMA synchronous=OFF")
    async with serving(chat, ws=Hasty) as port:
        ben = await enter(port, chat.token("ben-1", lifetime=10**6))
        with closing(await deaf(chat, port)):
            while len(chat.room.seats) == 2:
                chat.clock.now += 1
                await ben.send(say("😀" * 500))
                assert json.loads(await ben.recv())["type"] == "said"
        await ben.close()


async def test_answers_to_pings_do_not_pile_up(chat: Chatting) -> None:
    async with serving(chat, ws=Hasty) as port:
        with closing(await deaf(chat, port)) as client, pytest.raises(OSError):
            await flood(client)


PING = b"\x89\xfd\x00\x00\x00\x00" + b"x" * 125  # masked with zeros (RFC 6455 section 5.3)


async def deaf(chat: Chatting, port: int) -> socket.socket:
    """A client that has shaken hands and reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect(("127.0.0.1", port))
    client.setblocking(False)
    key = base64.b64encode(os.urandom(16)).decode()
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(
        client,
        f"GET /talk HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {chat.token('deaf-1', lifetime=10**6)}\r\n\r\n".encode(),
    )
    assert await loop.sock_recv(client, 12) == b"HTTP/1.1 101"
    return client


async def flood(client: socket.socket) -> None:
    """Send pings for as long as there is a connection."""
    while True:
        await asyncio.get_running_loop().sock_sendall(client, PING * 1_000)
