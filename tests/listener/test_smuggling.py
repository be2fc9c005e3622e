"""Requests that two servers could read differently: refused, and nothing in them reaches the application."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.http.refusals import RequestRefused
from gatepass.server.listener import running
from gatepass.server.listener.head import check_head
from tests.support.wire import Echo, connected

HOST = b"Host: id.test\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST / HTTP/1.1\r\n" + HOST
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKS = b"1\r\na\r\n0\r\n\r\n"

ATTACKS = {
    "content-length twice": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "content-lengths that differ": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "content-length as a list": POST + b"Content-Length: 1, 1\r\n\r\na",
    "content-length with a sign": POST + b"Content-Length: +1\r\n\r\na",
    "content-length below zero": POST + b"Content-Length: -1\r\n\r\na",
    "content-length in hex": POST + b"Content-Length: 0x1\r\n\r\na",
    "content-length empty": POST + b"Content-Length:\r\n\r\n",
    "content-length beyond 64 bits": POST + b"Content-Length: 99999999999999999999\r\n\r\na",
    "both lengths": POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "both lengths, reversed": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n" + CHUNKS,
    "coding that only looks like chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS,
    "coding before chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS,
    "coding after chunked": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + CHUNKS,
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "chunked behind a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + CHUNKS,
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "chunk size with 0x": POST + b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    "chunk size beyond 64 bits": POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n0\r\n\r\n",
    "chunk lines with bare LF": POST + b"Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n",
    "chunk extension with bare LF": POST + b"Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n",
    "chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "upgrade with a body": POST + b"Connection: upgrade\r\nUpgrade: foo\r\nContent-Length: 9\r\n\r\n",
    "upgrade with chunks": POST + b"Connection: upgrade\r\nUpgrade: foo\r\nTransfer-Encoding: chunked\r\n\r\n",
    "websocket with a body": GET + b"Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 9\r\n\r\n",
    "line ends with bare LF": b"GET / HTTP/1.1\nHost: id.test\n\n",
    "header ends with bare LF": GET + b"X-A: b\n\r\n",
    "header ends with bare CR": GET + b"X-A: b\rX-C: d\r\n\r\n",
    "folded header": GET + b"X-A: b\r\n c\r\n\r\n",
    "folded header with a tab": GET + b"X-A: b\r\n\tc\r\n\r\n",
    "first header folded": b"GET / HTTP/1.1\r\n Host: id.test\r\n\r\n",
    "space before the colon": GET + b"X-A : b\r\n\r\n",
    "header without a name": GET + b": b\r\n\r\n",
    "header without a colon": GET + b"X-A\r\n\r\n",
    "control character in a name": GET + b"X\x01A: b\r\n\r\n",
    "control character in a value": GET + b"X-A: b\x01\r\n\r\n",
    "NUL in a value": GET + b"X-A: b\0c\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "Host twice": GET + b"Host: evil.test\r\n\r\n",
    "Host empty": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "Host with a path": b"GET / HTTP/1.1\r\nHost: id.test/evil\r\n\r\n",
    "Host with a user": b"GET / HTTP/1.1\r\nHost: id.test@evil.test\r\n\r\n",
    "Host as a list": b"GET / HTTP/1.1\r\nHost: id.test, evil.test\r\n\r\n",
    "target for another host": b"GET http://evil.test/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "target of another kind": b"GET ftp://id.test/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "target with a fragment": b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n",
    "target with a space": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "target with NUL": b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n",
    "target with bytes above ASCII": b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST + b"\r\n",
    "target without a slash": b"GET admin HTTP/1.1\r\n" + HOST + b"\r\n",
    "target of a whole server": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "tunnel": b"CONNECT id.test:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\n" + HOST + b"\r\n",
    "HTTP/2.0 in words": b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "method in lower case": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "noise": b"\xff\xfe\x00\r\n\r\n",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_an_ambiguous_request_is_refused_and_nothing_behind_it_is_read(attack: bytes) -> None:
    app = Echo()
    async with running(app) as address, connected(address) as wire:
        await wire.send(attack)
        said = await wire.answer()
        await wire.send(SMUGGLED)
        assert (said.status, said.json["error"]) == (400, "malformed_request")
        assert said.headers["connection"] == "close"
        assert await wire.rest() == b""
        assert not [seen for seen in app.seen if seen["whole"]]


async def test_what_follows_an_unknown_upgrade_is_not_a_request() -> None:
    app = Echo()
    async with running(app) as address, connected(address) as wire:
        await wire.send(GET + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" + SMUGGLED)
        await wire.send(SMUGGLED)
        said = await wire.answer()
        assert (said.status, said.headers["connection"]) == (200, "close")
        assert await wire.rest() == b""
        assert [seen["path"] for seen in app.seen] == ["/"]


async def test_a_trailer_never_becomes_a_header() -> None:
    app = Echo()
    async with running(app) as address, connected(address) as wire:
        await wire.send(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
        names = [name for name, _ in (await wire.answer()).json["headers"]]
        assert names == ["host", "transfer-encoding"]


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (POST + b"Content-Length: 3\r\n\r\nabc", "abc"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc"),
        (POST + b"Transfer-Encoding: Chunked\r\n\r\n3;name=value\r\nabc\r\n0\r\n\r\n", "abc"),
        (b"GET http://id.test/ HTTP/1.1\r\n" + HOST + b"\r\n", ""),
        (b"GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", ""),
        (b"GET / HTTP/1.0\r\n\r\n", ""),
        (b"\r\n" + GET + b"\r\n", ""),
    ],
)
async def test_plain_requests_pass(request_: bytes, body: str) -> None:
    async with running(Echo()) as address, connected(address) as wire:
        await wire.send(request_)
        said = await wire.answer()
        assert (said.status, said.json["body"], said.json["path"]) == (200, body, "/")


@given(
    target=st.binary(),
    version=st.sampled_from(["0.9", "1.0", "1.1", "2.0"]),
    headers=st.lists(
        st.tuples(st.sampled_from([b"host", b"transfer-encoding", b"content-length", b"x"]), st.binary()), max_size=4
    ),
    upgrade=st.booleans(),
)
def test_any_head_is_accepted_or_refused_and_never_breaks_the_rules(
    target: bytes, version: str, headers: list[tuple[bytes, bytes]], upgrade: bool
) -> None:
    with suppress(RequestRefused):
        check_head(target, version, headers, upgrade=upgrade)
        names = [name for name, _ in headers]
        assert version == "1.1" or (version == "1.0" and b"transfer-encoding" not in names)
        assert names.count(b"host") <= 1
        assert names.count(b"transfer-encoding") <= 1
