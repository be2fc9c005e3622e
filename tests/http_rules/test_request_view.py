"""One request, read one way: what two readers could read differently is refused."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.http.refusals import RequestRefused
from gatepass.http.view import MAX_COOKIE_CHARACTERS, RequestView

ONCE_ONLY = ["authorization", "content-length", "content-type", "host", "origin", "sec-fetch-site", "x-api-key"]
LISTS = ["accept", "if-none-match", "x-forwarded-for", "x-forwarded-proto"]
Pairs = list[tuple[str, str]]
Reader = Callable[[RequestView, str], str | None]
HEADERS = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40)), max_size=8)


def scope(*headers: tuple[bytes, bytes], **changes: Any) -> dict[str, Any]:
    """An ASGI scope as a server hands it over."""
    given: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "path": "/pension",
        "query_string": b"year=2040",
        "headers": list(headers),
        "client": ("192.0.2.7", 50000),
    }
    return given | changes


def view_of(*headers: tuple[str, str]) -> RequestView:
    return RequestView(headers=headers)


def code_of(refused: pytest.ExceptionInfo[RequestRefused]) -> str:
    return refused.value.code


def test_a_scope_is_read_as_values() -> None:
    view = RequestView.from_scope(scope((b"host", b"bank.example")))
    assert (view.method, view.scheme, view.path, view.query) == ("GET", "https", "/pension", "year=2040")
    assert (view.peer, view.body, view.header("host")) == ("192.0.2.7", None, "bank.example")


def test_a_websocket_handshake_has_a_method_of_its_own() -> None:
    """It must not pass for the GET it travels in: it lets scripts write."""
    handshake = scope(type="websocket", scheme="wss")
    del handshake["method"]
    view = RequestView.from_scope(handshake)
    assert (view.method, view.scheme) == ("WEBSOCKET", "wss")


@pytest.mark.parametrize("client", [None, ("", 0)])
def test_a_connection_without_address_has_no_peer(client: object) -> None:
    assert RequestView.from_scope(scope(client=client)).peer is None


def test_what_a_server_may_leave_out_has_a_default() -> None:
    bare = {"type": "http", "method": "get", "path": "/", "headers": iter([(b"host", b"a")])}
    view = RequestView.from_scope(bare)
    assert (view.method, view.scheme, view.query, view.peer) == ("GET", "http", "", None)
    assert [view.header("host"), view.header("host")] == ["a", "a"]


def test_a_missing_header_is_none() -> None:
    assert view_of(("Host", "a")).header("authorization") is None


def test_header_names_have_no_case() -> None:
    assert view_of(("AUTHORIZATION", "Bearer x")).header("Authorization") == "Bearer x"


def test_blanks_around_a_value_are_not_part_of_it() -> None:
    assert view_of(("host", " \t a \t")).header("host") == "a"


@pytest.mark.parametrize("name", ONCE_ONLY)
def test_a_header_that_may_come_once_is_refused_when_it_comes_twice(name: str) -> None:
    """A proxy may have read the first and we the last."""
    with pytest.raises(RequestRefused) as refused:
        view_of((name, "one"), (name.upper(), "two")).header(name)
    assert code_of(refused) == "malformed_request"


@pytest.mark.parametrize("name", ONCE_ONLY)
def test_the_same_value_twice_is_refused_as_well(name: str) -> None:
    with pytest.raises(RequestRefused):
        view_of((name, "one"), (name, "one")).header(name)


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_joined_in_order(name: str) -> None:
    assert view_of((name, "a"), ("other", "x"), (name, "b")).header(name) == "a, b"


@pytest.mark.parametrize("value", [b"a\nb", b"a\rb", b"a\r\nSet-Cookie: x=1", b"a\0b"])
def test_a_line_break_or_nul_inside_a_header_is_refused(value: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        RequestView.from_scope(scope((b"authorization", value))).header("authorization")
    assert code_of(refused) == "malformed_request"


def test_bytes_above_ascii_are_read_without_loss() -> None:
    every = bytes(range(0x80, 0x100))
    read = RequestView.from_scope(scope((b"x-any", every))).header("x-any")
    assert read is not None
    assert read.encode("latin-1") == every


def test_an_unreadable_name_is_simply_not_there() -> None:
    assert view_of(("host", "a")).header("h\ud800st") is None


@pytest.mark.parametrize("read", [RequestView.header, RequestView.cookie])
@given(headers=HEADERS, name=st.text(max_size=20))
def test_whatever_the_headers_hold_only_refusals_come_out(read: Reader, headers: Pairs, name: str) -> None:
    try:
        found = read(view_of(*headers), name)
    except RequestRefused:
        return
    assert found is None or not {"\n", "\r", "\0"} & set(found)


def test_a_cookie_is_found_among_others() -> None:
    view = view_of(("cookie", "theme=dark; session=abc; lang=en"))
    assert [view.cookie(name) for name in ("theme", "session", "lang", "none")] == ["dark", "abc", "en", None]


def test_no_cookie_header_is_no_cookie() -> None:
    assert view_of().cookie("session") is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("session=a=b==", "a=b=="),
        ("session=", ""),
        ('session="a"', '"a"'),
        (" session = a ", "a"),
        ("session=a,b", "a,b"),
        ("session=\u00e9", "\u00e9"),
        (";;; session=a;;", "a"),
        ("session", None),
        ("Session=a", None),
        ("xsession=a", None),
        ("session2=a", None),
        ("=session=a", None),
        ("other=session=a", None),
        ("other=a,session=b", None),
        ("$Version=1; $Path=/", None),
    ],
)
def test_cookies_are_told_apart_as_browsers_write_them(header: str, value: str | None) -> None:
    assert view_of(("cookie", header)).cookie("session") == value


@pytest.mark.parametrize("space", ["\xa0", "\x85", "\x1c", "\x1f", "\x0b", "\x0c"])
def test_only_blanks_and_tabs_are_trimmed_from_a_cookie_name(space: str) -> None:
    """A sibling site may set a cookie of this odd name; the browser does not see the prefix in it."""
    planted = view_of(("cookie", f"{space}__Host-session=planted; __Host-session=real"))
    assert planted.cookie("__Host-session") == "real"


@pytest.mark.parametrize(
    "headers",
    [
        [("cookie", "session=real; session=planted")],
        [("cookie", "session=real; other=1; session=real")],
        [("cookie", "session=real"), ("cookie", "session=planted")],
        [("cookie", "session=; session=real")],
    ],
)
def test_a_cookie_that_comes_twice_is_refused(headers: Pairs) -> None:
    """A sibling site or another path planted one of them, and nothing tells which."""
    with pytest.raises(RequestRefused) as refused:
        view_of(*headers).cookie("session")
    assert code_of(refused) == "malformed_request"


def test_a_cookie_that_comes_twice_does_not_harm_another() -> None:
    assert view_of(("cookie", "a=1; a=2; session=good")).cookie("session") == "good"


def test_cookie_fields_are_joined_as_http2_sends_them() -> None:
    view = view_of(("cookie", "a=1"), ("cookie", "session=good"), ("cookie", "b=2"))
    assert view.cookie("session") == "good"


def test_the_right_one_of_a_thousand_cookies_is_found() -> None:
    crowd = "; ".join(f"cookie{number}=value{number}" for number in range(1_000))
    assert view_of(("cookie", crowd)).cookie("cookie777") == "value777"


def test_a_huge_cookie_header_is_not_searched() -> None:
    crowd = "session=a; " + "x" * MAX_COOKIE_CHARACTERS
    with pytest.raises(RequestRefused) as refused:
        view_of(("cookie", crowd)).cookie("session")
    assert (code_of(refused), refused.value.status) == ("headers_too_large", 431)


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("application/x-www-form-urlencoded ;x", "application/x-www-form-urlencoded"),
        ("application/json, text/plain", "application/json, text/plain"),
        (";", ""),
        ("", ""),
    ],
)
def test_the_media_type_is_named_without_parameters(header: str, media_type: str) -> None:
    assert view_of(("content-type", header)).content_type == media_type


def test_a_request_without_media_type_has_an_empty_one() -> None:
    assert view_of().content_type == ""


def test_a_body_is_added_to_a_copy() -> None:
    before = RequestView.from_scope(scope((b"host", b"a"), method="POST"))
    after = before.with_body(b"{}")
    assert (before.body, after.body) == (None, b"{}")
    assert [getattr(after, name) for name in ("method", "scheme", "path", "query", "peer")] == [
        getattr(before, name) for name in ("method", "scheme", "path", "query", "peer")
    ]
    assert after.header("host") == "a"


def test_its_repr_holds_no_credential() -> None:
    secrets: Iterable[tuple[str, str]] = [("authorization", "Bearer SECRET"), ("cookie", "session=SECRET")]
    view = RequestView("POST", "/login", query="token=SECRET", headers=secrets, body=b"SECRET")
    assert repr(view) == "RequestView('POST', '/login')"
