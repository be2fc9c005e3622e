"""A way to a server that breaks where a test wants it to."""

import asyncio
from contextlib import suppress
from pathlib import Path


class SeveredWay:
    """A TCP port on loopback that leads to a server, until a client sends a word.

    Args:
        target: folder of the socket of a PostgreSQL server, or host and port.

    Attributes:
        word: the message that breaks the connection; None: none does.
        delivered: whether the server still gets that message, and answers into the void.
        breaks_left: how often it may still break.
        port: where clients connect.
    """

    def __init__(self, target: Path | tuple[str, int]) -> None:
        self._target = target
        self.word: bytes | None = None
        self.delivered = False
        self.breaks_left = 0
        self.port = 0

    def break_at(self, word: bytes, *, times: int, delivered: bool = False) -> None:
        """Break at the next messages with `word` in them."""
        self.word, self.breaks_left, self.delivered = word, times, delivered

    async def __aenter__(self) -> "SeveredWay":
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        await self._listener.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self._target, Path):
            answers, to_server = await asyncio.open_unix_connection(self._target / ".s.PGSQL.5432")
        else:
            answers, to_server = await asyncio.open_connection(*self._target)
        back = asyncio.create_task(_copy(answers, writer))
        with suppress(ConnectionError):
            while (data := await reader.read(65536)) and not self._breaks(data):
                to_server.write(data)
                await to_server.drain()
            if data:
                back.cancel()
                await asyncio.wait({back})
            if data and self.delivered:
                to_server.write(data)
                await answers.read(1)  # it has answered, so it has done it
        back.cancel()
        writer.transport.abort()
        to_server.close()
        with suppress(ConnectionError):
            await to_server.wait_closed()

    def _breaks(self, data: bytes) -> bool:
        if self.word is None or self.word not in data or not self.breaks_left:
            return False
        self.breaks_left -= 1
        return True


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
