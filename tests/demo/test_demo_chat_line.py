"""One connection to the chat, byte by byte: what it writes, and when it gives its client up."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from gatepass.demo.sites.chat.listener import UVICORN, Bounded
from gatepass.demo.sites.chat.protocol import MAX_MESSAGE
from tests.support.chat import Chatting, settle

PING, PONG = b"\x89\x84\x00\x00\x00\x00ping", b"\x8a\x04ping"  # masked with zeros (RFC 6455 section 5.3)


class Hasty(Bounded):
    patience = 0.01


class Wire(asyncio.Transport):
    """Keeps what is written.

    Attributes:
        aborted: how often the connection was given up.
    """

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = 0
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self.written = self.written, b""
        return taken

    def abort(self) -> None:
        self.aborted += 1

    def close(self) -> None:
        self._closing = True

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """As above."""


@pytest.fixture
async def wire() -> Wire:
    return Wire()


@pytest.fixture
async def line(wire: Wire, tmp_path: Path) -> AsyncIterator[Bounded]:
    """Somebody's open connection."""
    chat = Chatting(tmp_path)
    line = Hasty(Config(chat.app, log_config=None, **UVICORN), ServerState(), {})
    line.connection_made(wire)
    key = base64.b64encode(bytes(16)).decode()
    line.data_received(
        # In lower case, as they come from the part of uvicorn that has read them before.
        f"GET /talk HTTP/1.1\r\nhost: chat\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: {key}\r\n"
        f"sec-websocket-version: 13\r\nauthorization: Bearer {chat.token()}\r\n\r\n".encode()
    )
    await settle()
    assert wire.take().startswith(b"HTTP/1.1 101 ")
    yield line
    if not line.disconnected:
        line.connection_lost(None)
    await settle()
    assert chat.room.seats == []
    chat.db.close()


async def patience_has_ended() -> None:
    """Timers that were set before end before this one."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(2 * Hasty.patience, over.set)
    await over.wait()


async def test_a_client_that_reads_too_slowly_is_given_up(line: Bounded, wire: Wire) -> None:
    line.pause_writing()
    await patience_has_ended()
    assert wire.aborted == 1


async def test_a_client_that_catches_up_stays(line: Bounded, wire: Wire) -> None:
    line.pause_writing()
    line.resume_writing()
    await patience_has_ended()
    assert wire.aborted == 0


async def test_a_connection_that_is_gone_is_not_given_up_once_more(line: Bounded, wire: Wire) -> None:
    line.pause_writing()
    line.connection_lost(None)
    await patience_has_ended()
    assert wire.aborted == 0


async def test_pings_of_a_client_that_does_not_read_are_not_answered_not_even_later(line: Bounded, wire: Wire) -> None:
    line.data_received(PING)
    assert wire.take() == PONG
    line.pause_writing()
    line.data_received(PING * 100)
    assert wire.take() == b""
    line.resume_writing()
    line.data_received(PING)
    assert wire.take() == PONG


async def test_of_a_message_that_is_too_long_nothing_is_waited_for(line: Bounded, wire: Wire) -> None:
    """Its length comes first, and nothing else has come here."""
    line.data_received(b"\x81\xff" + (MAX_MESSAGE + 1).to_bytes(8))
    assert wire.take()[2:4] == (1009).to_bytes(2)


async def test_frames_without_content_are_not_kept(line: Bounded) -> None:
    """The longest message bounds what is in frames, and not how many there are."""
    begun, nothing_more = b"\x01\x81\x00\x00\x00\x00x", b"\x00\x80\x00\x00\x00\x00"
    line.data_received(begun + nothing_more * 1_000)
    assert line.frames == [b"x"]
