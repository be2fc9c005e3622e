"""A token in a field of a form or JSON body."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.gate import BearerToken, BodyToken, Gate
from gatepass.gate.need import NeedBody
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer, decided, request

ISSUER = TestIssuer(clock=lambda: START)
GATE = Gate(trust=ISSUER, audience=SHOP, accept=[BearerToken(), BodyToken()])
TOKEN = ISSUER.token(audience=SHOP, subject="anna")
FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json; charset=utf-8")


def form(*fields: tuple[str, str]) -> RequestView:
    return request("POST", FORM, body=urlencode(fields).encode())


def code(view: RequestView) -> str:
    with pytest.raises(GatepassError) as caught:
        GATE.check(view, now=START)
    return caught.value.code


def test_a_form_field_carries_the_token() -> None:
    who = decided(GATE, form(("amount", "7"), ("token", TOKEN)))
    assert (who.subject, who.scheme) == ("anna", "body")


def test_a_json_member_carries_the_token() -> None:
    assert decided(GATE, request("POST", JSON, body=json.dumps({"token": TOKEN, "x": [1]}).encode())).subject == "anna"


def test_the_field_has_any_name() -> None:
    gate = Gate(trust=ISSUER, audience=SHOP, accept=[BodyToken(field="jwt")])
    assert decided(gate, request("PUT", FORM, body=f"jwt={TOKEN}".encode())).subject == "anna"


def test_the_body_is_read_only_when_nothing_before_it_decides() -> None:
    assert isinstance(GATE.check(request("POST", FORM), now=START), NeedBody)
    assert decided(GATE, request("POST", FORM, bearer(TOKEN))).scheme == "bearer"


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "application/json+x", ""])
def test_a_body_of_another_type_is_left_alone(kind: str) -> None:
    assert code(request("POST", ("content-type", kind))) == "credential_required"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "WEBSOCKET"])
def test_a_request_without_a_body_has_no_token_in_it(method: str) -> None:
    assert code(request(method, FORM)) == "credential_required"


@pytest.mark.parametrize(
    ("view", "refusal"),
    [
        (form(("token", TOKEN), ("token", TOKEN)), "malformed_request"),
        (form(("token", "")), "malformed_token"),
        (form(("other", TOKEN)), "credential_required"),
        (request("POST", FORM, body=b""), "credential_required"),
        (request("POST", FORM, body=b"a&" * 2_000), "malformed_request"),
        (request("POST", FORM, body=b"token=\xff"), "malformed_request"),
        (request("POST", FORM, body=b"token=%ff"), "malformed_token"),
        (request("POST", FORM, body=b"x" * 65_537), "body_too_large"),
        (request("POST", JSON, body=b""), "credential_required"),
        (request("POST", JSON, body=b"{}"), "credential_required"),
        (request("POST", JSON, body=b"[7]"), "credential_required"),
        (request("POST", JSON, body=b'{"token":7}'), "malformed_token"),
        (request("POST", JSON, body=b'{"token":"a","token":"b"}'), "duplicate_name"),
        (request("POST", JSON, body=b'{"token":'), "malformed_json"),
        (request("POST", JSON, body=b"[" * 60_000), "too_deep"),
        (request("POST", FORM, ("content-type", "text/plain"), body=b""), "malformed_request"),
    ],
)
def test_a_body_that_is_wrong_is_refused_with(view: RequestView, refusal: str) -> None:
    """The code names what is wrong; nothing of the body is repeated."""
    assert code(view) == refusal


@given(st.binary(max_size=300), st.sampled_from([FORM, JSON]))
def test_no_body_makes_the_gate_fail(body: bytes, kind: tuple[str, str]) -> None:
    """Whatever the bytes are, the answer is one of our refusals."""
    assert code(request("POST", kind, body=body))


async def test_a_body_that_nobody_can_read_holds_no_token() -> None:
    with pytest.raises(GatepassError, match="credential_required"):
        await GATE.admit(request("POST", FORM))
