"""What the steps of the story check: each thing that is wrong with an answer is noticed, and said."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gatepass.demo.places import Places
from gatepass.demo.story import checks
from gatepass.demo.story.acts import Check
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.visit import Unexpected, Visit
from gatepass.testing import TestIssuer
from tests.support.stories import visitor

PLACES = Places()
ISSUER = TestIssuer(PLACES.issuer)
COOKIE = "bank_session=" + "x" * 32
FLAGS = "; Path=/; HttpOnly; SameSite=Lax"
OURS = ISSUER.token(audience=PLACES.bank, lifetime=300)


def answer(status: int, said: Any = None, *headers: tuple[str, str], url: str = PLACES.bank) -> Exchange:
    """An answer as a server might give it."""
    return Exchange("POST", url, (), "", status, headers, json.dumps(said))


def wrong(check: Check, exchange: Exchange, visit: Visit | None = None) -> str:
    """What the check says is wrong; an empty text if nothing is."""
    try:
        check(exchange, visit or visitor(PLACES))
    except Unexpected as unexpected:
        return str(unexpected)
    return ""


def tokens(**others: Any) -> Exchange:
    """An answer with tokens, as the auth server gives it, but for these."""
    said = {"token_type": "Bearer", "access_token": OURS, "refresh_token": "r1", "expires_in": 300}
    return answer(200, said | others, ("Cache-Control", "no-store"))


def test_the_status_and_each_fact_must_be_as_expected() -> None:
    check = checks.expect(200, recognised_by="session")
    assert check(answer(200, {"recognised_by": "session"}), visitor(PLACES)) == "200, recognised by session"
    assert wrong(check, answer(200, {"recognised_by": "cookie"})) == "Expected recognised_by session, got cookie."
    assert wrong(check, answer(201, {"recognised_by": "session"})) == "Expected 200, got 201."


def test_a_refusal_must_have_the_status_and_the_reason() -> None:
    check = checks.refused(401, "token_expired")
    said = {"error": "invalid_token", "reason": "token_expired"}
    assert wrong(check, answer(401, said)) == wrong(check, answer(401, {"error": "token_expired"})) == ""
    assert wrong(check, answer(401, said | {"reason": "bad_signature"})) == "Expected token_expired, got bad_signature."
    assert wrong(check, answer(403, said)) == "Expected 401, got 403."


def test_the_id_of_a_session_is_kept_with_the_name_of_its_cookie() -> None:
    visit = visitor(PLACES)
    old = ("Set-Cookie", "access_token=; Max-Age=0" + FLAGS)
    assert wrong(checks.session_given, answer(303, None, ("Set-Cookie", COOKIE + FLAGS), old), visit) == ""
    assert (visit.session, visit.kept["session cookie"]) == ("x" * 32, "bank_session")


@pytest.mark.parametrize(
    ("status", "cookie", "url", "said"),
    [
        (200, COOKIE + FLAGS, PLACES.bank, "Expected 303, got 200."),
        (303, COOKIE[:-1] + FLAGS, PLACES.bank, "The id is so short that it could be guessed."),
        (303, COOKIE + "; SameSite=Lax", PLACES.bank, "Scripts of the page could read the cookie: it is not HttpOnly."),
        (303, COOKIE + "; HttpOnly", PLACES.bank, "The cookie is not SameSite=Lax."),
        (303, COOKIE + FLAGS, "https://bank.localhost", "The cookie is not Secure."),
    ],
)
def test_a_session_that_is_not_guarded_is_noticed(status: int, cookie: str, url: str, said: str) -> None:
    assert wrong(checks.session_given, answer(status, None, ("Set-Cookie", cookie), url=url)) == said


def test_tokens_are_kept_and_the_first_refresh_token_apart() -> None:
    visit = visitor(PLACES)
    assert checks.tokens_given(tokens(), visit) == "200, a token for 300 s"
    assert (visit.access, visit.refresh, visit.first_refresh) == (OURS, "r1", "r1")
    newer = ISSUER.token(audience=PLACES.bank, lifetime=300)
    assert wrong(checks.tokens_given, tokens(access_token=newer, refresh_token="r2"), visit) == ""
    assert (visit.access, visit.refresh, visit.first_refresh) == (newer, "r2", "r1")


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"token_type": "DPoP"}, "Expected a Bearer token, got DPoP."),
        ({"expires_in": 301}, "The token lives longer or shorter than was said."),
        ({"access_token": TestIssuer().token(audience=PLACES.bank)}, "The token was issued by somebody else."),
    ],
)
def test_tokens_that_are_not_as_they_should_be_are_noticed(others: dict[str, Any], said: str) -> None:
    assert wrong(checks.tokens_given, tokens(**others)) == said


def test_an_answer_with_tokens_is_fresh_and_kept_by_nobody_else() -> None:
    visit = visitor(PLACES)
    visit.refresh = "r1"
    for old in ("r1", ""):
        assert wrong(checks.tokens_given, tokens(refresh_token=old), visit) == "The refresh token is the old one."
    visit.access = OURS
    assert wrong(checks.tokens_given, tokens(refresh_token="r2"), visit) == "The access token is the old one."
    assert wrong(checks.tokens_given, replace(tokens(), status=201)) == "Expected 200, got 201."
    assert wrong(checks.tokens_given, replace(tokens(), received=())) == "The answer may be kept by a cache."
