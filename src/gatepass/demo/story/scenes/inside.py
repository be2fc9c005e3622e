"""Chapter two: what a cookie and a token are made of, and what happens to those who change them."""

import json
import os

from gatepass.demo.places import PASSPHRASE
from gatepass.demo.story.acts import asks, does, in_turn, showing
from gatepass.demo.story.asking import BANK, INSPECTOR, Where, page, published, shows
from gatepass.demo.story.bent import base64url, confused, decoded, unsigned
from gatepass.demo.story.browser import Exchange, Request
from gatepass.demo.story.checks import expect, refused, require, require_status
from gatepass.demo.story.scenes import expiry, recomputing
from gatepass.demo.story.scenes.beginnings import with_a_session, with_a_token
from gatepass.demo.story.sights import Lines, Table, Token
from gatepass.demo.story.step import Chapter, Code, Scene, Seen, Step
from gatepass.demo.story.visit import Visit
from gatepass.jose import Key, unverified_claims, unverified_header

ACCOUNT: Where = page(BANK, "/account")


def _look(visit: Visit) -> Seen:
    (cookie,) = visit.browser.exchanges[-1].cookies
    require("ada" not in cookie.value.lower() and PASSPHRASE not in cookie.value, "There is more in it than an id.")
    flags = Table(
        "The session cookie",
        ("What", "Value", "Meaning"),
        (
            ("Name", cookie.name, "which site's session it is"),
            ("Value", cookie.value, "32 random bytes: the key to a row in the bank's memory"),
            ("HttpOnly", "yes" if cookie.http_only else "no", "scripts of the page cannot read it"),
            ("SameSite", "Lax", "forms and scripts of other sites do not send it along"),
            (
                "Secure",
                "yes" if cookie.secure else "no",
                "sent over https only; this town runs on plain http by default",
            ),
            ("Path", cookie.path, "goes to the whole site"),
        ),
    )
    return Seen(f"{len(cookie.value)} characters, all of them random", (flags,))


def _invented(visit: Visit) -> Request:
    headers = (("Cookie", f"{visit.kept['session cookie']}={base64url(os.urandom(32))}"),)
    return Request("GET", f"{visit.places.bank}/account", headers, cookies=False, who="a thief")


def _three_parts(visit: Visit) -> Seen:
    parts = visit.access.split(".")
    header = unverified_header(visit.access)
    require(len(parts) == 3 and all(parts), "These are not three parts.")
    require(header["typ"] == "at+jwt", f"This is no access token but {header['typ']}.")
    return Seen(f"{' + '.join(str(len(part)) for part in parts)} characters, signed with {header['alg']}")


def _readable(visit: Visit) -> Seen:
    claims = decoded(visit.access.split(".")[1])
    require(claims == unverified_claims(visit.access), "Base64 alone reads something else.")
    require(PASSPHRASE not in json.dumps(claims), "The password is in the token.")
    lines = tuple(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in claims.items())
    return Seen(f"{len(claims)} claims, no password", (Lines("The payload, read by base64 alone", lines),))


def _the_same_id(exchange: Exchange, visit: Visit) -> str:
    seen = expect(200, site="bank", subject=unverified_claims(visit.access)["sub"])(exchange, visit)
    return f"{seen}, as in the token"


def _unsigned(visit: Visit) -> Request:
    return shows(BANK, token=lambda visit: unsigned(visit.access), who="a thief")(visit)


def _a_public_key(exchange: Exchange, visit: Visit) -> str:
    require_status(exchange, 200)
    kid = unverified_header(visit.access).get("kid")
    keys = exchange.json["keys"]
    chosen = next((key for key in keys if key["kid"] == kid), keys[0])
    visit.kept["public key"] = Key.from_jwk(chosen).pem()
    return f"{exchange.status}, {len(keys)} public keys"


def _confused(visit: Visit) -> Request:
    forged = confused(visit.access, visit.kept["public key"].encode())
    return shows(BANK, token=lambda _: forged, who="a thief")(visit)


def _found_out(exchange: Exchange, visit: Visit) -> str:
    # A town that shares a secret has a key for HS256, which is not this one.
    return refused(401, "bad_signature" if visit.places.shared_secret else "unknown_key")(exchange, visit)


COOKIE = Scene(
    "cookie",
    "What is in the cookie",
    "The bank gave your browser a cookie. Is your name in it?",
    (
        with_a_session(
            "sign-in",
            "You sign in at the bank",
            "The answer has a Set-Cookie header; your browser keeps it and sends it back with each request.",
        ),
        Step(
            "look",
            "You look into the cookie: an id, and nothing else",
            "It is random, so nobody can guess it, and it means something to the bank alone.",
            does(_look),
            page=ACCOUNT,
            code=Code("2_session.py", "sessions = ServerSession(MemoryStore())"),
        ),
        Step(
            "forged",
            "Somebody invents an id: refused",
            "A lesson's cookie auth=true lets everybody in; an id that the bank never gave out opens nothing.",
            asks(_invented, refused(401, "session_ended")),
            ("bank-1",),
            ACCOUNT,
            Code("1_cookie.py", 'if auth != "true":'),
        ),
    ),
    picture="session-sign-in",
    watched=("bank-1",),
)


PARTS = Scene(
    "parts",
    "What is in the token",
    "A token is a long text with two dots in it. Can anybody read it?",
    (
        with_a_token(
            "sign-in",
            "You sign in and get a token",
            "Three parts with a dot between them: header, payload, signature.",
        ),
        Step(
            "parts",
            "You take the token apart",
            "The signature is neither encrypted nor a place for secrets: it is computed over the other two parts.",
            showing(does(_three_parts), lambda visit: Token("Your token", visit.access)),
            page=INSPECTOR,
            code=Code("3_token.py", "signer = Signer("),
        ),
        Step(
            "readable",
            "You read the payload without any key",
            "Base64 is an alphabet, not a lock: whatever is in a token can be read by everybody who gets it.",
            does(_readable),
            page=INSPECTOR,
            code=Code("3_token.py", "Everyone can read the token"),
        ),
        Step(
            "who-am-i",
            "The bank answers with the id that is in the token",
            "It believes the payload, and looks nobody up, because the signature is good.",
            asks(shows(BANK), _the_same_id),
            ("bank-1",),
            ACCOUNT,
            Code("5_middleware.py", "scope.setdefault("),
        ),
    ),
    picture="token-parts",
)


ALG_NONE = Scene(
    "alg-none",
    "Who chooses the algorithm",
    "The token's header names its algorithm. What if a thief writes another one?",
    (
        with_a_token("sign-in", "You sign in and get a token", "Its header says how it was signed."),
        Step(
            "none",
            'A thief writes "alg": "none" and leaves the signature out: refused',
            "Each key belongs to one algorithm, and none to no algorithm: the token is never asked.",
            asks(_unsigned, refused(401, "unknown_key")),
            ("bank-1",),
            ACCOUNT,
            Code("5_middleware.py", "except TokenRefused as refused:"),
        ),
        Step(
            "confusion",
            "A thief signs with the public key as if it were a secret: refused",
            "Servers that let the token choose HS256 fell for this; here each key keeps to its own algorithm.",
            in_turn(asks(published("a thief"), _a_public_key), asks(_confused, _found_out)),
            ("id", "bank-1"),
            ACCOUNT,
            Code("5_middleware.py", "verifier = Verifier(KeySet([key])"),
        ),
    ),
)


CHAPTER = Chapter("Look inside", (COOKIE, PARTS, recomputing.SCENE, ALG_NONE, expiry.SCENE))
