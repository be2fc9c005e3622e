"""Talks to the workers, one line out and one line back. A worker that dies or is silent too long is let go."""

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from .environments import Environment

PATIENCE = 20.0
"""Seconds for one answer."""


class Gone(Exception):
    """A worker gave no answer; the text says what is known."""


class Worker:
    """One process. It ends when its input does, so it cannot outlive this one."""

    def __init__(self, environment: Environment) -> None:
        self.name = environment.name
        variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
        self._process = subprocess.Popen(
            environment.command,
            env={**variables, **environment.variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._unread = b""

    def ask(self, line: str) -> Any:
        """What it answers.

        Raises:
            Gone: nothing, or not in time.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise Gone("the worker ended") from None
        return json.loads(self._line())

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        until = time.monotonic() + PATIENCE
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))
            if not readable:
                raise Gone(f"no answer within {PATIENCE:.0f} s")
            found = os.read(self._process.stdout.fileno(), 65_536)
            if not found:
                raise Gone("the worker ended")
            self._unread += found
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def end(self) -> None:
        """Let it go; if it does not, stop it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@contextlib.contextmanager
def working(environments: list[Environment]) -> Iterator[list[Worker]]:
    """All of them, until the block ends."""
    workers = [Worker(environment) for environment in environments]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()
