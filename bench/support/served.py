"""A server in a process of its own, looked at from outside: when it answers, what it takes."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from support.wire import Connection, request

HERE = Path(__file__).parent
GATEPASS = (str(Path(sys.executable).with_name("gatepass")), "serve")
PATIENCE = 30.0
POLL = 0.002


class Served:
    """A running server.

    Attributes:
        port: on 127.0.0.1.
        started: seconds from the start of the program to the first answered GET /healthz.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        begun = time.perf_counter()
        self.port = port
        self._process = psutil.Process(process.pid)
        while not self._answers():
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                raise RuntimeError("the server did not start")
            time.sleep(POLL)
        self.started = time.perf_counter() - begun

    def _answers(self) -> bool:
        try:
            connection = Connection(self.port)
            with contextlib.closing(connection):
                return connection.ask(request("GET", "/healthz")).status == 200
        except ConnectionError:
            return False

    def cpu(self) -> float:
        """Seconds of CPU, user and system, that the process has used."""
        if sys.platform == "linux":
            # The number that clock_getcpuclockid(3) gives: nanoseconds instead of the hundredths psutil has.
            return time.clock_gettime(~self._process.pid << 3 | 2)
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """Resident memory, in units of 2^20 bytes."""
        return float(self._process.memory_info().rss) / 2**20

    def peak_megabytes(self) -> float:
        """The most that `megabytes` ever was. Linux keeps count; elsewhere, what it is now."""
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            return self.megabytes()
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 2**10


@contextlib.contextmanager
def gatepass(folder: str, **settings: str) -> Iterator[Served]:
    """`gatepass serve` with its data in `folder`; it ends with the block."""
    port = free_port()
    values = {"data": folder, "port": str(port), "issuer": f"http://127.0.0.1:{port}", **settings}
    with _running(GATEPASS, port, {f"GATEPASS_{name.upper()}": value for name, value in values.items()}) as served:
        yield served


@contextlib.contextmanager
def bare() -> Iterator[Served]:
    """uvicorn with one route of Starlette: less than this no server on them can take."""
    port = free_port()
    command = (sys.executable, "-m", "uvicorn", "bare:app", "--no-access-log", "--port", str(port))
    with _running((*command, "--app-dir", str(HERE)), port, {}) as served:
        yield served


@contextlib.contextmanager
def _running(command: Sequence[str], port: int, settings: dict[str, str]) -> Iterator[Served]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEPASS_")}
    with tempfile.TemporaryDirectory() as folder, open(Path(folder, "log"), "w+") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment | settings, stdout=log, stderr=log)
        try:
            yield Served(process, port)
        except Exception as error:
            error.add_note(Path(log.name).read_text())
            raise
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
