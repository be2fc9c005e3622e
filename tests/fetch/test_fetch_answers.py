"""What other servers may answer: complete, plain, small and in time, or it counts as nothing."""

import socket
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.fetch import Fetched, FetchFailed, get
from gatepass.fetch.deadline import Deadline
from gatepass.fetch.wire import OVERHEAD, exchange
from gatepass.kernel.errors import Misuse
from tests.support.raw_server import RawServer, serving

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MAX = 100


def answered(answer: bytes, *, timeout: float = 5) -> Fetched:
    with serving(answer) as server:
        return get(server.url(), max_bytes=MAX, timeout=timeout)


def failure(answer: bytes | Callable[[socket.socket], None], *, timeout: float = 5) -> FetchFailed:
    with serving(answer) as server, pytest.raises(FetchFailed) as failed:
        get(server.url(), max_bytes=MAX, timeout=timeout)
    return failed.value


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
        (OK + b"Content-Length: 0\r\n\r\n", b""),
        (OK + b"\r\nuntil the end", b"until the end"),
        (CHUNKED + b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: x\r\n\r\n", b"hello!"),
        (OK + b"Content-Length: 100\r\n\r\n" + b"x" * MAX, b"x" * MAX),
        (CHUNKED + b"64\r\n" + b"x" * MAX + b"\r\n0\r\n\r\n", b"x" * MAX),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", b"ok"),
    ],
)
def test_a_complete_answer_is_handed_over(answer: bytes, body: bytes) -> None:
    assert (answered(answer).status, answered(answer).body) == (200, body)


@pytest.mark.parametrize("status", [200, 204, 400, 401, 404, 500, 503])
def test_what_a_status_means_is_for_the_caller_to_say(status: int) -> None:
    assert answered(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status).status == status


def test_headers_have_lower_case_names_and_are_joined() -> None:
    got = answered(OK + b'ETag: "a"\r\nVary: x\r\nvary: y\r\nContent-Length: 0\r\n\r\n')
    assert got.headers == {"etag": '"a"', "vary": "x, y", "content-length": "0"}


@pytest.mark.parametrize("status", range(300, 309))
def test_no_redirect_is_followed(status: int) -> None:
    """Whoever can redirect us chooses whom we believe."""
    with serving(OK + b"Content-Length: 0\r\n\r\n") as other:
        redirect = b"HTTP/1.1 %d X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, other.url().encode())
        assert failure(redirect).code == "fetch_redirected"
        assert other.connections == 0


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("nonsense", b"nonsense\r\n\r\n"),
        ("another protocol", b"SSH-2.0-x\r\n"),
        ("an unknown version", b"HTTP/2.0 200 OK\r\n\r\n"),
        ("no number for a status", b"HTTP/1.1 abc\r\n\r\n"),
        ("a status of two digits", b"HTTP/1.1 99 X\r\n\r\n"),
        ("a final status below 200", b"HTTP/1.1 103 Early\r\n\r\n"),
        ("half a head", OK + b"Content-Len"),
        ("a long line", OK + b"A: " + b"b" * 65_535 + b"\r\n\r\n"),
        ("too many headers", OK + b"A: b\r\n" * 200 + b"\r\n"),
        ("less than announced", OK + b"Content-Length: 10\r\n\r\nshort"),
        ("a negative length", OK + b"Content-Length: -5\r\n\r\nhello"),
        ("a length that is no number", OK + b"Content-Length: five\r\n\r\nhello"),
        ("a length in other digits", OK + b"Content-Length: \xb2\r\n\r\nhi"),
        ("two lengths", OK + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\nhello"),
        ("a list of lengths", OK + b"Content-Length: 5, 5\r\n\r\nhello"),
        ("a length and chunks", OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        ("another transfer coding", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        ("compression", OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi"),
        ("a chunk size that is no number", CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n"),
        ("a negative chunk size", CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"),
        ("chunks without an end", CHUNKED + b"5\r\nhello\r\n"),
        ("a chunk cut short", CHUNKED + b"5\r\nhel"),
        ("an enormous chunk size", CHUNKED + b"f" * 30 + b"\r\nhello"),
    ],
)
def test_a_malformed_answer_counts_as_nothing(what: str, answer: bytes) -> None:
    assert failure(answer).code == "fetch_malformed", what


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("announced", OK + b"Content-Length: 101\r\n\r\n"),
        ("announced beyond all measure", OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"),
        ("not announced", OK + b"\r\n" + b"x" * 101),
        ("in chunks", CHUNKED + b"65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n"),
        ("in many small chunks", CHUNKED + b"1\r\nx\r\n" * 101 + b"0\r\n\r\n"),
        ("in endless chunk extensions", CHUNKED + (b"1;" + b"x" * 1_000 + b"\r\nx\r\n") * 90),
        ("in endless trailers", CHUNKED + b"0\r\n" + b"A: b\r\n" * OVERHEAD),
        ("in interim answers", b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000),
        ("in interim answers with headers", (b"HTTP/1.1 100 Continue\r\n" + b"A: b\r\n" * 90 + b"\r\n") * 1_000),
    ],
)
def test_a_large_answer_is_not_read_to_its_end(what: str, answer: bytes) -> None:
    assert failure(answer).code == "fetch_too_large", what


PIECES = [b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"\r\n", b"\n", b"\r\n\r\n", b"Content-Length: ", b"Transfer-Encoding: "]
PIECES += [
    b"chunked",
    b"5",
    b"-1",
    b"0",
    b"ffff",
    b"0x5",
    b"hello",
    b";",
    b":",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"A: b\r\n",
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=20).map(b"".join))
def test_whatever_comes_it_is_a_small_answer_or_a_failure(answer: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(OK + answer)
        theirs.shutdown(socket.SHUT_WR)
        try:
            status, _, body = exchange(ours, b"", max_bytes=20, deadline=Deadline(5))
        except FetchFailed:
            return
    assert (status, len(body) <= 20) == (200, True)


def endless(first: bytes, again: bytes, server: list[RawServer]) -> Callable[[socket.socket], None]:
    """Sends `first`, then `again` every hundredth of a second until the test is over."""

    def drip(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(first)
        while not server[0].stop.wait(0.01):
            connection.sendall(again)

    return drip


@pytest.mark.parametrize(
    ("what", "first", "again"),
    [
        ("no answer", b"", b""),
        ("a dripping status line", b"HTTP/1.1", b" "),
        ("a dripping head", OK, b"A"),
        ("dripping headers", OK, b"A: b\r\n"),
        ("interim answers", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("a silent body", OK + b"Content-Length: 50\r\n\r\n", b""),
        ("a dripping body", OK + b"Content-Length: 90\r\n\r\n", b"x"),
        ("a dripping body without length", OK + b"\r\n", b"x"),
        ("a dripping chunk", CHUNKED + b"5a\r\n", b"x"),
        ("a dripping chunk size", CHUNKED, b"0"),
    ],
)
def test_slowness_is_cut_off_as_a_whole(what: str, first: bytes, again: bytes) -> None:
    """Each piece comes in time; together they would go on for ever."""
    holder: list[RawServer] = []
    with serving(endless(first, again, holder)) as server:
        holder.append(server)
        with pytest.raises(FetchFailed) as failed:
            get(server.url(), max_bytes=MAX, timeout=0.3)
    assert failed.value.code == "fetch_timeout", what


@pytest.mark.parametrize("timeout", [0, -1, 0.000001])
def test_no_time_is_no_answer(timeout: float) -> None:
    assert failure(OK + b"Content-Length: 0\r\n\r\n", timeout=timeout).code == "fetch_timeout"


@pytest.mark.parametrize("timeout", [float("nan"), float("inf"), 86_401])
def test_a_time_out_that_is_none_is_a_mistake(timeout: float) -> None:
    with pytest.raises(Misuse):
        get("http://127.0.0.1:9/", max_bytes=MAX, timeout=timeout)


@pytest.mark.parametrize("read", [True, False])
def test_a_connection_that_closes_without_a_word_is_unreachable(read: bool) -> None:
    def close(connection: socket.socket) -> None:
        if read:
            connection.recv(65_536)

    assert failure(close).code == "fetch_unreachable"


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed) as failed:
        get(f"http://127.0.0.1:{port}/", max_bytes=MAX, timeout=5)
    assert (failed.value.code, failed.value.status) == ("fetch_unreachable", 503)
    assert str(port) in failed.value.detail
    assert str(port) not in str(failed.value)


def test_the_request_names_the_host_and_asks_for_nothing_special() -> None:
    with serving(OK + b"Content-Length: 0\r\n\r\n") as server:
        get(server.url("id.localhost", "/a%20b?c=d"), max_bytes=MAX, timeout=5, headers=[("If-None-Match", '"e"')])
    lines = server.request.split(b"\r\n")
    assert lines == [
        b"GET /a%20b?c=d HTTP/1.1",
        b"Host: id.localhost:%d" % server.port,
        b"User-Agent: gatepass",
        b"Accept-Encoding: identity",
        b"Connection: close",
        b'If-None-Match: "e"',
        b"",
        b"",
    ]


def test_an_empty_path_is_the_root() -> None:
    with serving(OK + b"Content-Length: 0\r\n\r\n") as server:
        get(server.url(path=""), max_bytes=MAX, timeout=5)
    assert server.request.startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "header", [("X", "a\r\nHost: evil"), ("X\r\nY", "a"), ("X", "\u00e9"), ("", "a"), ("X", "a\0")]
)
def test_a_header_that_would_be_two_is_not_sent(header: tuple[str, str]) -> None:
    with serving(OK) as server, pytest.raises(Misuse):
        get(server.url(), max_bytes=MAX, timeout=5, headers=[header])
    assert server.connections == 0


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert answered(OK + b"Content-Length: 2\r\n\r\nhi").body == b"hi"
