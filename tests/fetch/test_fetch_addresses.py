"""Whom we ask: names are resolved once, and only an address that was checked is connected to."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from gatepass.fetch import FetchFailed, get
from gatepass.fetch.addresses import allowed
from gatepass.http.addresses import parse_address
from tests.support.raw_server import serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own authority is the only one that is trusted."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def certificate(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def answers(*addresses: str) -> list[Any]:
    """What the resolver says when a name has these addresses."""
    six = socket.AF_INET6
    return [
        (
            six if ":" in one else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            "",
            (one, 443, 0, 0) if ":" in one else (one, 443),
        )
        for one in addresses
    ]


class Resolver:
    """Stands in for the name servers of the outside world."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if parse_address(host):  # connecting to an address passes here as well
            return [(*answers(host)[0][:4], (host, port))]
        self.asked.append(host)
        return answers(*self.addresses)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    resolver = Resolver("127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return resolver


def failure(url: str, timeout: float = 5) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        get(url, max_bytes=100, timeout=timeout)
    return failed.value


ALLOWED = [
    "8.8.8.8",
    "2606:4700::1111",
    "127.0.0.1",
    "::1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "fd00::1",
    "64:ff9b::8.8.8.8",
    "169.253.255.255",
    "169.255.0.0",
    "fec0::1",
]
REFUSED = [
    "169.254.169.254",
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::0.0.0.0",
    "2002:a9fe:a9fe::1",
    "fe80::1",
    "febf::1",
    "fd00:ec2::254",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("address", ALLOWED)
def test_servers_of_the_operator_may_be_anywhere_in_his_networks(address: str) -> None:
    assert allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_no_server_are_refused(address: str) -> None:
    parsed = parse_address(address)
    assert parsed is not None
    assert not allowed(parsed)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0.0.0.0", "255.255.255.255", "[fe80::1]", "[::]", "[ff02::1]", "[fd00:ec2::254]"]
)
def test_such_an_address_in_a_url_is_not_asked(host: str) -> None:
    assert failure(f"https://{host}/latest/meta-data").code == "fetch_not_allowed"


@pytest.mark.parametrize("address", [*REFUSED, "fe80::1%eth0"])
def test_such_an_address_behind_a_name_is_not_asked(address: str, resolver: Resolver) -> None:
    resolver.addresses = (address,)
    assert failure("https://id.example/").code == "fetch_not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example/",
        "http://192.168.1.1/",
        "http://[fd00::1]/",
        "http://localhost.evil.example/",
        "http://127.1/",
        "http://2130706433/",
        "ftp://id.example/",
        "file:///etc/passwd",
        "https://user:secret@id.example/",
        "https://id.example/a b",
        "https://id.example/\r\nHost: evil",
        "//id.example/",
        "id.example",
        "",
    ],
)
def test_a_url_that_is_neither_https_nor_loopback_is_not_asked(url: str, resolver: Resolver) -> None:
    refused = failure(url)
    assert refused.code == "fetch_not_allowed"
    assert "secret" not in refused.detail
    assert resolver.asked == []


@pytest.mark.parametrize("host", ["localhost", "id.localhost", "a.b.localhost", "ID.LocalHost", "127.0.0.1"])
def test_loopback_names_need_no_resolver(host: str, resolver: Resolver) -> None:
    """RFC 6761 section 6.3; a resolver that says otherwise is not asked."""
    resolver.addresses = ("203.0.113.1",)
    with serving(OK) as server:
        assert get(server.url(host), max_bytes=100, timeout=5).body == b"hi"
    assert resolver.asked == []


@pytest.mark.usefixtures("trusted")
def test_a_name_is_looked_up_once_and_its_address_kept(resolver: Resolver, authority: trustme.CA) -> None:
    """The connection goes to the address that was checked; TLS and Host still name the server."""
    seen: list[str | None] = []
    context = certificate(authority, "id.example")
    context.sni_callback = lambda _, name, __: seen.append(name)
    with serving(OK, tls=context) as server:
        got = get(server.url("id.example", scheme="https"), max_bytes=100, timeout=5)
    assert (got.body, resolver.asked, seen) == (b"hi", ["id.example"], ["id.example"])
    assert b"\r\nHost: id.example:%d\r\n" % server.port in server.request


@pytest.mark.usefixtures("trusted")
def test_among_several_addresses_the_refused_ones_are_skipped(resolver: Resolver, authority: trustme.CA) -> None:
    resolver.addresses = ("169.254.169.254", "fe80::1%eth0", "127.0.0.1")
    with serving(OK, tls=certificate(authority, "id.example")) as server:
        assert get(server.url("id.example", scheme="https"), max_bytes=100, timeout=5).body == b"hi"


@pytest.mark.usefixtures("trusted")
def test_the_next_address_is_tried_when_one_is_dead(resolver: Resolver, authority: trustme.CA) -> None:
    resolver.addresses = ("127.0.0.2", "127.0.0.1")
    with serving(OK, tls=certificate(authority, "id.example")) as server:
        assert get(server.url("id.example", scheme="https"), max_bytes=100, timeout=5).body == b"hi"


def test_a_name_without_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure("https://id.example/").code == "fetch_unreachable"


@pytest.fixture
def hung_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that does not answer while the test lasts; the event is set when it does."""
    over, answered = threading.Event(), threading.Event()

    def wait(*_: Any, **__: Any) -> list[Any]:
        over.wait(10)
        answered.set()
        return answers("127.0.0.1")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield answered
    over.set()


def test_a_hung_resolver_is_waited_for_no_longer_than_the_rest(hung_resolver: threading.Event) -> None:
    assert failure("https://id.example/", timeout=0.2).code == "fetch_timeout"
    assert not hung_resolver.is_set()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("host", ["id.localhost", "127.0.0.1"])
def test_loopback_may_speak_tls_too(host: str, authority: trustme.CA) -> None:
    with serving(OK, tls=certificate(authority, host)) as server:
        assert get(server.url(host, scheme="https"), max_bytes=100, timeout=5).body == b"hi"


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(authority: trustme.CA) -> None:
    with serving(OK, tls=certificate(authority, "evil.localhost")) as server:
        assert failure(server.url("id.localhost", scheme="https")).code == "fetch_unreachable"
    assert server.request == b""


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    with serving(OK, tls=certificate(trustme.CA(), "id.localhost")) as server:
        assert failure(server.url("id.localhost", scheme="https")).code == "fetch_unreachable"
    assert server.request == b""


def test_a_private_authority_is_unknown_until_it_is_named(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with serving(OK, tls=certificate(authority, "id.localhost")) as server:
        assert failure(server.url("id.localhost", scheme="https")).code == "fetch_unreachable"


def test_https_is_never_answered_in_the_open() -> None:
    def plain(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(OK)

    with serving(plain) as server:
        assert failure(server.url("id.localhost", scheme="https")).code == "fetch_unreachable"


def test_a_silent_handshake_is_cut_off() -> None:
    def silent(connection: socket.socket) -> None:
        while connection.recv(65_536):
            pass

    with serving(silent) as server:
        assert failure(server.url("id.localhost", scheme="https"), timeout=0.3).code == "fetch_timeout"
