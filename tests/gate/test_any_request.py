"""Whatever a request looks like, it is let in or refused, and the refusal can be answered."""

from hypothesis import given
from hypothesis import strategies as st

from gatepass.gate import BearerToken, BodyToken, Gate, Identity, MemoryStore, ServerSession, TokenCookie
from gatepass.http.view import RequestView
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START

ISSUERS = [TestIssuer(name, clock=lambda: START) for name in ("https://one.test", "https://two.test")]
GATE = Gate(
    trust=ISSUERS,
    audience=SHOP,
    accept=[BearerToken(), TokenCookie(), ServerSession(MemoryStore()), BodyToken()],
    login_url="/login",
)
TOKENS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(ISSUERS).map(lambda issuer: issuer.token(audience=SHOP)),
    st.sampled_from(["a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "." * 50]),
)
VALUES = st.one_of(
    st.sampled_from(["", "null", "same-origin", "cross-site", "navigate", "text/html", "application/json", SHOP]),
    st.sampled_from(["application/x-www-form-urlencoded", "__Host-session=x", "__Host-session=x; __Host-session=y"]),
    TOKENS.map(lambda token: f"Bearer {token}"),
    TOKENS.map(lambda token: f"__Host-access_token={token}"),
    st.text(max_size=20),
)
ODD = ["/", "\\", ".", "%", "\0", "\r\n", "\ud800", "ä"]
NAMES = st.sampled_from(
    ["authorization", "cookie", "content-type", "origin", "sec-fetch-site", "sec-fetch-mode", "accept", "Cookie"]
)
LOOKS = st.sampled_from([[], [("sec-fetch-mode", "navigate")], [("accept", "text/html")]])
REQUESTS = st.builds(
    RequestView,
    st.sampled_from(["GET", "GET", "POST", "HEAD", "OPTIONS", "WEBSOCKET", "get", "BREW"]),
    st.lists(st.one_of(st.sampled_from(ODD), st.characters()), max_size=12).map(lambda parts: "/" + "".join(parts)),
    query=st.text(st.characters(max_codepoint=255), max_size=20),
    headers=st.builds(list.__add__, st.lists(st.tuples(NAMES, VALUES), max_size=4), LOOKS),
    body=st.one_of(st.binary(max_size=40), TOKENS.map(lambda token: f"token={token}".encode("utf-8", "replace"))),
)


def outcome(view: RequestView) -> Identity | int:
    """Who was let in, or the status of the answer."""
    try:
        found = GATE.check(view, now=START)
    except Misuse:
        return 500
    except GatepassError as error:
        return GATE.answer(error, view).status
    assert isinstance(found, Identity)
    return found


@given(REQUESTS)
def test_any_request_is_let_in_or_refused_and_the_refusal_answered(view: RequestView) -> None:
    found = outcome(view)
    if isinstance(found, Identity):
        assert (found.subject, found.audience) == ("test-user", (SHOP,))
    else:
        assert 300 <= found < 500
