"""One request to a server that the operator named.

The parser and TLS are loaded by the first fetch: a service that was given its keys
never needs them, and they are a third of what `from gatepass import Gate` would load.
"""

import contextlib
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from gatepass.fetch.addresses import resolve
from gatepass.fetch.deadline import Deadline
from gatepass.fetch.errors import FetchFailed
from gatepass.fetch.threads import in_thread
from gatepass.http.urls import Url, parse_url
from gatepass.kernel.errors import Misuse


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete answer, whatever its status outside 300 to 399; 304 to those who sent an ETag.

    Attributes:
        headers: lower-case names; fields that came several times are joined by commas.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def get(
    url: str,
    *,
    max_bytes: int,
    timeout: float,
    headers: Iterable[tuple[str, str]] = (),
    etag: str | None = None,
    packed: bool = False,
) -> Fetched:
    """GET `url`: https with the system's trusted roots (`SSL_CERT_FILE` is honoured), or http to loopback.

    1. The URL is read strictly; its host is resolved once and its addresses are checked.
    2. The connection goes to a checked address; TLS and Host still name the host.
    3. One request, no redirect, one answer under both caps.

    Args:
        max_bytes: longest body that is accepted.
        timeout: seconds for everything together: look-up, connection, TLS, the last byte.
        headers: sent beside our own.
        etag: of what the caller has already; only then "not modified" (304) is an answer (RFC 9110 section 13.1.2).
        packed: take a body that comes as gzip, too; `max_bytes` holds before and after.

    Raises:
        FetchFailed: there is no such answer.
        Misuse: a header cannot be sent.
    """
    held = () if etag is None else (("If-None-Match", etag),)
    return _sent(url, max_bytes, Deadline(timeout), (*headers, *held), may_be_same=etag is not None, packed=packed)


def post(
    url: str,
    form: Mapping[str, str],
    *,
    max_bytes: int,
    timeout: float,
    headers: Iterable[tuple[str, str]] = (),
) -> Fetched:
    """POST `form`, once, in the way of `get`. Like a redirect, a lost answer is not tried again.

    Raises:
        FetchFailed: there is no such answer; the other side may still have done what it was asked.
        Misuse: a header cannot be sent.
    """
    body = urlencode(form).encode("ascii")
    typed = (("Content-Type", "application/x-www-form-urlencoded"), *headers)
    return _sent(url, max_bytes, Deadline(timeout), typed, body)


async def aget(url: str, *, max_bytes: int, timeout: float, headers: Iterable[tuple[str, str]] = ()) -> Fetched:  # noqa: ASYNC109 - it bounds the thread as well
    """`get` for an event loop: the waiting happens in a thread of its own.

    Raises:
        FetchFailed: as `get`; also `fetch_busy`.
        Misuse: a header cannot be sent.
    """
    import asyncio  # whoever awaits has loaded it

    deadline, sent = Deadline(timeout), tuple(headers)
    return await asyncio.wrap_future(in_thread(lambda: _sent(url, max_bytes, deadline, sent)))


def _sent(
    url: str,
    max_bytes: int,
    deadline: Deadline,
    headers: tuple[tuple[str, str], ...],
    body: bytes | None = None,
    *,
    may_be_same: bool = False,
    packed: bool = False,
) -> Fetched:
    from gatepass.fetch.wire import exchange, request_bytes

    parts = _parsed(url)
    request = request_bytes(parts, headers, body, packed=packed)
    try:
        with contextlib.closing(_connected(parts, deadline)) as connection:
            answer = exchange(
                connection, request, max_bytes=max_bytes, deadline=deadline, may_be_same=may_be_same, packed=packed
            )
            return Fetched(*answer)
    except TimeoutError:
        raise FetchFailed("fetch_timeout", detail=parts.origin) from None
    except OSError as error:
        raise FetchFailed("fetch_unreachable", detail=f"{parts.origin}: {error}") from None


def _parsed(url: str) -> Url:
    try:
        return parse_url(url)
    except Misuse as error:
        # The URL may come from a document of the other side, so it is not our caller's mistake.
        raise FetchFailed("fetch_not_allowed", detail=error.message) from None


def _connected(url: Url, deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes one, inside TLS for https."""
    addresses = resolve(url, deadline)
    for number, address in enumerate(addresses, start=1):
        left = len(addresses) - number
        try:
            # Each address gets its share of the time, so that a dead first one does not use it up.
            raw = socket.create_connection((address, url.port), deadline.remaining() / (left + 1))
            break
        except OSError:
            if not left:
                raise
    return raw if url.scheme == "http" else _secured(raw, url.host, deadline)


def _secured(raw: socket.socket, host: str, deadline: Deadline) -> socket.socket:
    import ssl

    try:
        raw.settimeout(deadline.remaining())
        return ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
