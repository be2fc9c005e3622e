"""Chapter five: how a token ends, and what follows it."""

from concurrent.futures import ThreadPoolExecutor

from gatepass import Key, KeySet, Secret
from gatepass.demo.clock import now
from gatepass.demo.story.acts import Ask, asks, does, patiently
from gatepass.demo.story.asking import (
    BANK,
    CHAT,
    ISSUER,
    RETIREMENT,
    SHARED_BY,
    TOWN_SECRET,
    Where,
    page,
    published,
    shows,
)
from gatepass.demo.story.browser import YOU, Exchange, Request
from gatepass.demo.story.checks import expect, refused, require, require_status, tokens_given, tokens_in
from gatepass.demo.story.scenes.beginnings import with_a_token
from gatepass.demo.story.step import Chapter, Code, Scene, Seen, Step
from gatepass.demo.story.visit import Visit
from gatepass.jose import Verifier

NEXT_LOOK = 6.0
"""Seconds within which every service has asked which tokens were taken back; it does so every five."""

ACCOUNT: Where = page(ISSUER, "/account")


def _refreshes(who: str = YOU) -> Ask:
    return lambda visit: _to_issuer(visit, "/api/refresh", visit.refresh, who)


def _stolen(visit: Visit) -> Request:
    return _to_issuer(visit, "/api/refresh", visit.first_refresh, "a thief")


def _to_issuer(visit: Visit, path: str, token: str, who: str = YOU) -> Request:
    return Request("POST", visit.places.issuer + path, json={"refresh_token": token}, cookies=False, who=who)


def _two_tabs(visit: Visit) -> Seen:
    requests = [_refreshes()(visit), _refreshes("another tab")(visit)]
    with ThreadPoolExecutor(len(requests)) as tabs:
        one, other = tabs.map(visit.send, requests)
    _, successor = tokens_in(other, visit)
    seen = tokens_given(one, visit)
    require(successor == visit.refresh, "The tabs got different refresh tokens.")
    return Seen(f"{seen}, twice, and the same refresh token")


def _still_good(exchange: Exchange, visit: Visit) -> str:
    require_status(exchange, 200)
    keys = KeySet.from_jwks(exchange.text.encode())
    if visit.places.shared_secret:
        keys = KeySet([Key.from_secret(Secret.env(TOWN_SECRET), alg="HS256", kid=SHARED_BY)])
    verifier = Verifier(keys, issuer=visit.places.issuer, audience=visit.places.bank, typ="at+jwt")
    claims = verifier.verify(visit.access, now=now())
    return f"accepted, for another {claims['exp'] - now():.0f} s"


REFRESH = Scene(
    "refresh",
    "Refresh, and a thief",
    "An access token lives five minutes. Do you sign in every five minutes?",
    (
        with_a_token(
            "sign-in",
            "You sign in: a second token comes along, the refresh token",
            "It goes to the auth server only, and lasts for days.",
        ),
        Step(
            "refresh",
            "You trade the refresh token for a new pair",
            "Each refresh token is good for one trade, so a copy cannot go unnoticed for long.",
            asks(_refreshes(), tokens_given),
            ("id",),
            page(CHAT),  # which has a button for it
            Code("9_refresh_and_sign_out.py", "const trade = ({refresh_token})"),
        ),
        Step(
            "two-tabs",
            "Two tabs do it in the same moment",
            "Both get the same successor: an answer that got lost may be asked for again for half a minute.",
            does(_two_tabs),
            ("id", "id"),
            code=Code("9_refresh_and_sign_out.py", "await Promise.all("),
        ),
        Step(
            "later",
            "You refresh once more, as time goes by",
            "The refresh token of your first sign-in is now several steps behind.",
            asks(_refreshes(), tokens_given),
            ("id",),
            code=Code("9_refresh_and_sign_out.py", "const newest = await trade(third)"),
        ),
        Step(
            "thief",
            "A thief comes with a copy of your first refresh token: refused",
            "Nobody uses such an old one by mistake, so there must be a copy.",
            asks(_stolen, refused(400, "invalid_grant")),
            ("id",),
            code=Code("9_refresh_and_sign_out.py", 'tell("thief"'),
        ),
        Step(
            "all-ended",
            "Your newest refresh token is refused now, too",
            "Nobody can tell the thief from you, so all of it ends; you can sign in again, and the thief cannot.",
            asks(_refreshes(), refused(400, "invalid_grant")),
            ("id",),
            page(ISSUER, "/login"),
            Code("9_refresh_and_sign_out.py", 'tell("newest"'),
        ),
    ),
    picture="refresh-family",
    watched=("id",),
)


SIGN_OUT = Scene(
    "sign-out",
    "Sign out",
    "You sign out. Does the token, which nobody remembers, know about that?",
    (
        with_a_token("sign-in", "You sign in and get a token", "It says where its bit in the status list is."),
        Step(
            "sign-out",
            "You sign out",
            "Your session at the auth server ends, with everything that hangs on it.",
            asks(lambda visit: _to_issuer(visit, "/api/logout", visit.refresh), expect(204)),
            ("id",),
            ACCOUNT,
            Code("9_refresh_and_sign_out.py", 'await post("logout"'),
        ),
        Step(
            "lives-on",
            "A server that only checks signature and expiry still accepts the token",
            "This is the old complaint about tokens: five minutes are short, but they are not nothing.",
            asks(published("a program"), _still_good),
            ("id",),
            page(ISSUER, "/keys"),
            Code("5_middleware.py", "verifier = Verifier(KeySet([key])"),
        ),
        Step(
            "bank",
            "Seconds later the bank refuses it",
            "It asks every five seconds which tokens were taken back: one question for all of them.",
            patiently(asks(shows(BANK), refused(401, "token_revoked")), NEXT_LOOK),
            ("bank-1",),
            page(BANK),
            Code("9_refresh_and_sign_out.py", "gate = Gate(trust=auth.issuer"),
        ),
        Step(
            "retirement",
            "So does the retirement site, which nobody told",
            "Each service asks for itself, and none of them asks once per request.",
            patiently(asks(shows(RETIREMENT), refused(401, "token_revoked")), NEXT_LOOK),
            ("retirement",),
            page(RETIREMENT),
            Code("9_refresh_and_sign_out.py", "gate = Gate(trust=auth.issuer"),
        ),
        Step(
            "no-refresh",
            "Your refresh token is refused",
            "Nothing new can be had from a session that has ended.",
            asks(_refreshes(), refused(400, "invalid_grant")),
            ("id",),
            page(ISSUER, "/login"),
            Code("9_refresh_and_sign_out.py", 'tell("refresh after sign-out"'),
        ),
    ),
    picture="status-list",
    watched=("id", "bank-1", "retirement"),
)


CHAPTER = Chapter("The end of a token", (REFRESH, SIGN_OUT))
