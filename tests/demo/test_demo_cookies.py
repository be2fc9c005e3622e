"""The visitor's browser keeps cookies as browsers do, as far as the story needs it."""

import pytest

from gatepass.demo.story.cookies import Jar, read

NOW = 1_800_000_000.0


def kept(*set_cookies: str, path: str = "/", secure: bool = False, after: float = 0.0) -> str:
    """The Cookie header for `path`, some seconds after these were set."""
    moment = [NOW]
    jar = Jar(lambda: moment[0])
    for value in set_cookies:
        jar.keep(value)
    moment[0] += after
    return jar.header(path, secure=secure)


def test_cookies_are_sent_back_in_the_order_in_which_they_came() -> None:
    assert kept("a=1", "b=2; Path=/; HttpOnly; SameSite=Lax") == "a=1; b=2"


def test_the_same_name_again_replaces_the_value() -> None:
    assert kept("a=1", "a=2") == "a=2"


@pytest.mark.parametrize("ending", ["Max-Age=0", "max-age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_cookie_that_has_ended_is_dropped(ending: str) -> None:
    assert kept("a=1; Path=/", f"a=; {ending}; Path=/") == ""


@pytest.mark.parametrize(("after", "header"), [(59, "a=1"), (60, "")])
def test_a_cookie_is_sent_until_its_age_is_reached(after: float, header: str) -> None:
    assert kept("a=1; Max-Age=60", after=after) == header


def test_max_age_wins_over_expires() -> None:
    assert kept("a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT") == "a=1"


@pytest.mark.parametrize(
    "attribute",
    ["Expires=tomorrow", "Expires=1 Jan 99999999999 00:00:00 GMT", "Max-Age=soon", "Max-Age=²", "Path=here", "Max-Age"],
)
def test_an_attribute_that_nobody_understands_is_overlooked(attribute: str) -> None:
    assert kept(f"a=1; {attribute}") == "a=1"


def test_an_age_may_be_longer_than_any_time() -> None:
    assert kept(f"a=1; Max-Age={'9' * 5_000}") == "a=1"
    assert kept(f"a=1; Max-Age=-{'9' * 5_000}") == ""


@pytest.mark.parametrize(
    ("path", "header"), [("/account", "a=1"), ("/account/more", "a=1"), ("/accounts", ""), ("/", "")]
)
def test_a_cookie_with_a_path_is_sent_below_it_only(path: str, header: str) -> None:
    assert kept("a=1; Path=/account", path=path) == header


@pytest.mark.parametrize(("secure", "header"), [(True, "__Host-a=1"), (False, "")])
def test_a_secure_cookie_is_sent_over_https_only(secure: bool, header: str) -> None:
    assert kept("__Host-a=1; Path=/; Secure; HttpOnly", secure=secure) == header


def test_flags_are_read_whatever_their_case() -> None:
    cookie = read("a=b=c; path=/x; SECURE; httponly", lambda: NOW)
    assert (cookie.name, cookie.value, cookie.path, cookie.secure, cookie.http_only) == ("a", "b=c", "/x", True, True)


def test_something_without_a_name_is_no_cookie() -> None:
    assert kept("=1", "") == ""
