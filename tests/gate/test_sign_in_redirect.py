"""A person who only has to sign in is sent to the sign-in page; nobody else is."""

from urllib.parse import parse_qs, urlsplit

import pytest

from gatepass.gate import Gate
from gatepass.http.answers import Answer
from gatepass.http.refusals import AccessRefused
from gatepass.http.view import RequestView
from gatepass.jose import TokenRefused
from gatepass.kernel.errors import GatepassError
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP

NAVIGATES = ("sec-fetch-mode", "navigate")
HTML = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
MISSING = AccessRefused("credential_required")


def answer(view: RequestView, error: GatepassError = MISSING, login_url: str = "/login") -> Answer:
    return Gate(trust=TestIssuer(), audience=SHOP, login_url=login_url).answer(error, view)


def where(answer: Answer) -> str:
    return dict(answer.headers)["location"]


@pytest.mark.parametrize("header", [NAVIGATES, HTML])
def test_a_navigation_goes_to_the_sign_in_page_and_comes_back(header: tuple[str, str]) -> None:
    sent = RequestView("GET", "/orders/ä", query="page=2&x=%2F", headers=[header])
    found = answer(sent)
    assert found.status == 303
    target = urlsplit(where(found))
    assert target.path == "/login"
    assert parse_qs(target.query) == {"next": ["/orders/%C3%A4?page=2&x=%2F"]}


def test_the_page_may_be_on_another_server_and_have_a_query() -> None:
    found = answer(RequestView("GET", "/a", headers=[NAVIGATES]), login_url="https://id.example.com/login?x=1")
    assert where(found) == "https://id.example.com/login?x=1&next=%2Fa"


@pytest.mark.parametrize("error", [TokenRefused("token_expired"), AccessRefused("insufficient_user_authentication")])
def test_an_old_sign_in_is_renewed_in_the_same_way(error: GatepassError) -> None:
    assert answer(RequestView("GET", "/a", headers=[NAVIGATES]), error).status == 303


@pytest.mark.parametrize(
    "view",
    [
        RequestView("GET", "/a"),
        RequestView("GET", "/a", headers=[("sec-fetch-mode", "cors"), HTML]),
        RequestView("GET", "/a", headers=[("accept", "application/json")]),
        RequestView("POST", "/a", headers=[NAVIGATES]),
        RequestView("HEAD", "/a", headers=[NAVIGATES]),
        RequestView("WEBSOCKET", "/a", headers=[HTML]),
        RequestView("GET", "/login", headers=[NAVIGATES]),
    ],
)
def test_everything_else_gets_the_refusal(view: RequestView) -> None:
    """Programs must see the 401, and the sign-in page must not send people to itself."""
    assert answer(view).status == 401


def test_who_may_not_is_not_asked_to_sign_in_again() -> None:
    assert answer(RequestView("GET", "/a", headers=[NAVIGATES]), AccessRefused("insufficient_scope")).status == 403


@pytest.mark.parametrize("path", ["//evil.test/a", "/\\evil.test", "/a/../b", "/\x00", "/%2f%2fevil.test"])
def test_a_path_that_leads_elsewhere_is_not_passed_on(path: str) -> None:
    assert where(answer(RequestView("GET", path, headers=[NAVIGATES]))) == "/login?next=%2F"


def test_a_path_that_no_url_can_hold_does_not_stop_the_answer() -> None:
    """An ASGI server may decode a path leniently, and leave half a character in it."""
    assert where(answer(RequestView("GET", "/a\ud800", headers=[NAVIGATES]))) == "/login?next=%2Fa%253F"


def test_a_request_line_cannot_write_headers() -> None:
    sent = RequestView("GET", "/a\r\nset-cookie: x=1", query="b\r\nc", headers=[NAVIGATES])
    assert where(answer(sent)) == "/login?next=%2F"


def test_a_header_that_came_twice_is_a_refusal_like_any_other() -> None:
    assert answer(RequestView("GET", "/a", headers=[NAVIGATES, NAVIGATES])).status == 400
