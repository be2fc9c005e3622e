"""Reading a client's credential out of a request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.oauth.credentials import Presented, presented
from gatepass.server.oauth.errors import OAuthRefused
from tests.support.oauth import basic, raw_basic


def header(client_id: str, secret: str) -> str:
    return basic(client_id, secret)["authorization"]


def read(value: str) -> Presented | str | None:
    """The credential in a header, or the code with which it is refused."""
    try:
        return presented(value, None, None)
    except OAuthRefused as refused:
        return refused.code


def test_one_way_at_a_time_gives_one_credential() -> None:
    assert presented(header("id", "secret"), None, None) == Presented("id", "secret")
    assert presented(header("id", "secret"), "id", None) == Presented("id", "secret")
    assert presented(None, "id", "secret") == Presented("id", "secret")
    assert presented(None, "id", None) == Presented("id", None)
    assert presented(None, None, None) is None


def test_two_ways_at_once_are_refused_also_when_they_agree() -> None:
    """RFC 6749 section 2.3: never more than one method."""
    with pytest.raises(OAuthRefused, match="invalid_request"):
        presented(header("id", "secret"), "id", "secret")
    with pytest.raises(OAuthRefused, match="invalid_request"):
        presented(header("id", "secret"), "other", None)


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_what_was_form_encoded_comes_back_as_it_was(client_id: str, secret: str) -> None:
    """Colons, percent signs, blanks and every language included (RFC 6749 appendix B)."""
    assert presented(header(client_id, secret), None, None) == Presented(client_id, secret)


@given(st.binary(max_size=60))
def test_whatever_stands_in_the_header_is_a_credential_or_refused(content: bytes) -> None:
    found = read(raw_basic(content)["authorization"])
    assert found == "invalid_client" or (isinstance(found, Presented) and found.client_id and found.secret)


@given(st.text(max_size=60))
def test_whatever_the_header_is_nothing_but_our_refusal_comes_out(value: str) -> None:
    assert read(value) == "invalid_client"


def test_a_credential_does_not_show_its_secret() -> None:
    assert "hunter2" not in repr(Presented("id", "hunter2"))


@pytest.mark.parametrize(
    "credentials",
    [
        b"",
        b":",
        b"id",
        b"id:",
        b":secret",
        b"id:s%",
        b"id:s%4",
        b"id:s%zz",
        b"id:%ff",
        b"id:%c0%80",
        b"i%zzd:s",
        b"\xff:s",
    ],
)
def test_what_is_not_form_encoded_is_refused_and_not_guessed_at(credentials: bytes) -> None:
    """Two readers of one credential could otherwise take it for two clients."""
    assert read(raw_basic(credentials)["authorization"]) == "invalid_client"


def test_base64_has_one_form_and_an_end() -> None:
    assert read("Basic YTpi") == Presented("a", "b")
    assert read("Basic YTpiYw==") == Presented("a", "bc")
    for value in ("YTpi=", "YTpi==", "YTpiYw", "YTpiYw=", "YTpi YTpi", "YT.pi", "YTpiY"):
        assert read(f"Basic {value}") == "invalid_client"
    assert read("Basic " + "YTpi" * 250) == Presented("a", "b" + "a:b" * 249)
    assert read("Basic " + "YTpi" * 260) == "invalid_client"
