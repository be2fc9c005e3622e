"""Starts the processes of the town, keeps them up, and stops them."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gatepass import Misuse, Unavailable
from gatepass.demo.clock import now
from gatepass.demo.places import Places
from gatepass.demo.town import residents
from gatepass.demo.town.console import COMMAND, Console
from gatepass.demo.town.process import words
from gatepass.demo.town.told import Told

START_SECONDS = 30.0
LOOKS = 600
STOP_SECONDS = 5.0
"""What running requests get when a process has to stop."""

LOOK_SECONDS = 0.25
"""How often somebody looks whether a process has ended."""

LOG_BYTES = 4_000
FOLLOWING = "from gatepass.demo.town.parent import follow; follow(); "


class TownUnavailable(Unavailable):
    """A process of the demo does not answer."""

    codes = {"process_failed": (503, "A process of the demo did not start.")}


class Town:
    """All processes of the demo, in a temporary folder; both are gone at the end of its `with` block.

    In the block this process is a visitor of the town: its environment says whose certificates
    count, and the secret if all share one.

    Args:
        places: where they listen.
        wait: waits some seconds; what it raises ends the start.
        revived: is told the name of a process that had ended, when it has been started again.

    Attributes:
        folder: of all data and logs.

    Raises:
        Misuse: a port is in use, or no temporary folder can be made.
    """

    def __init__(
        self,
        places: Places,
        wait: Callable[[float], None] = time.sleep,
        revived: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.places = places
        self._wait, self._revived = wait, revived
        for name, port in places.ports.items():
            _check_free(name, port)
        self._temporary = _temporary_folder()
        self.folder = Path(self._temporary.name)
        self._told = Told(places, self.folder)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._leave = contextlib.ExitStack()

    def __enter__(self) -> "Town":
        self._leave.enter_context(_environment(self._told.visitor()))
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._processes.values())
        self._leave.close()
        self._temporary.cleanup()

    def start(self) -> None:
        """Start all processes, wait until they answer, and register who lives here.

        Raises:
            TownUnavailable: one of them does not start.
            ResidentsUnavailable: nobody can be registered.
        """
        if self.places.https:
            self._certify()
        for name in self.places.ports:
            self._start(name)
        # The others are still loading meanwhile.
        self._await("id")
        residents.register(self.places)
        for name in self.places.ports:
            self._await(name)

    def pause(self, seconds: float) -> None:
        """Wait, and meanwhile start again what ends: by the button on its page, or because somebody killed it.

        Raises:
            TownUnavailable: something does not start again.
        """
        while True:
            for name in self.revive():
                self._revived(name)
            self._wait(min(seconds, LOOK_SECONDS))
            seconds -= LOOK_SECONDS
            if seconds <= 0:
                return

    def revive(self) -> list[str]:
        """Start again what has ended, with the same files and an empty memory; the names.

        Raises:
            TownUnavailable: one of them does not start.
        """
        ended = [name for name, process in self._processes.items() if process.poll() is not None]
        for name in ended:
            _end([self._processes[name]])
            self._start(name)
            self._await(name)
        return ended

    def command(self, *words: str) -> str:
        """What `gatepass …` prints; see `Console`."""
        return Console(self._told.operator(), self.folder).command(*words)

    def log(self, name: str) -> str:
        """The last lines that a process wrote, and how it ended if it did."""
        written = (self.folder / f"{name}.log").read_bytes()[-LOG_BYTES:].decode("utf-8", "replace")
        code = self._processes[name].poll()
        return written.strip() + (f"\n{name} has ended with exit code {code}." if code is not None else "")

    def pids(self) -> dict[str, int]:
        """The processes that run, by name."""
        return {name: process.pid for name, process in self._processes.items()}

    def _certify(self) -> None:
        # It takes a while to load, and is needed for nothing else.
        from urllib.parse import urlsplit

        from gatepass.demo.certificates.authority import make

        places = self.places
        urls = (places.hub, places.issuer, *places.money, *places.market)
        make(self.folder, [urlsplit(url).hostname or "" for url in urls], name=self.folder.name, now=now())

    def _start(self, name: str) -> None:
        if name == "id":
            command = ["-c", f"{FOLLOWING}{COMMAND}", "serve"]
        else:
            command = ["-m", "gatepass.demo.town.process", *words(name, self.places, self.folder)]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 - this Python, with words of our own
                [sys.executable, *command],
                env=self._told.process(name),
                cwd=self.folder,
                stdin=subprocess.PIPE,  # see `parent`
                stdout=log,
                stderr=log,
                # Ctrl-C is for the parent, which stops the children in order.
                start_new_session=True,
            )

    def _await(self, name: str) -> None:
        for _ in range(LOOKS):
            if self._processes[name].poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.places.ports[name]), 1):
                return
            self._wait(START_SECONDS / LOOKS)
        raise TownUnavailable("process_failed", detail=f"{name}: {self.log(name) or 'no answer'}")


def _temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    try:
        return tempfile.TemporaryDirectory(prefix="gatepass-demo-")
    except OSError as error:
        raise Misuse(f"The demo needs a temporary folder, and none can be made: {error.strerror}.") from None


def _check_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Misuse(
                f"Port {port} (for {name}) is in use. Stop what runs there, or take other ports: "
                'gatepass demo --port 9000, or make demo ARGS="--port 9000".'
            ) from None


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    stopping = list(processes)
    for process in stopping:
        process.terminate()
    patience = STOP_SECONDS
    for process in stopping:
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            patience = 0.0  # the others had as long
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()
