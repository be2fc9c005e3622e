"""URLs of the operator: read one way, or refused."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatepass.http.urls import Url, is_loopback, origin_of, parse_url, public_url
from gatepass.kernel.errors import Misuse

NORMAL = [
    ("https://id.example", "https://id.example"),
    ("https://id.example/", "https://id.example"),
    ("HTTPS://ID.Example/Auth/", "https://id.example/Auth"),
    ("https://id.example:443/auth", "https://id.example/auth"),
    ("https://id.example:8443", "https://id.example:8443"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("http://localhost:8000", "http://localhost:8000"),
    ("http://LOCALHOST:80", "http://localhost"),
    ("http://id.localhost:8000/", "http://id.localhost:8000"),
    ("http://127.8.9.1", "http://127.8.9.1"),
    ("http://[::1]:8000", "http://[::1]:8000"),
    ("https://[2001:DB8:0:0::1]/x", "https://[2001:db8::1]/x"),
    ("https://192.168.1.5:8443", "https://192.168.1.5:8443"),
]

NO_URL = [
    ("empty", ""),
    ("no scheme", "id.example"),
    ("another scheme", "ftp://id.example"),
    ("a file", "file:///etc/passwd"),
    ("one slash", "https:/id.example"),
    ("no host", "https:///x"),
    ("a port only", "https://:8443"),
    ("a user name", "https://user@id.example"),
    ("a user name and password", "https://user:secret@id.example"),
    ("a fragment", "https://id.example/#x"),
    ("a blank before", " https://id.example"),
    ("a blank inside", "https://id. example"),
    ("a line feed at the end", "https://id.example\n"),
    ("a tab inside", "https://id.ex\tample"),
    ("a NUL", "https://id.example\0"),
    ("a backslash", "https://id.example\\@evil.example"),
    ("a letter beyond ASCII", "https://b\u00fccher.example"),
    ("a full-width dot", "https://id\uff0eexample"),
    ("a full-width slash", "https://id.example\uff0fevil"),
    ("an unpaired surrogate", "https://id.example/\ud800"),
    ("an empty label", "https://id..example"),
    ("a dot at the end", "https://id.example."),
    ("a dash at the start", "https://-id.example"),
    ("a dash at the end", "https://id-.example"),
    ("an underscore", "https://my_host.example"),
    ("a long label", f"https://{'a' * 64}.example"),
    ("a long name", f"https://{'a.' * 130}example"),
    ("port zero", "https://id.example:0"),
    ("a large port", "https://id.example:65536"),
    ("an empty port", "https://id.example:"),
    ("a port with letters", "https://id.example:44x"),
    ("Arabic digits in a port", "https://id.example:\u0664\u0664\u0663"),
    ("a short address", "https://127.1"),
    ("an address as a number", "https://2130706433"),
    ("a hexadecimal address", "https://0x7f000001"),
    ("a hexadecimal part", "https://127.0.0.0x1"),
    ("an octal address", "https://0177.0.0.1"),
    ("an address with too much", "https://127.0.0.256"),
    ("a bracket without address", "https://[]"),
    ("brackets around IPv4", "https://[127.0.0.1]"),
    ("IPv4 inside IPv6", "https://[::ffff:127.0.0.1]"),
    ("a zone", "https://[fe80::1%25eth0]"),
    ("an open bracket", "https://[::1"),
    ("up", "https://id.example/a/../b"),
    ("up, encoded", "https://id.example/%2e%2e/b"),
    ("here", "https://id.example/./b"),
    ("a broken escape", "https://id.example/%zz"),
    ("very long", "https://id.example/" + "a" * 2048),
]


@pytest.mark.parametrize(("text", "normal"), NORMAL)
def test_a_public_url_has_one_spelling(text: str, normal: str) -> None:
    assert public_url(text) == normal
    assert public_url(normal) == normal


@pytest.mark.parametrize(("what", "text"), NO_URL, ids=[row[0] for row in NO_URL])
def test_what_is_not_plainly_a_url_is_refused(what: str, text: str) -> None:
    for read in (parse_url, public_url, origin_of):
        with pytest.raises(Misuse):
            read(text)
    assert what


@pytest.mark.parametrize("text", ["https://id.example?x", "https://id.example/?", "https://id.example/a//b"])
def test_a_public_url_has_no_query_and_no_empty_segment(text: str) -> None:
    with pytest.raises(Misuse):
        public_url(text)


@pytest.mark.parametrize(
    "host", ["id.example", "192.168.1.5", "10.0.0.1", "0.0.0.0", "[2001:db8::1]", "localhost.evil.example"]
)
def test_a_public_url_without_tls_is_for_loopback_only(host: str) -> None:
    with pytest.raises(Misuse, match="not secure"):
        public_url(f"http://{host}:8000")


@pytest.mark.parametrize("value", [None, 5, b"https://id.example", ["https://id.example"]])
def test_what_is_no_text_is_no_url(value: object) -> None:
    with pytest.raises(Misuse):
        parse_url(value)  # type: ignore[arg-type]  # programs without types call it too


def test_the_parts_of_a_url_are_told_apart() -> None:
    assert parse_url("https://[2001:db8::1]:8443/a/b?c=d") == Url("https", "2001:db8::1", 8443, "/a/b", "c=d")
    assert parse_url("http://id.example") == Url("http", "id.example", 80, "", None)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://id.example/auth?x=1", "https://id.example"),
        ("https://ID.example:443", "https://id.example"),
        ("http://id.localhost:80/", "http://id.localhost"),
        ("http://id.localhost:443", "http://id.localhost:443"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@given(st.one_of(st.text(), st.from_regex(r"https?://[\[\]a-z0-9.:@\\/%?#-]{0,40}", fullmatch=True)))
@example("https://a.example:0443/x")
def test_every_text_is_refused_or_read_as_others_read_it(text: str) -> None:
    try:
        url = parse_url(text)
    except Misuse:
        return
    other = urlsplit(text)
    assert (url.scheme, url.path, url.query or "") == (other.scheme, other.path, other.query)
    assert url.port == (other.port or {"http": 80, "https": 443}[url.scheme])
    assert other.username is None
    assert parse_url(url.origin).origin == url.origin


LOOPBACK = [
    "localhost",
    "LocalHost",
    "bank.localhost",
    "a.b.localhost",
    "127.0.0.1",
    "127.255.1.2",
    "::1",
    "::ffff:127.0.0.1",
]
ELSEWHERE = [
    "",
    "example",
    "localhost.evil.example",
    "evil-localhost",
    "notlocalhost",
    "localhost.",
    ".localhost",
    "a..localhost",
    "-a.localhost",
    "a b.localhost",
    "evil.example/localhost",
    "evil.example\\.localhost",
    "127.1",
    "127.0.0.1.",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "2130706433",
    "0.0.0.0",
    "::",
    "[::1]",
    "::1%lo",
    "128.0.0.1",
    "126.255.255.255",
    "::ffff:8.8.8.8",
    "fe80::1",
    "\u2460\u2461\u2466.0.0.1",
    "\ud800",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_what_only_looks_like_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)
