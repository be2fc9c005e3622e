"""Starts and stops the processes of the town."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from gatepass import Misuse, Unavailable
from gatepass.demo.places import Places

START_SECONDS = 30.0
LOOKS = 600
STOP_SECONDS = 5.0
"""What running requests get when a process has to stop."""

LOG_BYTES = 4_000
FOLLOWING = "from gatepass.demo.town.parent import follow; follow(); "


class TownUnavailable(Unavailable):
    """A process of the demo does not answer."""

    codes = {"process_failed": (503, "A process of the demo did not start.")}


class Town:
    """All processes of the demo, in a temporary folder; both are gone at the end of its `with` block.

    Args:
        places: where they listen.
        pause: waits some seconds; what it raises ends the start.

    Raises:
        Misuse: a port is in use, or no temporary folder can be made.
    """

    def __init__(self, places: Places, pause: Callable[[float], None] = time.sleep) -> None:
        self.places = places
        self._pause = pause
        for name, port in places.ports.items():
            _check_free(name, port)
        self._folder = _temporary_folder()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Town":
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._processes.values())
        self._folder.cleanup()

    def start(self) -> None:
        """Start all processes and wait until they answer.

        Raises:
            TownUnavailable: one of them does not start.
        """
        for name in self.places.ports:
            self._start(name)
        for name in self.places.ports:
            self._await(name)

    def restart(self, name: str) -> None:
        """Stop one process and start it again, with the same files and an empty memory.

        Raises:
            TownUnavailable: it does not start.
        """
        _end([self._processes[name]])
        self._start(name)
        self._await(name)

    def revive(self) -> list[str]:
        """Start again what has ended; the names.

        Raises:
            TownUnavailable: one of them does not start.
        """
        ended = [name for name, process in self._processes.items() if process.poll() is not None]
        for name in ended:
            self.restart(name)
        return ended

    def log(self, name: str) -> str:
        """The last lines that a process wrote, and how it ended if it did."""
        written = (Path(self._folder.name) / f"{name}.log").read_bytes()[-LOG_BYTES:].decode("utf-8", "replace")
        code = self._processes[name].poll()
        return written.strip() + (f"\n{name} has ended with exit code {code}." if code is not None else "")

    def _start(self, name: str) -> None:
        folder = Path(self._folder.name)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GATEPASS_")}
        if name == "id":
            command = ["-c", f"{FOLLOWING}from gatepass.cli import main; main()", "serve"]
            environment |= _settings(self.places, folder)
        else:
            command = ["-m", "gatepass.demo.town.process", name, str(self.places.first), str(folder)]
        with (folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 - this Python, with words of our own
                [sys.executable, *command],
                env=environment,
                cwd=folder,
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
            self._pause(START_SECONDS / LOOKS)
        raise TownUnavailable("process_failed", detail=f"{name}: {self.log(name) or 'no answer'}")


def _settings(places: Places, folder: Path) -> dict[str, str]:
    """Of the auth server, as an operator would write them."""
    return {
        "GATEPASS_ISSUER": places.issuer,
        "GATEPASS_PORT": str(places.ports["id"]),
        "GATEPASS_DATA": str(folder / "id"),
        "GATEPASS_NAME": "Gatepass demo",
        # One trust group: a token may be for both at once.
        "GATEPASS_AUDIENCES": f"money={places.bank},money={places.retirement}",
        # Their pages call the API, so the browser asks whether they may (CORS).
        "GATEPASS_ORIGINS": f"{places.bank},{places.balanced},{places.retirement}",
        # In this town everybody may do what the story does.
        "GATEPASS_DEFAULT_SCOPES": "profile email account:write pension:write",
    }


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
