"""Answers that come as gzip: only to those who asked, and never more than the cap allows, packed or not."""

import gzip

import pytest

from gatepass.fetch import FetchFailed, get
from tests.support.raw_server import serving

MAX = 1_000
PACKED = gzip.compress(b"hello", mtime=0)


def answer(body: bytes, encoding: bytes = b"gzip") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s" % (encoding, len(body), body)


def test_a_packed_answer_is_unpacked_for_who_asked_for_it() -> None:
    with serving(answer(PACKED)) as server:
        assert get(server.url(), max_bytes=MAX, timeout=5, packed=True).body == b"hello"


def test_a_plain_answer_will_do_for_who_asked_for_a_packed_one() -> None:
    with serving(answer(b"hello", b"identity")) as server:
        assert get(server.url(), max_bytes=MAX, timeout=5, packed=True).body == b"hello"


def test_a_packed_answer_is_refused_by_who_did_not_ask() -> None:
    with serving(answer(PACKED)) as server, pytest.raises(FetchFailed) as failed:
        get(server.url(), max_bytes=MAX, timeout=5)
    assert failed.value.code == "fetch_malformed"


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("one byte too many", gzip.compress(b"x" * (MAX + 1), mtime=0), "fetch_too_large"),
        ("a bomb", gzip.compress(bytes(700_000), mtime=0), "fetch_too_large"),
        ("no gzip", b"hello", "fetch_malformed"),
        ("cut short", PACKED[:-1], "fetch_malformed"),
        ("a wrong checksum", PACKED[:-8] + bytes(8), "fetch_malformed"),
        ("something behind it", PACKED + b"x", "fetch_malformed"),
        ("two members", PACKED + PACKED, "fetch_malformed"),
        ("zlib instead", b"x\x9c\xcbH\xcd\xc9\xc9\x07\x00\x06,\x02\x15", "fetch_malformed"),
    ],
)
def test_what_is_not_one_whole_small_gzip_member_is_refused(what: str, body: bytes, code: str) -> None:
    assert len(body) <= MAX, what
    with serving(answer(body)) as server, pytest.raises(FetchFailed) as failed:
        get(server.url(), max_bytes=MAX, timeout=5, packed=True)
    assert failed.value.code == code, what
