"""Connecting to one of several PostgreSQL hosts, also when one of them is silent.

asyncpg tries the hosts of a URL one after the other within one time-out. A machine
that lost its power refuses nothing: it would take all of that time at every attempt,
and the standby behind it would never be asked.
"""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg  # type: ignore[import-untyped]

Host = tuple[str, int | None]
_ELSEWHERE = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
"""What one host says, and another may not."""


class Hosts:
    """The hosts of one URL; the one that was good last is asked first.

    Args:
        url: as asyncpg reads it.
        timeout: seconds for a connection, whichever host it is to.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._hosts: list[Host] | None = None

    async def connect(self, *_: Any, **options: Any) -> Any:
        """A connection to the first host that gives one; each gets its share of the time.

        Args:
            options: of `asyncpg.connect`. This is what its pool calls, with the URL and a time-out
                that are known here.

        Raises:
            ValueError: the URL cannot be read.
            Exception: as `asyncpg.connect` does, for the host that was asked last.
        """
        known = hosts(self._url) if self._hosts is None else self._hosts
        if len(known) < 2:
            return await asyncpg.connect(self._url, **{**options, "timeout": self._timeout})
        options["timeout"] = self._timeout / (len(known) + 1)  # the pool gives up when all of it is over
        for host in known[:-1]:
            with suppress(*_ELSEWHERE):
                return await self._connect(host, known, options)
        return await self._connect(known[-1], known, options)

    async def _connect(self, host: Host, known: list[Host], options: dict[str, Any]) -> Any:
        name, port = host
        connection = await asyncpg.connect(self._url, host=name, port=port, **options)
        self._hosts = [host, *(other for other in known if other != host)]
        return connection


def hosts(url: str) -> list[Host]:
    """The hosts that a URL names, with their ports; none where it leaves that to the environment.

    They stand before the path (`host1:5432,host2`), or as `host=` and `port=` behind the
    question mark, where folders of sockets are given.
    """
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    before = parts.netloc.rpartition("@")[2]
    named = [unquote(host) for host in before.split(",")] if before else query.get("host", "").split(",")
    ports = query.get("port", "").split(",")
    if len(ports) != len(named):
        ports = [ports[0]] * len(named)
    return [_host(name, port) for name, port in zip(named, ports, strict=True) if name]


def _host(text: str, port: str) -> Host:
    if not text.startswith("/"):
        name, colon, own = text.rpartition(":")
        # An IPv6 address is full of colons, and stands in brackets where a port follows.
        if colon and own.isdecimal() and (":" not in name or name.endswith("]")):
            text, port = name, own
    return text.strip("[]"), int(port) if port.isdecimal() else None
