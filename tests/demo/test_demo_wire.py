"""A listener on the wire hears real bytes: words over http, noise over https."""

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gatepass.demo.story.browser import Browser, NoAnswer, Request
from gatepass.demo.story.certificate import throw_away
from gatepass.demo.story.wire import Heard, overhear
from tests.support.towns import free_places

SECRET, ANSWER = "nobody else shall read this", "neither this"
HOST = "id.localhost"


class Answers(BaseHTTPRequestHandler):
    """Says the same to everybody."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a plain server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def heard(url: str) -> list[Heard]:
    """What was heard of a request with an answer."""
    browser = Browser()
    exchange, heard = overhear(browser, Request("POST", url, json={"password": SECRET}), town_https=False)
    assert (exchange.status, exchange.text, exchange.url) == (200, ANSWER, url)
    assert browser.exchanges == [exchange]
    return heard


def test_over_http_both_directions_are_read(port: int) -> None:
    pieces = heard(f"http://{HOST}:{port}/login")
    sent, received = (b"".join(one.data for one in pieces if one.sent is way) for way in (True, False))
    assert sent.startswith(b"POST /login HTTP/1.1\r\nHost: id.localhost")
    assert SECRET.encode() in sent
    assert received.startswith(b"HTTP/1.0 200 OK\r\n")
    assert received.endswith(ANSWER.encode())


def test_over_https_the_name_sizes_and_times_are_left(port: int) -> None:
    pieces = heard(f"https://{HOST}:{port}/login")
    everything = b"".join(one.data for one in pieces)
    assert SECRET.encode() not in everything
    assert ANSWER.encode() not in everything
    assert HOST.encode() in pieces[0].data
    assert {one.sent for one in pieces} == {True, False}
    assert [one.after for one in pieces] == sorted(one.after for one in pieces)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_where_nobody_answers_nobody_is_heard(scheme: str) -> None:
    url = f"{scheme}://{HOST}:{free_places().first}/"
    with pytest.raises(NoAnswer):
        overhear(Browser(), Request("GET", url), town_https=False)


def shake_hands(serving: ssl.SSLContext, trusted: ssl.SSLContext, host: str) -> None:
    """A TLS handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusted.wrap_bio(to_client, to_server, server_hostname=host)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(2):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()


def test_a_throw_away_certificate_is_for_one_name_and_trusted_by_one_client() -> None:
    serving, trusted = throw_away(HOST)
    shake_hands(serving, trusted, HOST)
    for other, host in ((trusted, "evil.localhost"), (throw_away(HOST)[1], HOST)):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(serving, other, host)
