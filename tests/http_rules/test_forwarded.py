"""Who really sent a request: forwarding headers count only from listed proxies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.http.addresses import parse_address
from gatepass.http.proxies import Proxies
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

NOBODY = Proxies()
OURS = Proxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


def request(*headers: tuple[str, str], scheme: str = "http") -> RequestView:
    return RequestView(scheme=scheme, headers=headers)


def through(forwarded_for: str, peer: str | None = "10.0.0.1") -> str | None:
    return OURS.resolve(peer, request(("x-forwarded-for", forwarded_for))).address


SPOOFED = request(
    ("x-forwarded-for", "198.51.100.1"), ("x-forwarded-proto", "https"), ("forwarded", "for=198.51.100.1")
)


@pytest.mark.parametrize("peer", ["203.0.113.9", "11.0.0.1", "2001:db8::9"])
def test_a_stranger_speaks_for_nobody_but_himself(peer: str) -> None:
    assert OURS.resolve(peer, SPOOFED) == (peer, "http")


def test_without_listed_proxies_even_loopback_is_not_believed() -> None:
    assert NOBODY.resolve("127.0.0.1", SPOOFED) == ("127.0.0.1", "http")


def test_a_connection_without_address_is_not_believed() -> None:
    assert OURS.resolve(None, SPOOFED) == (None, "http")


def test_a_proxy_behind_a_unix_socket_is_believed_when_it_is_listed() -> None:
    """Else everybody behind it would be one stranger to the throttle."""
    behind = Proxies(["unix", "10.0.0.0/8"])
    assert behind.resolve(None, SPOOFED) == ("198.51.100.1", "https")
    assert (
        behind.resolve(None, request(("x-forwarded-for", "1.1.1.1, 198.51.100.1, 10.9.9.9"))).address == "198.51.100.1"
    )
    assert behind.resolve(None, request()) == (None, "http")
    assert behind.resolve("203.0.113.9", SPOOFED) == ("203.0.113.9", "http")
    assert behind.resolve("unix", SPOOFED) == ("unix", "http")


def test_a_listed_proxy_is_believed() -> None:
    assert OURS.resolve("127.0.0.1", SPOOFED) == ("198.51.100.1", "https")


def test_a_proxy_that_says_nothing_is_the_client() -> None:
    assert OURS.resolve("10.0.0.1", request()) == ("10.0.0.1", "http")


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("198.51.100.1,10.9.9.9 ,\t127.0.0.1", "198.51.100.1"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("198.51.100.1:50000", "198.51.100.1"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("198.51.100.1, ::ffff:10.0.0.9", "198.51.100.1"),
        ("198.51.100.1, fd00::9", "198.51.100.1"),
    ],
)
def test_the_rightmost_address_that_is_not_ours_is_the_client(forwarded_for: str, client: str) -> None:
    assert through(forwarded_for) == client


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ",",
        "unknown",
        "_hidden",
        "localhost",
        "1.2.3",
        "01.2.3.4",
        "1.2.3.4.5",
        "1.2.3.4:",
        "1.2.3.4:5:6",
        "[1:2",
        "[]",
        "[]:80",
        "fe80::1%eth0",
        "1.2.3.4/8",
        '"1.2.3.4"',
        "<script>",
        "\u0661.2.3.4",
        "0x7f.0.0.1",
    ],
)
def test_what_cannot_be_read_and_all_left_of_it_is_not_believed(garbage: str) -> None:
    assert through(f"198.51.100.1, {garbage}") == "10.0.0.1"
    assert through(f"198.51.100.1, {garbage}, 10.5.5.5") == "10.5.5.5"


def test_several_fields_are_one_chain() -> None:
    view = request(("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1"))
    assert OURS.resolve("10.0.0.1", view).address == "198.51.100.1"


def test_a_long_invented_chain_changes_nothing() -> None:
    assert through("10.0.0.5, " * 5_000 + "198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize("peer", ["::ffff:10.0.0.1", "10.0.0.1"])
def test_a_dual_stack_socket_knows_the_same_proxies(peer: str) -> None:
    assert through("198.51.100.1", peer) == "198.51.100.1"


@pytest.mark.parametrize(
    ("told", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("http", "http"),
        ("https, http", "http"),
        ("http, https", "https"),
        ("javascript", "http"),
        ("", "http"),
        ("https,", "http"),
    ],
)
def test_the_nearest_proxy_tells_the_scheme(told: str, scheme: str) -> None:
    assert OURS.resolve("10.0.0.1", request(("x-forwarded-proto", told))).scheme == scheme


@pytest.mark.parametrize(("own", "scheme"), [("ws", "http"), ("wss", "https"), ("https", "https"), ("gopher", "http")])
def test_without_proxy_the_connection_tells_the_scheme(own: str, scheme: str) -> None:
    assert NOBODY.resolve("192.0.2.1", request(scheme=own)).scheme == scheme


@pytest.mark.parametrize("network", ["", "proxy.example", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/255", "*"])
def test_a_network_that_is_none_is_a_mistake_of_the_operator(network: str) -> None:
    with pytest.raises(Misuse):
        Proxies([network])


@given(st.one_of(st.text(), st.text(alphabet="0123456789abcdef.:[], \t%")))
def test_every_chain_ends_in_an_address(forwarded_for: str) -> None:
    shown = forwarded_for.translate({0: None, 10: None, 13: None})
    found = through(shown)
    assert found is not None
    assert parse_address(found) is not None
