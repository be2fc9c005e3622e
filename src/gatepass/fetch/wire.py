"""One HTTP/1.1 exchange over a connected socket, under a deadline and a cap on every byte."""

import contextlib
import io
import socket
import zlib
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from gatepass.fetch.deadline import Deadline
from gatepass.fetch.errors import FetchFailed
from gatepass.http.fields import field_name, field_value
from gatepass.http.urls import Url

NOT_MODIFIED = 304
OVERHEAD = 65_536
"""Bytes beyond the body that an answer may have: its head and the framing of chunks."""


class _CappedReader(io.RawIOBase):
    """The receiving side of a socket, for which each read waits no longer than the deadline."""

    def __init__(self, connection: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._left = max_bytes
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._deadline.remaining())
        count = self._connection.recv_into(buffer)
        self.ended = count == 0
        self._left -= count
        if self._left < 0:
            raise FetchFailed("fetch_too_large")
        return count


class _Readable:
    """All that `HTTPResponse` asks of a socket."""

    def __init__(self, reader: _CappedReader) -> None:
        self._reader = reader

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


def request_bytes(
    url: Url, headers: Iterable[tuple[str, str]], body: bytes | None = None, *, packed: bool = False
) -> bytes:
    """A GET request, or a POST of `body`; the answer may come compressed only if that is asked for.

    Raises:
        Misuse: a header has a line break or another character that does not belong there.
    """
    target = (url.path or "/") + ("" if url.query is None else f"?{url.query}")
    fixed = (
        ("Host", url.authority),
        ("User-Agent", "gatepass"),
        ("Accept-Encoding", "gzip" if packed else "identity"),
        ("Connection", "close"),
    )
    length = () if body is None else (("Content-Length", str(len(body))),)
    lines = [f"{field_name(name)}: {field_value(value)}\r\n" for name, value in (*fixed, *length, *headers)]
    method = "GET" if body is None else "POST"
    return "".join((f"{method} {target} HTTP/1.1\r\n", *lines, "\r\n")).encode("ascii") + (body or b"")


def exchange(
    connection: socket.socket,
    request: bytes,
    *,
    max_bytes: int,
    deadline: Deadline,
    may_be_same: bool = False,
    packed: bool = False,
) -> tuple[int, dict[str, str], bytes]:
    """Send `request`, and read status, headers (lower-case names) and body of the answer.

    Args:
        may_be_same: whether "not modified" (304) answers the request.
        packed: whether the body may be compressed; `max_bytes` counts before and after.

    Raises:
        FetchFailed: the answer is malformed, redirected, encoded or larger than `max_bytes`.
        OSError: the connection broke, or the deadline passed (TimeoutError).
    """
    connection.settimeout(deadline.remaining())
    connection.sendall(request)
    reader = _CappedReader(connection, deadline, max_bytes + OVERHEAD)
    with contextlib.closing(HTTPResponse(cast(socket.socket, _Readable(reader)), method="GET")) as response:
        try:
            body = _body(response, reader, max_bytes, may_be_same=may_be_same, packed=packed)
        except ConnectionError:
            raise  # some are an HTTPException as well
        except (HTTPException, ValueError) as error:
            raise FetchFailed("fetch_malformed", detail=type(error).__name__) from None
        return response.status, _headers(response), body


def _body(response: HTTPResponse, reader: _CappedReader, max_bytes: int, *, may_be_same: bool, packed: bool) -> bytes:
    response.begin()
    if reader.ended:  # the parser takes the end of the connection for the end of the head
        raise FetchFailed("fetch_malformed", detail="the head is cut short")
    encoding = _checked_head(response, max_bytes, may_be_same=may_be_same, packed=packed)
    body = response.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise FetchFailed("fetch_too_large")
    if response.length:
        raise FetchFailed("fetch_malformed", detail="the body is shorter than announced")
    return _unpacked(body, max_bytes) if encoding == "gzip" and body else body


def _unpacked(body: bytes, max_bytes: int) -> bytes:
    """What one gzip member holds (RFC 1952), never more than the cap: a kilobyte can be a gigabyte."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpacking.decompress(body, max_bytes + 1)
    except zlib.error:
        raise FetchFailed("fetch_malformed", detail="the body is not gzip") from None
    if len(plain) > max_bytes:
        raise FetchFailed("fetch_too_large")
    if not unpacking.eof or unpacking.unused_data:
        raise FetchFailed("fetch_malformed", detail="the body is not one whole gzip member")
    return plain


def _checked_head(response: HTTPResponse, max_bytes: int, *, may_be_same: bool, packed: bool) -> str:
    """The encoding of the body: `identity`, or `gzip`."""
    if response.status < 200:
        raise FetchFailed("fetch_malformed", detail=f"status {response.status}")
    if 300 <= response.status < 400 and not (may_be_same and response.status == NOT_MODIFIED):
        raise FetchFailed("fetch_redirected", detail=f"status {response.status}")
    if not _framed_plainly(response):
        raise FetchFailed("fetch_malformed", detail="the end of the body cannot be told for certain")
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding not in (("identity", "gzip") if packed else ("identity",)):
        raise FetchFailed("fetch_malformed", detail="the body is encoded, which was not asked for")
    if response.length is not None and response.length > max_bytes:
        raise FetchFailed("fetch_too_large")
    return encoding


def _framed_plainly(response: HTTPResponse) -> bool:
    """Whether one header at most tells where the body ends, in plain digits or chunks (RFC 9112 section 6.3)."""
    lengths = response.headers.get_all("content-length", [])
    codings = response.headers.get_all("transfer-encoding", [])
    if len(lengths) + len(codings) > 1:
        return False
    digits = all(length.isascii() and length.isdigit() for length in lengths)
    return digits and all(coding.lower() == "chunked" for coding in codings)


def _headers(response: HTTPResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found
