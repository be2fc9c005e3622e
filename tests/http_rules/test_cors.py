"""Front-ends on other origins: exact origins, bearer tokens, never the browser's credentials."""

import json

import pytest

from gatepass.http.cors import cors_headers, is_preflight, preflight_answer
from gatepass.http.refusals import RequestRefused
from gatepass.http.view import RequestView

LISTED = ["https://app.example", "http://app.localhost:5173"]
STRANGERS = [
    "https://evil.example",
    "https://app.example.evil.example",
    "https://app.exampl",
    "https://app.example/",
    "http://app.example",
    "HTTPS://app.example",
    "null",
    "*",
    "",
]


def request(method: str = "GET", **headers: str) -> RequestView:
    return RequestView(method, "/api/me", headers=[(name.replace("_", "-"), value) for name, value in headers.items()])


def preflight(origin: str) -> RequestView:
    return request(
        "OPTIONS",
        origin=origin,
        access_control_request_method="POST",
        access_control_request_headers="authorization",
    )


@pytest.mark.parametrize("origin", LISTED)
def test_a_listed_origin_is_named_back(origin: str) -> None:
    headers = dict(cors_headers(request(origin=origin), LISTED))
    assert headers == {
        "vary": "Origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "Retry-After, WWW-Authenticate",
    }


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_stranger_is_not_named_but_caches_are_still_told(origin: str) -> None:
    """Else a cache could hand the answer for a listed origin to a stranger, or the reverse."""
    assert cors_headers(request(origin=origin), [*LISTED, "null"]) == [("vary", "Origin")]


def test_one_text_lists_no_origin() -> None:
    """`in` would find the origin inside a longer one."""
    assert cors_headers(request(origin="https://app.example"), "https://app.example.org") == [("vary", "Origin")]


def test_a_request_without_origin_is_answered_alike() -> None:
    assert cors_headers(request(), LISTED) == [("vary", "Origin")]


def test_an_origin_that_came_twice_is_refused() -> None:
    twice = RequestView(headers=[("origin", LISTED[0]), ("origin", LISTED[0])])
    with pytest.raises(RequestRefused):
        cors_headers(twice, LISTED)


def test_a_preflight_of_a_listed_origin_learns_what_it_may_do() -> None:
    answer = preflight_answer(preflight(LISTED[0]), LISTED)
    assert (answer.status, answer.body) == (204, b"")
    assert dict(answer.headers) == {
        "vary": "Origin",
        "access-control-allow-origin": LISTED[0],
        "access-control-allow-methods": "GET, POST, PATCH, DELETE",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
    }


def test_the_methods_of_a_path_can_be_told() -> None:
    answer = preflight_answer(preflight(LISTED[0]), LISTED, methods=["GET"])
    assert dict(answer.headers)["access-control-allow-methods"] == "GET"


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_preflight_of_a_stranger_is_refused(origin: str) -> None:
    answer = preflight_answer(preflight(origin), LISTED)
    assert (answer.status, json.loads(answer.body)["error"]) == (403, "cross_site_request")
    assert ("vary", "Origin") in answer.headers
    assert not [name for name, _ in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("origin", [*LISTED, *STRANGERS])
def test_the_credentials_of_the_browser_are_never_allowed(origin: str) -> None:
    headers = [*cors_headers(request(origin=origin), LISTED), *preflight_answer(preflight(origin), LISTED).headers]
    assert "access-control-allow-credentials" not in dict(headers)
    assert ("access-control-allow-origin", "*") not in headers


@pytest.mark.parametrize(
    ("view", "asking"),
    [
        (preflight("https://app.example"), True),
        (preflight("https://evil.example"), True),
        (request("OPTIONS"), False),
        (request("OPTIONS", origin="https://app.example"), False),
        (request("OPTIONS", access_control_request_method="POST"), False),
        (request("POST", origin="https://app.example", access_control_request_method="POST"), False),
    ],
)
def test_a_preflight_is_told_from_other_requests(view: RequestView, asking: bool) -> None:
    assert is_preflight(view) is asking
