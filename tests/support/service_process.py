"""A service in a process of its own: it knows the URL of the issuer, and what its gate learns.

Each line it reads is a time and a token; each line it writes says how a request with
that token ends then, and how often its gate has asked for a status list.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatepass.gate import Gate
from gatepass.kernel.errors import GatepassError
from tests.support.gates import TestClock, bearer, request

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class ServiceProcess:
    """The test's end of the pipes."""

    process: "subprocess.Popen[str]"

    def ask(self, token: str, now: float) -> dict[str, Any]:
        """Send a request: `code` is "accepted" or why not, `fetches` counts questions for status lists."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"now": now, "token": token}) + "\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def service_process(issuer: str, audience: str) -> Iterator[ServiceProcess]:
    """Run a service until the end of the block."""
    settings = json.dumps({"issuer": issuer, "audience": audience})
    command = [sys.executable, "-m", "tests.support.service_process", settings]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as process:
        yield ServiceProcess(process)
        assert process.stdin is not None
        process.stdin.close()


async def serve(issuer: str, audience: str) -> None:
    """Answer line by line."""
    clock = TestClock()
    gate = Gate(trust=issuer, audience=audience, clock=clock)
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        clock.at, code = asked["now"], "accepted"
        try:
            await gate.admit(request("GET", bearer(asked["token"])))
        except GatepassError as error:
            code = error.code
        print(json.dumps({"code": code, "fetches": gate.metrics().status_fetches}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(**json.loads(sys.argv[1])))
