"""What the servers remember, asked from themselves while everybody watches."""

import asyncio
import json
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gatepass.demo.places import Places
from gatepass.demo.story.step import Scene

AUTH_SERVER = "id"
PATIENCE = 1.0
"""Seconds for an answer; whoever takes longer is starting, or gone."""

LONGEST = 1 << 18
"""Bytes of an answer."""

FIGURES = {
    "sign-ins recorded": re.compile(r'^gatepass_sign_ins_total\{result="ok"\} (\d+)', re.MULTILINE),
    "refreshes recorded": re.compile(r'^gatepass_refreshes_total\{result="rotated"\} (\d+)', re.MULTILINE),
    "sessions ended": re.compile(r"^gatepass_sessions_ended_total\{[^}]*\} (\d+)", re.MULTILINE),
}
"""Of the auth server, since it started: it has no open memory, but figures for its operator."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What one process remembers.

    Attributes:
        process: its number; another one after a restart.
        numbers: by what is counted.
    """

    process: int
    numbers: Mapping[str, int]


Memory = Mapping[str, Remembered | None]
"""By process; None for one that does not answer."""


def of_interest(scene: Scene) -> tuple[str, ...]:
    """The processes to look into during a scene: those that it names, and the auth server wherever it is asked."""
    asked = any(AUTH_SERVER in step.to for step in scene.steps)
    return tuple(dict.fromkeys((AUTH_SERVER, *scene.watched))) if asked else scene.watched


class Memories:
    """Asks the processes of a town.

    Args:
        places: where they are.
        metrics_token: for the auth server's figures; empty: it is not asked.
    """

    def __init__(self, places: Places, metrics_token: str) -> None:
        sites = (places.bank, places.retirement, *places.market)
        self._addresses = {places.process(url): f"{url}/memory" for url in sites}
        second = urlsplit(places.bank)._replace(netloc=f"{urlsplit(places.bank).hostname}:{places.ports['bank-2']}")
        self._addresses["bank-2"] = f"{second.geturl()}/memory"
        if metrics_token:
            self._addresses[AUTH_SERVER] = f"{places.issuer}/metrics"
        self._metrics_token = metrics_token
        self._tls = ssl.create_default_context() if places.https else None

    def open(self, processes: Iterable[str]) -> tuple[str, ...]:
        """Those of `processes` that can be asked, each once."""
        return tuple(name for name in dict.fromkeys(processes) if name in self._addresses)

    async def of(self, processes: Iterable[str]) -> dict[str, Remembered | None]:
        """What they remember now; all are asked at once."""
        asked = self.open(processes)
        return dict(zip(asked, await asyncio.gather(*map(self._ask, asked)), strict=True))

    async def _ask(self, name: str) -> Remembered | None:
        try:
            async with asyncio.timeout(PATIENCE):
                text = await self._get(self._addresses[name])
            return _figures(text) if name == AUTH_SERVER else _remembered(json.loads(text))
        except (OSError, ValueError, TimeoutError, RecursionError):
            return None

    async def _get(self, address: str) -> str:
        parts = urlsplit(address)
        lines = [f"GET {parts.path} HTTP/1.0", f"Host: {parts.netloc}"]
        if parts.path == "/metrics":
            lines.append(f"Authorization: Bearer {self._metrics_token}")
        # *.localhost is this machine (RFC 6761), whatever the system's resolver says.
        name = parts.hostname if self._tls else None
        reader, writer = await asyncio.open_connection("127.0.0.1", parts.port, ssl=self._tls, server_hostname=name)
        try:
            writer.write("\r\n".join((*lines, "", "")).encode())
            head, _, body = (await _all(reader)).partition(b"\r\n\r\n")
        finally:
            writer.close()
        if not re.match(rb"HTTP/1\.[01] 200 ", head):
            raise ValueError("no memory was shown")
        return body.decode()


async def _all(reader: asyncio.StreamReader) -> bytes:
    """Everything until the other side closes; HTTP/1.0 knows no other end."""
    found = b""
    while len(found) <= LONGEST:
        more = await reader.read(LONGEST)
        if not more:
            return found
        found += more
    raise ValueError("this is too long")


def _remembered(found: Any) -> Remembered:
    if not isinstance(found, dict) or not isinstance(found.get("remembered"), dict):
        raise ValueError("this is no memory")
    numbers = {str(what): count for what, count in found["remembered"].items() if type(count) is int}
    return Remembered(found["process"] if type(found.get("process")) is int else 0, numbers)


def _figures(text: str) -> Remembered:
    counted = {what: sum(map(int, figure.findall(text))) for what, figure in FIGURES.items()}
    started = re.search(r"^gatepass_start_time (\d+)", text, re.MULTILINE)
    return Remembered(int(started[1]) if started else 0, counted)
