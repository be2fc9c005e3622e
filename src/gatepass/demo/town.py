"""Starts and stops the processes of the town."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gatepass import Misuse, Unavailable
from gatepass.demo.places import Places

START_SECONDS = 20.0
LOOKS = 400
STOP_SECONDS = 10.0


class TownUnavailable(Unavailable):
    """A process of the demo does not answer."""

    codes = {"process_failed": (503, "A process of the demo did not start.")}


class Town:
    """All processes of the demo, in a temporary folder that goes with them.

    Args:
        places: where they listen.

    Raises:
        Misuse: a port is in use.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        for name, port in places.ports.items():
            _check_free(name, port)
        self._folder = tempfile.TemporaryDirectory(prefix="gatepass-demo-")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Town":
        try:
            for name in self.places.ports:
                self._start(name)
            for name in self.places.ports:
                self._await(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            _end(process)
        self._folder.cleanup()

    def restart(self, name: str) -> None:
        """Stop one process and start it again, with the same files and an empty memory."""
        self._processes[name].terminate()
        _end(self._processes[name])
        self._start(name)
        self._await(name)

    def _start(self, name: str) -> None:
        folder = Path(self._folder.name)
        places = self.places
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GATEPASS_")}
        if name == "id":
            command = ["-c", "from gatepass.cli import main; main()", "serve"]
            environment |= {
                "GATEPASS_ISSUER": places.issuer,
                "GATEPASS_PORT": str(places.ports["id"]),
                "GATEPASS_DATA": str(folder / "id"),
                "GATEPASS_NAME": "Gatepass demo",
                "GATEPASS_AUDIENCES": f"money={places.bank},money={places.retirement}",
                "GATEPASS_ORIGINS": f"{places.bank},{places.retirement}",
                # In this town everybody may do what the story does.
                "GATEPASS_DEFAULT_SCOPES": "profile email account:write pension:write",
                "GATEPASS_LOG_LEVEL": "warning",
            }
        else:
            command = ["-m", "gatepass.demo.process", name, str(places.first), str(folder)]
        log = (folder / f"{name}.log").open("ab")
        with log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 - this Python, with words of our own
                [sys.executable, *command],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
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
            time.sleep(START_SECONDS / LOOKS)
        log = (Path(self._folder.name) / f"{name}.log").read_text(errors="replace")
        raise TownUnavailable("process_failed", detail=f"{name}: {log[-2000:].strip() or 'no answer'}")


def _check_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Misuse(
                f"Port {port} ({name}) is in use. Stop what runs there, or choose others: --port 9000."
            ) from None


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
