"""What went wrong, on a page for people."""

import pytest

from gatepass.http.refusals import AccessRefused, NotFound, RequestRefused
from gatepass.kernel.errors import Misuse
from gatepass.server.users.errors import SignInRefused, UserConflict, UsersUnavailable
from gatepass.server.web.pages.errors import error_page
from gatepass.server.web.pages.render import Renderer, Site
from gatepass.server.web.pages.static import StaticFiles
from tests.support.pages import Reader

RENDER = Renderer(Site.at("https://id.example.com/auth", "Gatepass"), StaticFiles("/auth"))
SECRET = "the password is violet harbour"

CASES = [
    (RequestRefused("malformed_request"), 400),
    (AccessRefused("credential_required"), 401),
    (AccessRefused("cross_site_request"), 403),
    (SignInRefused("user_disabled"), 403),
    (NotFound("not_found"), 404),
    (RequestRefused("method_not_allowed", allow=["GET", "HEAD"]), 405),
    (UserConflict("user_changed"), 409),
    (RequestRefused("body_too_large"), 413),
    (RequestRefused("unsupported_media_type"), 415),
    (SignInRefused("throttled", retry_after=170), 429),
    (RequestRefused("headers_too_large"), 431),
    (RuntimeError(SECRET), 500),
    (Misuse(SECRET), 500),
    (UsersUnavailable("sign_in_busy", detail=SECRET, retry_after=5), 503),
]


@pytest.mark.parametrize(("error", "status"), CASES, ids=[f"{status} {error!r}"[:50] for error, status in CASES])
def test_every_refusal_has_a_page_that_says_what_to_do_next(error: Exception, status: int) -> None:
    answer = error_page(RENDER, error)
    page = Reader(bytes(answer.body).decode()).root
    assert answer.status_code == status
    assert page.one("p", **{"class": "status"}).text == f"Error {status}"
    assert page.one("h1").text
    assert page.one("a", **{"class": "button"}).attributes["href"] in ("/auth/login", "/auth/account")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("error", [case[0] for case in CASES[-3:]])
def test_what_only_the_operator_may_know_is_not_told(error: Exception) -> None:
    answer = error_page(RENDER, error, request_id="abc123")
    assert SECRET.encode() not in answer.body
    assert b"abc123" in answer.body


def test_a_mistake_of_the_visitor_needs_no_reference() -> None:
    assert b"abc123" not in error_page(RENDER, NotFound("not_found"), request_id="abc123").body


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [
        (1, "Try again in 1 second."),
        (59, "Try again in 59 seconds."),
        (60, "Try again in 1 minute."),
        (170, "Try again in 3 minutes."),
    ],
)
def test_a_pause_is_told_to_people_and_to_programs(seconds: int, sentence: str) -> None:
    answer = error_page(RENDER, SignInRefused("throttled", retry_after=seconds))
    assert answer.headers["retry-after"] == str(seconds)
    assert sentence.encode() in answer.body


def test_the_methods_that_work_are_named() -> None:
    answer = error_page(RENDER, RequestRefused("method_not_allowed", allow=["GET", "HEAD"]))
    assert answer.headers["allow"] == "GET, HEAD"
