"""`gatepass serve` as a process of its own, which is killed, started again, and gone at the end."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tests.support.command import HASH, PASSWORD, clean_environment

PATIENCE = 60.0
"""Seconds after which a process that says nothing is given up."""
SECRET = "the secret key of servers that are killed"


class Node:
    """One server process on a port that it keeps through all its lives.

    Args:
        folder: for its log; with SQLite, for its database as well.
        database: URL; None for a file in `folder`.
        issuer: public URL, where it is not this node's own.
        around: a command that runs the server, such as `faketime`.
        settings: further ones.
    """

    def __init__(
        self,
        folder: Path,
        database: str | None = None,
        *,
        issuer: str | None = None,
        around: Sequence[str] = (),
        **settings: str,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._around = around
        self._process: Process | None = None
        self.environment: Mapping[str, str] = clean_environment(
            GATEPASS_DATA=str(folder / "data"),
            GATEPASS_PORT=str(self.port),
            GATEPASS_ISSUER=issuer or self.url,
            GATEPASS_SECRET_KEY=SECRET,
            GATEPASS_ACCESS_LIFETIME="6h",
            # Everybody of a crowd comes from an address of his own.
            GATEPASS_PROXY="127.0.0.1",
            **({"GATEPASS_DATABASE": database} if database else {}),
            **{f"GATEPASS_{name.upper()}": value for name, value in settings.items()},
        )

    @property
    def process(self) -> Process:
        """The running process."""
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        with self._appending() as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._around,
                *(sys.executable, "-m", "gatepass", "serve"),
                env=self.environment,
                cwd=self.folder,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)
        assert b"is listening" in line, self.log()

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to stop; its exit code."""
        return await self._end(signal.SIGTERM)

    async def command(self, *words: str, given: str = "") -> str:
        """What `gatepass` with these words says; it succeeds."""
        process = await asyncio.create_subprocess_exec(
            *self._around,
            *(sys.executable, "-m", "gatepass", *words),
            env=self.environment,
            cwd=self.folder,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(given.encode()), PATIENCE)
        assert process.returncode == 0, (words, out, err)
        return out.decode()

    async def people(self, *names: str) -> None:
        """Accounts with `PASSWORD`."""
        lines = [json.dumps({"username": name, "password_hash": HASH}) for name in names]
        await self.command("users", "import", "-", given="\n".join(lines))

    def log(self) -> str:
        """What all its lives have written to standard error."""
        return (self.folder / "log").read_text()

    def _appending(self) -> BinaryIO:
        return open(self.folder / "log", "ab")

    async def _end(self, number: int) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
        try:
            return await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            raise


@asynccontextmanager
async def running(*nodes: Node) -> AsyncIterator[None]:
    """All of them, for the length of an `async with`; they are stopped, or killed when that takes too long."""
    try:
        for node in nodes:
            await node.start()
        yield
    finally:
        for node in nodes:
            await node.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


__all__ = ["PASSWORD", "Node", "free_port", "running"]
