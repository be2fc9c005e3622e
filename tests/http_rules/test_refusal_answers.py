"""Refusals as HTTP answers: one shape, the right challenge, nothing that could split a header."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.http.answers import TOKEN_CODES, Answer, challenge, refusal_answer
from gatepass.http.refusals import AccessRefused, NotFound, RequestRefused
from gatepass.jose.errors import TokenRefused
from gatepass.kernel.errors import Conflict, GatepassError, Misuse, Refused, Unavailable


class Busy(Unavailable):
    """A part is full."""

    codes = {"busy": (503, "Too much to do.")}


class Throttled(Refused):
    """Too many tries."""

    codes = {"throttled": (429, "Too many attempts.")}

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("throttled", detail="from 192.0.2.7")
        self.retry_after = retry_after


class Elsewhere(Refused):
    """A code that tokens have too, with another meaning."""

    codes = {"wrong_type": (400, "The file has a wrong type.")}


class Taken(Conflict):
    """A name is taken."""

    codes = {"name_taken": (409, "This name is taken.")}


def sent(answer: Answer) -> dict[str, str]:
    """The headers by name; none comes twice."""
    assert len(dict(answer.headers)) == len(answer.headers)
    return dict(answer.headers)


def said(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_a_request_without_credential_gets_a_bare_challenge() -> None:
    """RFC 6750 section 3.1: no error is named to who has not even tried."""
    answer = refusal_answer(AccessRefused("credential_required"))
    assert (answer.status, sent(answer)["www-authenticate"]) == (401, "Bearer")
    assert said(answer)["error"] == "credential_required"


def test_a_bare_challenge_names_the_realm_if_there_is_one() -> None:
    answer = refusal_answer(AccessRefused("credential_required"), realm="https://bank.example")
    assert sent(answer)["www-authenticate"] == 'Bearer realm="https://bank.example"'


@pytest.mark.parametrize("code", sorted(TOKEN_CODES))
def test_every_bad_token_is_an_invalid_token_with_a_reason(code: str) -> None:
    error = TokenRefused(code)
    answer = refusal_answer(error, realm="r")
    assert answer.status == 401
    assert said(answer) == {"error": "invalid_token", "error_description": error.message, "reason": code}
    told = f'Bearer realm="r", error="invalid_token", error_description="{error.message}"'
    assert sent(answer)["www-authenticate"] == told


def test_the_token_codes_are_those_of_the_token_engine() -> None:
    assert set(TokenRefused.codes) == TOKEN_CODES


def test_another_error_of_the_same_name_is_no_invalid_token() -> None:
    answer = refusal_answer(Elsewhere("wrong_type"))
    assert (answer.status, said(answer)["error"]) == (400, "wrong_type")
    assert "www-authenticate" not in sent(answer)


def test_a_missing_scope_is_named() -> None:
    answer = refusal_answer(AccessRefused("insufficient_scope", challenge={"scope": "pension:read pension:pay"}))
    assert answer.status == 403
    assert sent(answer)["www-authenticate"].startswith('Bearer error="insufficient_scope", error_description="')
    assert sent(answer)["www-authenticate"].endswith('scope="pension:read pension:pay"')


@pytest.mark.parametrize("wanted", [{"max_age": "300"}, {"acr_values": "mfa"}, {"max_age": "300", "acr_values": "mfa"}])
def test_too_old_or_too_weak_a_sign_in_is_a_401_that_says_what_would_help(wanted: dict[str, str]) -> None:
    """RFC 9470 section 3."""
    answer = refusal_answer(AccessRefused("insufficient_user_authentication", challenge=wanted))
    told = sent(answer)["www-authenticate"]
    assert answer.status == 401
    assert told.startswith('Bearer error="insufficient_user_authentication"')
    assert all(f'{name}="{value}"' in told for name, value in wanted.items())
    assert said(answer)["error"] == "insufficient_user_authentication"


@pytest.mark.parametrize("code", ["cross_site_request", "person_required"])
def test_what_no_credential_would_change_has_no_challenge(code: str) -> None:
    answer = refusal_answer(AccessRefused(code))
    assert answer.status == 403
    assert "www-authenticate" not in sent(answer)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("malformed_request", 400),
        ("method_not_allowed", 405),
        ("body_too_large", 413),
        ("unsupported_media_type", 415),
        ("headers_too_large", 431),
    ],
)
def test_a_wrong_request_has_the_status_http_has_for_it(code: str, status: int) -> None:
    answer = refusal_answer(RequestRefused(code))
    assert (answer.status, said(answer)["error"]) == (status, code)


def test_method_not_allowed_lists_those_that_are() -> None:
    """RFC 9110 section 15.5.6."""
    assert sent(refusal_answer(RequestRefused("method_not_allowed", allow=["GET", "POST"])))["allow"] == "GET, POST"


@pytest.mark.parametrize(("error", "status"), [(Taken("name_taken"), 409), (NotFound("not_found"), 404)])
def test_a_conflict_keeps_its_status(error: GatepassError, status: int) -> None:
    answer = refusal_answer(error)
    assert (answer.status, said(answer)) == (status, {"error": error.code, "error_description": error.message})


def test_a_part_that_is_down_says_when_to_come_back() -> None:
    answer = refusal_answer(Busy("busy", retry_after=7))
    assert (answer.status, sent(answer)["retry-after"]) == (503, "7")


@pytest.mark.parametrize(("retry_after", "told"), [(30, "30"), (0, "1"), (0.4, "1"), (None, None)])
def test_a_throttled_caller_is_told_when_to_come_back(retry_after: float | None, told: str | None) -> None:
    answer = refusal_answer(Throttled(retry_after))
    assert (answer.status, sent(answer).get("retry-after")) == (429, told)


@pytest.mark.parametrize("error", [Misuse("The key file SECRET is empty."), ValueError("SECRET"), KeyError("SECRET")])
def test_our_own_mistakes_are_a_server_error_without_details(error: Exception) -> None:
    answer = refusal_answer(error, realm="r")
    assert answer.status == 500
    assert said(answer) == {"error": "server_error", "error_description": "Something went wrong on our side."}
    assert b"SECRET" not in answer.body
    assert "SECRET" not in str(answer.headers)


def test_what_the_operator_needs_to_know_is_not_sent() -> None:
    answer = refusal_answer(Throttled(1))
    assert "192.0.2.7" not in str(answer)


@pytest.mark.parametrize("error", [TokenRefused("bad_signature"), Busy("busy"), NotFound("not_found"), ValueError()])
def test_every_refusal_is_json_that_nobody_keeps_or_takes_for_a_page(error: Exception) -> None:
    headers = sent(refusal_answer(error))
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


SPLITTING = ["a\r\nSet-Cookie: x=1", "a\nb", "a\rb", "a\0b", "a\x7fb", "\u2028", "caf\u00e9", "\ud800", "\u560a"]


@pytest.mark.parametrize("realm", SPLITTING)
def test_a_realm_that_cannot_stand_in_a_header_is_our_own_mistake(realm: str) -> None:
    assert refusal_answer(AccessRefused("credential_required"), realm=realm).status == 500


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a\r\nb", 'a"', "\u00e9"])
def test_a_challenge_parameter_needs_a_proper_name(name: str) -> None:
    assert refusal_answer(AccessRefused("insufficient_scope", challenge={name: "x"})).status == 500


def test_quotes_and_backslashes_do_not_end_a_quoted_value() -> None:
    assert challenge('a"b\\c', {}) == 'Bearer realm="a\\"b\\\\c"'


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_whatever_it_is_given_an_answer_comes_out_with_clean_headers(realm: str, extra: dict[str, str]) -> None:
    answer = refusal_answer(AccessRefused("insufficient_scope", challenge=extra), realm=realm)
    assert answer.status in (403, 500)
    assert all(0x20 <= ord(letter) < 0x7F for _, value in answer.headers for letter in value)


@pytest.mark.parametrize("value", SPLITTING)
def test_an_answer_with_a_header_that_splits_cannot_be_made(value: str) -> None:
    with pytest.raises(Misuse):
        Answer(303, (("location", value),))


@pytest.mark.parametrize("name", ["", "x y", "x:", "x\r\ny", "\u00e9"])
def test_an_answer_with_a_broken_header_name_cannot_be_made(name: str) -> None:
    with pytest.raises(Misuse):
        Answer(200, ((name, "x"),))
