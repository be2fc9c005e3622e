"""Running the demo: on free ports, in a terminal or a pipe, and finding what it left behind."""

import contextlib
import errno
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from gatepass.demo.places import Places
from gatepass.demo.town.town import LOOK_SECONDS, Town

FIRST_PORT, TOWNS = 20_000, 600
"""Below the ports that the system gives to whoever asks for any, so that nobody is given one of ours."""

IN_A_ROW, HUB = 9, 80
"""Ports of a town that follow each other, and how far behind the first that of its hub is."""

TERMINAL = ("CI", "COLUMNS", "LINES", "NO_COLOR", "TERM")
"""Variables that say what kind of terminal these tests run in; the demo has one of its own, or none."""

PATIENCE = 60.0
_next_town = count(os.getpid())
_claims: list[socket.socket] = []

# What a shell does for each command in a new terminal: the terminal becomes the one that Ctrl-C and closing reach.
_IN_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def free_places(*, https: bool = False, shared_secret: bool = False) -> Places:
    """A town on ports that nobody listens on, and that no other test is given while this process lives."""
    for number in _next_town:
        # The hubs of a few towns lie behind the last of them, then come the next ones.
        block, place = divmod(number % TOWNS, HUB // IN_A_ROW)
        places = Places(FIRST_PORT + 2 * HUB * block + IN_A_ROW * place, https, shared_secret)
        with contextlib.ExitStack() as held:
            try:
                # UDP, which nobody here uses: the claim of this process, for as long as it lives.
                claim = held.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                claim.bind(("127.0.0.1", places.first))
                for port in places.ports.values():
                    held.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            _claims.append(claim.dup())
        return places
    raise AssertionError("unreachable")


@contextmanager
def kept_up(town: Town) -> Iterator[Town]:
    """Starts again what ends in the town, while the test has something else to do."""
    over = threading.Event()

    def keep_up() -> None:
        while not over.wait(LOOK_SECONDS):
            town.revive()

    thread = threading.Thread(target=keep_up)
    thread.start()
    try:
        yield town
    finally:
        over.set()
        thread.join()


class Demo:
    """A running `gatepass demo`.

    Args:
        folder: where it makes its temporary folder.
        words: options.
        terminal: whether it has one, as wide as usual.
        environment: further variables.
    """

    def __init__(self, folder: Path, *words: str, terminal: bool = False, **environment: str) -> None:
        self.folder = folder
        self.said = ""
        inherited = {key: value for key, value in os.environ.items() if key not in TERMINAL}
        command = [sys.executable, "-c", "from gatepass.cli import main; main()", "demo", *words]
        if terminal:
            self._reading, slave = pty.openpty()
            command = [sys.executable, "-c", _IN_TERMINAL, *command]
        else:
            self._reading, slave = os.pipe()
        self.process = subprocess.Popen(
            command,
            stdin=slave if terminal else subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            env={**inherited, "TMPDIR": str(folder), "TERM": "xterm", **environment},
        )
        os.close(slave)

    def read_until(self, text: str) -> None:
        """Read what it says until it has said `text`."""
        while text not in self.said:
            assert self._read_more(), self.said

    def finish(self) -> int:
        """Read the rest; the exit code."""
        while self._read_more():
            pass
        return self.process.wait(PATIENCE)

    def type(self, keys: bytes) -> None:
        """Type into its terminal."""
        os.write(self._reading, keys)

    def hang_up(self) -> None:
        """Close its terminal, or the pipe it writes to."""
        os.close(self._reading)
        self._reading = -1

    def children(self) -> list[psutil.Process]:
        """The processes it has started."""
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def child(self, name: str) -> psutil.Process:
        """The process called `name`."""
        (found,) = [one for one in self.children() if name in one.cmdline()]
        return found

    def close(self) -> None:
        """End it by force if it still runs."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [*self.children(), psutil.Process(self.process.pid)]:
                process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        if self._reading >= 0:
            os.close(self._reading)

    def _read_more(self) -> bool:
        try:
            more = os.read(self._reading, 65_536)
        except OSError:  # how a terminal says that nobody writes to it any more
            more = b""
        self.said += more.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(more)


@contextmanager
def a_demo(folder: Path, *words: str, terminal: bool = False, **environment: str) -> Iterator[Demo]:
    """A demo that is gone at the end, whatever happens."""
    demo = Demo(folder, *words, terminal=terminal, **environment)
    try:
        yield demo
    finally:
        demo.close()


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them end within reasonable time."""
    return not psutil.wait_procs(processes, PATIENCE)[1]
