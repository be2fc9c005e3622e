"""Cookies: the public URL decides name and flags, and no value becomes a second attribute."""

from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.http.cookies import CookieRule
from gatepass.http.refusals import RequestRefused
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

SECURE = CookieRule.for_url("https://id.example", "session")
LOCAL = CookieRule.for_url("http://id.localhost:8000", "session")


def request(cookies: str) -> RequestView:
    return RequestView(headers=[("cookie", cookies)])


def test_over_https_the_browser_is_told_to_take_it_from_this_host_only() -> None:
    assert SECURE.set("abc") == "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax"


def test_on_loopback_the_plain_name_is_used() -> None:
    assert LOCAL.set("abc") == "session=abc; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("url", ["http://localhost", "http://127.0.0.1:8000", "http://[::1]:8000/auth"])
def test_every_loopback_name_may_do_without_tls(url: str) -> None:
    assert CookieRule.for_url(url, "session").name == "session"


@pytest.mark.parametrize(
    "url", ["http://id.example", "http://192.168.1.5", "http://localhost.evil.example", "id.example"]
)
def test_plain_http_anywhere_else_does_not_start(url: str) -> None:
    with pytest.raises(Misuse):
        CookieRule.for_url(url, "session")


def test_a_lifetime_is_told_in_seconds() -> None:
    assert SECURE.set("abc", max_age=3600) == "__Host-session=abc; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax"


def test_a_cookie_is_forgotten_under_the_same_name_and_flags() -> None:
    """A browser ignores a `__Host-` cookie without its flags, so forgetting needs them too."""
    assert SECURE.clear() == "__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"


def test_a_script_may_see_a_cookie_that_is_made_for_it() -> None:
    assert CookieRule.for_url("https://a.example", "theme", http_only=False).set("dark") == (
        "__Host-theme=dark; Path=/; Secure; SameSite=Lax"
    )


@pytest.mark.parametrize("same_site", ["Strict", "None"])
def test_same_site_can_be_chosen(same_site: str) -> None:
    rule = CookieRule.for_url("https://a.example", "session", same_site=same_site)
    assert rule.set("x").endswith(f"; SameSite={same_site}")


@pytest.mark.parametrize("same_site", ["lax", "", "Lax; Domain=evil.example", "Lax\r\nX: y"])
def test_an_unknown_same_site_is_refused(same_site: str) -> None:
    with pytest.raises(Misuse):
        CookieRule.for_url("https://a.example", "session", same_site=same_site)


def test_a_cookie_for_all_sites_needs_https() -> None:
    with pytest.raises(Misuse):
        CookieRule.for_url("http://localhost", "session", same_site="None")


@pytest.mark.parametrize(
    "name", ["", "a b", "a=b", "a;b", "\u00e9", "a\r\n", "__Host-session", "__HOST-x", "__secure-x"]
)
def test_a_name_that_is_no_token_or_brings_its_own_prefix_is_refused(name: str) -> None:
    with pytest.raises(Misuse):
        CookieRule.for_url("https://a.example", name)


def test_it_reads_what_it_set() -> None:
    assert SECURE.read(request("__Host-session=abc")) == "abc"
    assert LOCAL.read(request("session=abc")) == "abc"


@pytest.mark.parametrize("cookies", ["session=planted", "__host-session=planted", "__Secure-session=planted", "a=b"])
def test_beside_the_prefixed_name_no_other_is_read(cookies: str) -> None:
    """Any sibling site, or anybody on plain http, can set these."""
    assert SECURE.read(request(cookies)) is None


def test_an_empty_cookie_is_none() -> None:
    assert SECURE.read(request("__Host-session=")) is None


def test_no_cookie_is_none() -> None:
    assert SECURE.read(RequestView()) is None


def test_a_planted_twin_is_refused_when_it_is_read() -> None:
    with pytest.raises(RequestRefused):
        SECURE.read(request("__Host-session=a; __Host-session=b"))


SPLITTING = [
    "a; Domain=evil.example",
    "a\r\nSet-Cookie: b=c",
    "a\nb",
    "a\0",
    "a b",
    "a,b",
    'a"b',
    "a\\b",
    "\u00e9",
    "\ud800",
]


@pytest.mark.parametrize("value", SPLITTING)
def test_a_value_that_would_be_more_than_a_value_is_refused(value: str) -> None:
    with pytest.raises(Misuse):
        SECURE.set(value)


def test_a_value_that_browsers_would_drop_silently_is_refused() -> None:
    room = 4096 - len("__Host-session")
    assert SECURE.set("x" * room)
    with pytest.raises(Misuse, match="longer than browsers keep"):
        SECURE.set("x" * (room + 1))


@given(st.text(max_size=60))
def test_whatever_is_set_is_read_back_exactly_or_refused(value: str) -> None:
    try:
        header = SECURE.set(value)
    except Misuse:
        return
    stored = SimpleCookie(header)["__Host-session"]
    assert stored.value == value
    assert (stored["domain"], stored["path"], stored["secure"], stored["samesite"]) == ("", "/", True, "Lax")
    assert SECURE.read(request(header.partition(";")[0])) == (value or None)
