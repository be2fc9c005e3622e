"""A change that a cookie pays for comes from our own pages, or it does not happen."""

import pytest

from gatepass.http.origins import guard, is_navigation
from gatepass.http.refusals import AccessRefused, RequestRefused
from gatepass.http.view import RequestView
from gatepass.kernel.errors import Misuse

OURS = frozenset({"https://id.example", "https://app.example:8443"})
UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "WEBSOCKET", "CONNECT", "TRACE", "QUERY", "post", "MADE-UP", ""]

LET_IN = [
    ("our page", {"sec-fetch-site": "same-origin", "origin": "https://id.example"}),
    ("typed by the person", {"sec-fetch-site": "none"}),
    ("our page in an older browser", {"origin": "https://id.example"}),
    ("our other page in an older browser", {"origin": "https://app.example:8443"}),
    ("our page with no referrer allowed", {"sec-fetch-site": "same-origin", "origin": "null"}),
]

REFUSED = [
    ("another site", {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}),
    ("a sibling site", {"sec-fetch-site": "same-site", "origin": "https://evil.id.example"}),
    ("a sibling with our origin", {"sec-fetch-site": "same-site", "origin": "https://id.example"}),
    ("cross-site with our origin", {"sec-fetch-site": "cross-site", "origin": "https://id.example"}),
    ("an unknown word", {"sec-fetch-site": "sideways", "origin": "https://id.example"}),
    ("an empty word", {"sec-fetch-site": "", "origin": "https://id.example"}),
    ("another case", {"sec-fetch-site": "Same-Origin"}),
    ("two words", {"sec-fetch-site": "cross-site, same-origin"}),
    ("nothing at all", {}),
    ("nothing but a referrer", {"referer": "https://id.example/account"}),
    ("null", {"origin": "null"}),
    ("an empty origin", {"origin": ""}),
    ("another origin", {"origin": "https://evil.example"}),
    ("plain http", {"origin": "http://id.example"}),
    ("another port", {"origin": "https://id.example:8443"}),
    ("the default port written out", {"origin": "https://id.example:443"}),
    ("a prefix", {"origin": "https://id.exampl"}),
    ("an extension", {"origin": "https://id.example.evil.example"}),
    ("a user name", {"origin": "https://id.example@evil.example"}),
    ("a final slash", {"origin": "https://id.example/"}),
    ("capital letters", {"origin": "HTTPS://ID.EXAMPLE"}),
    ("two origins in one", {"origin": "https://id.example https://evil.example"}),
]


def request(method: str, headers: dict[str, str]) -> RequestView:
    return RequestView(method, "/account", headers=headers.items())


def refusal(method: str, headers: dict[str, str]) -> str | None:
    """The code with which the guard refuses; None when it lets the request pass."""
    try:
        guard(request(method, headers), OURS)
    except AccessRefused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(("who", "headers"), LET_IN, ids=[row[0] for row in LET_IN])
def test_our_own_pages_are_let_in(method: str, who: str, headers: dict[str, str]) -> None:
    assert refusal(method, headers) is None, who


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(("who", "headers"), REFUSED, ids=[row[0] for row in REFUSED])
def test_everybody_else_is_refused(method: str, who: str, headers: dict[str, str]) -> None:
    assert refusal(method, headers) == "cross_site_request", who


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(("who", "headers"), REFUSED, ids=[row[0] for row in REFUSED])
def test_reading_changes_nothing_and_is_let_in(method: str, who: str, headers: dict[str, str]) -> None:
    assert refusal(method, headers) is None, who


def test_null_is_refused_even_when_somebody_configured_it() -> None:
    """A sandboxed frame of any site sends it."""
    with pytest.raises(AccessRefused):
        guard(request("POST", {"origin": "null"}), ["null"])


def test_no_origins_configured_lets_no_older_browser_in() -> None:
    with pytest.raises(AccessRefused):
        guard(request("POST", {"origin": "https://id.example"}), ())


@pytest.mark.parametrize("name", ["sec-fetch-site", "origin"])
def test_a_header_that_came_twice_decides_nothing(name: str) -> None:
    twice = RequestView("POST", headers=[(name, "same-origin"), (name, "cross-site")])
    with pytest.raises(RequestRefused):
        guard(twice, OURS)


def test_one_text_is_no_collection_of_origins() -> None:
    """`in` would find `https://id.example` inside `https://id.example.org`."""
    with pytest.raises(Misuse):
        guard(request("POST", {"origin": "https://id.example"}), "https://id.example.org")


@pytest.mark.parametrize(
    ("method", "headers", "looking"),
    [
        ("GET", {"sec-fetch-mode": "navigate"}, True),
        ("GET", {"sec-fetch-mode": "navigate", "accept": "*/*"}, True),
        ("GET", {"accept": "text/html,application/xhtml+xml"}, True),
        ("GET", {"accept": "TEXT/HTML"}, True),
        ("GET", {"sec-fetch-mode": "cors", "accept": "text/html"}, False),
        ("GET", {"sec-fetch-mode": "websocket"}, False),
        ("GET", {"accept": "*/*"}, False),
        ("GET", {"accept": "application/json"}, False),
        ("GET", {}, False),
        ("POST", {"sec-fetch-mode": "navigate", "accept": "text/html"}, False),
        ("HEAD", {"accept": "text/html"}, False),
        ("WEBSOCKET", {"accept": "text/html"}, False),
    ],
)
def test_a_navigation_is_told_from_a_call(method: str, headers: dict[str, str], looking: bool) -> None:
    assert is_navigation(request(method, headers)) is looking
