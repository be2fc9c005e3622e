"""One decision per request: who is let in, and what everybody else is told."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from gatepass.gate import BearerToken, Gate, TokenCookie
from gatepass.http.answers import refusal_answer
from gatepass.http.refusals import AccessRefused
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START, bearer, decided, request

ISSUER = TestIssuer(clock=lambda: START)
STRANGER = TestIssuer(clock=lambda: START)
GATE = Gate(trust=ISSUER, audience=SHOP)
COOKIE = "__Host-access_token"
SAME_ORIGIN = ("sec-fetch-site", "same-origin")


def token(**claims: Any) -> str:
    return ISSUER.token(**{"audience": SHOP, **claims})


def cookie(value: str) -> tuple[str, str]:
    return "cookie", f"{COOKIE}={value}"


def refused(view: RequestView, gate: Gate = GATE, **words: Any) -> GatepassError:
    with pytest.raises(GatepassError) as caught:
        gate.check(view, gate.requirement(**words), now=START)
    return caught.value


def test_a_good_token_becomes_an_identity() -> None:
    who = decided(GATE, request("GET", bearer(token(subject="anna", scope="a b", acr="gold", amr=["pwd", "otp"]))))
    assert (who.subject, who.issuer, who.kind, who.client) == ("anna", "https://issuer.test", "person", "test-client")
    assert (set(who.scopes), who.audience, who.scheme) == ({"a", "b"}, (SHOP,), "bearer")
    assert (who.auth_time, who.expires_at, who.acr, who.amr) == (START, START + 300, "gold", ("pwd", "otp"))
    assert who.claims["jti"]
    assert who.session == who.claims["sid"]


def test_claims_of_ones_own_reach_the_route() -> None:
    assert decided(GATE, request("GET", bearer(token(tenant="acme")))).claims["tenant"] == "acme"


def test_what_a_route_does_with_claims_does_not_reach_the_next_request() -> None:
    sent = request("GET", bearer(token(roles=["user"])))
    decided(GATE, sent).claims["roles"].append("admin")
    assert decided(GATE, sent).claims["roles"] == ["user"]


def test_a_token_in_the_cookie_is_accepted_on_a_safe_method() -> None:
    assert decided(GATE, request("GET", cookie(token()))).scheme == "cookie"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_written_in_any_case(scheme: str) -> None:
    assert decided(GATE, request("GET", ("authorization", f"{scheme} {token()}"))).subject == "test-user"


REFUSALS: dict[str, tuple[Callable[[], RequestView], int, str]] = {
    "no credential": (lambda: request(), 401, "credential_required"),
    "another scheme": (lambda: request("GET", ("authorization", "Basic YTpi")), 401, "credential_required"),
    "a scheme that begins like ours": (
        lambda: request("GET", ("authorization", f"Bearerx {token()}")),
        401,
        "credential_required",
    ),
    "a token bound to a key, with its own scheme": (
        lambda: request("GET", ("authorization", f"DPoP {token()}")),
        401,
        "credential_required",
    ),
    "a token in the query": (
        lambda: RequestView("GET", "/", query=f"access_token={token()}"),
        401,
        "credential_required",
    ),
    "a scheme without a token": (lambda: request("GET", ("authorization", "Bearer ")), 401, "malformed_token"),
    "no token at all": (lambda: request("GET", bearer("abc")), 401, "malformed_token"),
    "two tokens": (lambda: request("GET", bearer(f"{token()} {token()}")), 401, "malformed_token"),
    "two headers": (lambda: request("GET", bearer(token()), bearer(token())), 400, "malformed_request"),
    "two cookies": (lambda: request("GET", cookie(token()), cookie(token())), 400, "malformed_request"),
    "a stranger's key": (lambda: request("GET", bearer(STRANGER.token(audience=SHOP))), 401, "unknown_key"),
    "a changed payload": (lambda: request("GET", bearer(changed(token(), 1))), 401, "bad_signature"),
    "a changed signature": (lambda: request("GET", bearer(changed(token(), 2))), 401, "bad_signature"),
    "no signature": (lambda: request("GET", bearer("eyJhbGciOiJub25lIn0.e30.")), 401, "unknown_key"),
    "an expired token": (lambda: request("GET", bearer(token(lifetime=-1))), 401, "token_expired"),
    "a token for later": (lambda: request("GET", bearer(token(nbf=START + 60))), 401, "token_not_yet_valid"),
    "another issuer's name": (lambda: request("GET", bearer(token(iss="https://evil.test"))), 401, "wrong_issuer"),
    "another audience": (lambda: request("GET", bearer(token(audience="https://bank.test"))), 401, "wrong_audience"),
    "an ID token": (lambda: request("GET", bearer(token(typ="JWT"))), 401, "wrong_type"),
    "no type": (lambda: request("GET", bearer(token(typ=None))), 401, "wrong_type"),
    "no client": (lambda: request("GET", bearer(token(client_id=None))), 401, "missing_claim"),
    "no end": (lambda: request("GET", bearer(token(exp=None))), 401, "missing_claim"),
    "a session that is no text": (lambda: request("GET", bearer(token(sid=7))), 401, "bad_claim"),
    "a sign-in time that is text": (lambda: request("GET", bearer(token(auth_time="now"))), 401, "bad_claim"),
    "a token bound to a key": (lambda: request("GET", bearer(token(cnf={"jkt": "x"}))), 401, "bad_claim"),
    "a client's own token": (
        lambda: request("GET", bearer(token(subject="robot", client_id="robot"))),
        403,
        "person_required",
    ),
}


def changed(text: str, part: int) -> str:
    """The token with one character of a part changed, away from its last, where bits may be unused."""
    parts = text.split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    return ".".join(parts)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_request_is_refused_with(name: str) -> None:
    """The status and the code that the table says."""
    build, status, code = REFUSALS[name]
    error = refused(build())
    assert (error.status, error.code) == (status, code)


def test_no_credential_is_answered_with_a_bare_challenge() -> None:
    answer = refusal_answer(refused(request()))
    assert dict(answer.headers)["www-authenticate"] == "Bearer"


def test_a_bad_token_is_named_invalid_token_with_the_reason_beside() -> None:
    answer = GATE.answer(refused(request("GET", bearer(token(lifetime=-1)))), request())
    assert b'"error":"invalid_token"' in answer.body
    assert b'"reason":"token_expired"' in answer.body
    assert 'error="invalid_token"' in dict(answer.headers)["www-authenticate"]


def test_the_header_decides_before_the_cookie() -> None:
    sent = request("GET", bearer(token(subject="anna")), cookie(token(subject="ben")))
    assert decided(GATE, sent).subject == "anna"


def test_a_bad_header_is_final_even_beside_a_good_cookie() -> None:
    assert refused(request("GET", bearer("abc"), cookie(token()))).code == "malformed_token"


def test_the_order_of_accept_decides() -> None:
    gate = Gate(trust=ISSUER, audience=SHOP, accept=[TokenCookie(), BearerToken()])
    sent = request("GET", bearer(token(subject="anna")), cookie(token(subject="ben")))
    assert decided(gate, sent).subject == "ben"


def test_the_plain_cookie_name_is_never_read_on_https() -> None:
    assert refused(request("GET", ("cookie", f"access_token={token()}"))).code == "credential_required"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "WEBSOCKET", "ANYTHING"])
@pytest.mark.parametrize(
    "headers",
    [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "https://evil.test")],
        [("origin", "null")],
        [],
    ],
)
def test_a_cookie_pays_for_no_change_that_another_site_asks_for(method: str, headers: list[tuple[str, str]]) -> None:
    assert refused(request(method, cookie(token()), *headers)).code == "cross_site_request"


@pytest.mark.parametrize("header", [SAME_ORIGIN, ("sec-fetch-site", "none"), ("origin", SHOP)])
@pytest.mark.parametrize("method", ["POST", "WEBSOCKET"])
def test_a_cookie_pays_for_changes_on_our_own_pages(method: str, header: tuple[str, str]) -> None:
    assert decided(GATE, request(method, cookie(token()), header)).scheme == "cookie"


def test_further_origins_of_our_own_may_change_things() -> None:
    gate = Gate(trust=ISSUER, audience=SHOP, origins=["https://admin.example.com"])
    assert decided(gate, request("POST", cookie(token()), ("origin", "https://admin.example.com")))


def test_a_token_in_the_header_is_good_from_anywhere() -> None:
    """Browsers do not send it by themselves, so another site cannot make them."""
    assert decided(GATE, request("POST", bearer(token()), ("sec-fetch-site", "cross-site")))


def test_another_site_learns_nothing_about_the_cookie() -> None:
    """The guard comes before the token is looked at."""
    assert refused(request("POST", cookie("abc"))).code == "cross_site_request"


@pytest.mark.parametrize(
    ("words", "status", "code", "parameters"),
    [
        ({"scope": "a c"}, 403, "insufficient_scope", {"scope": "a c"}),
        ({"scope": ["c"]}, 403, "insufficient_scope", {"scope": "c"}),
        ({"any_scope": "c d"}, 403, "insufficient_scope", {"scope": "c d"}),
        ({"fresh": "5m"}, 401, "insufficient_user_authentication", {"max_age": "300"}),
        ({"fresh": 60}, 401, "insufficient_user_authentication", {"max_age": "60"}),
        ({"acr": ["gold", "platinum"]}, 401, "insufficient_user_authentication", {"acr_values": "gold platinum"}),
    ],
)
def test_what_a_route_asks_is_told(words: dict[str, Any], status: int, code: str, parameters: dict[str, str]) -> None:
    error = refused(request("GET", bearer(token(scope="a b", auth_time=START - 301, acr="silver"))), **words)
    assert (error.status, error.code) == (status, code)
    assert isinstance(error, AccessRefused)
    assert error.challenge == parameters


@pytest.mark.parametrize(
    "words",
    [{"scope": "a b"}, {"any_scope": "b c"}, {"fresh": "5m"}, {"acr": "gold silver"}, {"clients": True}, {}],
)
def test_who_meets_it_is_let_in(words: dict[str, Any]) -> None:
    sent = request("GET", bearer(token(scope="a b", auth_time=START - 300, acr="silver")))
    assert decided(GATE, sent, GATE.requirement(**words)).subject == "test-user"


def test_a_token_that_hides_its_sign_in_time_is_not_fresh() -> None:
    assert refused(request("GET", bearer(token(auth_time=None))), fresh="1d").status == 401


@pytest.mark.parametrize(("ahead", "fresh"), [(60, True), (61, False), (86_400, False)])
def test_a_sign_in_in_the_future_is_not_fresh(ahead: int, fresh: bool) -> None:
    """Clocks differ a little; more than that, and nobody knows how long ago it was."""
    sent = request("GET", bearer(token(auth_time=START + ahead)))
    if fresh:
        assert decided(GATE, sent, GATE.requirement(fresh="5m")).auth_time == START + ahead
    else:
        assert refused(sent, fresh="5m").code == "insufficient_user_authentication"


def test_a_client_is_let_in_where_clients_are_welcome() -> None:
    sent = request("GET", bearer(token(subject="robot", client_id="robot")))
    assert decided(GATE, sent, GATE.requirement(clients=True)).kind == "client"


def test_a_gate_may_have_several_names() -> None:
    gate = Gate(trust=ISSUER, audience=["shop", SHOP])
    assert decided(gate, request("GET", bearer(token(audience=["other", "shop"])))).audience == ("other", "shop")


def test_tokens_of_issuers_without_the_profile_pass_when_one_says_so() -> None:
    gate = Gate(trust=ISSUER, audience=SHOP, typ="JWT")
    plain = ISSUER.token(audience=SHOP, typ="JWT", client_id=None, jti=None, scope="a")
    assert decided(gate, request("GET", bearer(plain))).scopes == {"a"}
    assert refused(request("GET", bearer(token())), gate).code == "wrong_type"


def test_clocks_may_differ_by_the_leeway() -> None:
    gate = Gate(trust=ISSUER, audience=SHOP, leeway=10)
    assert decided(gate, request("GET", bearer(token(lifetime=-5))))


def test_a_remembered_token_expires_like_any_other() -> None:
    sent = request("GET", bearer(token()))
    decided(GATE, sent)
    with pytest.raises(GatepassError, match="token_expired"):
        GATE.check(sent, now=START + 300)


def test_an_identity_shows_no_personal_data_and_no_token() -> None:
    sent = token(email="anna@example.com", name="Anna")
    shown = repr(decided(GATE, request("GET", bearer(sent))))
    assert "anna@example.com" not in shown
    assert "Anna" not in shown
    assert sent not in shown


def test_an_identity_can_be_copied_and_sent_but_not_changed() -> None:
    who = decided(GATE, request("GET", bearer(token(tenant="acme"))))
    for other in (copy.deepcopy(who), pickle.loads(pickle.dumps(who))):
        assert other == who
        assert hash(other) == hash(who)
        with pytest.raises(TypeError):
            other.claims["tenant"] = "evil"  # type: ignore[index]
    with pytest.raises(AttributeError):
        who.subject = "ben"  # type: ignore[misc]
