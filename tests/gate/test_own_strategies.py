"""Anybody's own way to recognise who is asking."""

from typing import Any

import pytest

from gatepass.gate import BearerToken, Gate, Identity
from gatepass.http.view import RequestView
from gatepass.jose import TokenRefused
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer, request

ISSUER = TestIssuer(clock=lambda: START)
KEYS = {"s3cret": Identity("warehouse", scopes=frozenset({"stock:read"}))}


class ApiKey:
    """Ten lines are enough."""

    scheme = "api-key"

    async def __call__(self, request: RequestView) -> Identity | None:
        key = request.header("x-api-key")
        if key is None:
            return None
        if key not in KEYS:
            raise TokenRefused("malformed_token")
        return KEYS[key]


class OldCookie:
    """A cookie from before, or the header that replaced it."""

    scheme = "old"

    async def __call__(self, request: RequestView) -> Identity | None:
        who = request.header("x-user") or request.cookie("old")
        return Identity(who, scheme="mine") if who else None


class NotMine:
    """Looks into the cookies and finds nothing that it knows."""

    scheme = "not-mine"

    async def __call__(self, request: RequestView) -> Identity | None:
        assert request.cookie("other")
        return None


class RawCookies:
    """Reads the header itself, for a cookie format of its own."""

    scheme = "raw"

    async def __call__(self, request: RequestView) -> Identity | None:
        return Identity("raw") if request.header("Cookie") else None


class Careless:
    scheme = "careless"

    async def __call__(self, request: RequestView) -> Any:
        return True


def gate(*strategies: Any) -> Gate:
    return Gate(trust=ISSUER, audience=SHOP, accept=[BearerToken(), *strategies], clock=lambda: START)


async def code(gate: Gate, view: RequestView) -> str:
    with pytest.raises(GatepassError) as caught:
        await gate.admit(view)
    return caught.value.code


async def test_an_api_key_in_ten_lines() -> None:
    who = await gate(ApiKey()).admit(request("POST", ("x-api-key", "s3cret")))
    assert (who.subject, who.scheme) == ("warehouse", "api-key")


async def test_requirements_hold_for_it_too() -> None:
    guarded = gate(ApiKey())
    with pytest.raises(GatepassError, match="insufficient_scope"):
        await guarded.admit(request("GET", ("x-api-key", "s3cret")), guarded.requirement(scope="stock:write"))


async def test_its_refusal_is_final() -> None:
    assert await code(gate(ApiKey(), OldCookie()), request("GET", ("x-api-key", "x"), ("x-user", "anna"))) == (
        "malformed_token"
    )


async def test_what_is_not_for_it_goes_to_the_next() -> None:
    assert (await gate(ApiKey(), OldCookie()).admit(request("GET", ("x-user", "anna")))).subject == "anna"
    assert await code(gate(ApiKey(), OldCookie()), request()) == "credential_required"


async def test_a_strategy_before_it_decides() -> None:
    sent = request("GET", bearer(ISSUER.token(audience=SHOP, subject="ben")), ("x-api-key", "s3cret"))
    assert (await gate(ApiKey()).admit(sent)).subject == "ben"


@pytest.mark.parametrize("strategy", [OldCookie(), RawCookies()])
async def test_a_cookie_that_it_reads_is_guarded_without_being_told(strategy: Any) -> None:
    guarded = gate(strategy)
    assert (await guarded.admit(request("GET", ("cookie", "old=anna")))).subject
    assert (await guarded.admit(request("POST", ("cookie", "old=anna"), ("origin", SHOP)))).subject
    assert await code(guarded, request("POST", ("cookie", "old=anna"))) == "cross_site_request"


async def test_a_header_that_it_reads_beside_somebody_elses_cookie_is_not_guarded() -> None:
    assert (await gate(OldCookie()).admit(request("POST", ("x-user", "anna"), ("cookie", "theme=dark")))).subject


async def test_it_may_name_its_scheme_itself() -> None:
    assert (await gate(OldCookie()).admit(request("GET", ("x-user", "anna")))).scheme == "mine"


async def test_an_answer_that_is_no_identity_lets_nobody_in() -> None:
    with pytest.raises(Misuse, match="careless"):
        await gate(Careless()).admit(request())


async def test_its_own_mistakes_are_not_taken_for_a_refusal() -> None:
    class Broken:
        scheme = "broken"

        async def __call__(self, request: RequestView) -> Identity | None:
            raise KeyError("a bug of the service")

    with pytest.raises(KeyError):
        await gate(Broken()).admit(request())


def test_a_strategy_that_is_not_async_is_misuse() -> None:
    class Blocking:
        scheme = "blocking"

        def __call__(self, request: RequestView) -> Identity | None:
            return None

    with pytest.raises(Misuse, match="async"):
        gate(Blocking())


async def test_a_cookie_in_which_nobody_was_found_does_not_decide() -> None:
    """Wherever the request comes from: the next credential counts."""
    sent = request("POST", ("cookie", "other=1"), ("x-api-key", "s3cret"), ("origin", "https://evil.example"))
    assert (await gate(NotMine(), ApiKey()).admit(sent)).subject == "warehouse"
