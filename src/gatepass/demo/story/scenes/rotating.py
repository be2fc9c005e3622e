"""The auth server changes its keys, and nobody notices."""

import json

from gatepass.demo.story.acts import asks, does, in_turn, patiently, showing
from gatepass.demo.story.asking import BANK, ISSUER, Where, for_money, page, published, shows
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.checks import expect, require, require_status, tokens_given
from gatepass.demo.story.scenes.beginnings import with_a_token
from gatepass.demo.story.sights import Lines, Table
from gatepass.demo.story.step import Code, Scene, Seen, Step
from gatepass.demo.story.visit import Visit
from gatepass.jose import unverified_header

SOON = 6.0
"""Seconds for a running server to notice what was done on the command line, and for the bank to know a new key."""

KEYS: Where = page(ISSUER, "/keys")
ROTATE = ("keys", "rotate", "--alg", "ES256")
"""The keys of access tokens; those of ID tokens (RS256) are another pair."""

SECRET_ALG = "HS256"  # noqa: S105 - the name of an algorithm


def _keys_before(exchange: Exchange, visit: Visit) -> str:
    kids = _kids(exchange)
    header = unverified_header(visit.access)
    visit.kept |= {"kids": " ".join(kids), "kid": header["kid"]}
    if visit.places.shared_secret:
        require(header["alg"] == SECRET_ALG, f"The token is signed with {header['alg']}.")
        return f"{exchange.status}, {len(kids)} keys; your token is signed with the shared secret instead"
    require(header["kid"] in kids, "The key of the token is not published.")
    return f"{exchange.status}, {len(kids)} keys; {header['kid'][:8]}… has signed your token"


def _rotate(visit: Visit) -> Seen:
    printed = visit.operator.command(*ROTATE)
    said = f"gatepass {' '.join(ROTATE)}"
    return Seen(said, (Lines(f"$ {said}", tuple(printed.splitlines())),))


def _more_keys(exchange: Exchange, visit: Visit) -> str:
    kids, before = _kids(exchange), visit.kept["kids"].split()
    require(set(before) < set(kids), "The keys are the same as before, or one is gone.")
    return f"{exchange.status}, {len(kids)} keys"


def _by_another_key(exchange: Exchange, visit: Visit) -> str:
    seen = tokens_given(exchange, visit)
    kid = unverified_header(visit.access)["kid"]
    if visit.places.shared_secret:
        return f"{seen}, signed with the same secret: one who changes it changes it everywhere at once"
    require(kid != visit.kept["kid"], "The same key has signed it.")
    return f"{seen}, signed with {kid[:8]}…"


def _kids(exchange: Exchange) -> list[str]:
    require_status(exchange, 200)
    keys = exchange.json["keys"]
    require(not any({"d", "k", "p", "q"} & set(key) for key in keys), "A private key is published.")
    return [key["kid"] for key in keys]


def _states(visit: Visit) -> Table:
    """The published keys, with what the operator knows of each."""
    (exchange,) = [one for one in visit.browser.exchanges[-1:] if one.url.endswith("jwks.json")]
    states = {row["kid"]: row["state"] for row in json.loads(visit.operator.command("keys", "list", "--json"))}
    rows = tuple((key["kid"], key["alg"], states.get(key["kid"], "gone")) for key in exchange.json["keys"])
    return Table("The published keys", ("Key", "Algorithm", "State"), rows)


SCENE = Scene(
    "rotation",
    "New keys",
    "The auth server signs with a new key from now on. Do you notice?",
    (
        with_a_token("sign-in", "You sign in and get a token", "Its header names the key that signed it: kid."),
        Step(
            "keys",
            "The auth server publishes its public keys, and the next one already",
            "Whoever fetches them now will know the next key before it signs anything.",
            showing(asks(published(), _keys_before), _states),
            ("id",),
            KEYS,
            Code("5_middleware.py", "verifier = Verifier(KeySet([key])"),
        ),
        Step(
            "rotate",
            "The operator rotates the keys",
            "The old key signs no more but stays published, and a new one stands by.",
            in_turn(does(_rotate), patiently(asks(published(), _more_keys), SOON)),
            ("id",),
            KEYS,
        ),
        Step(
            "old-token",
            "Your old token is still let in",
            "A key that signs no more still verifies, as long as its tokens live.",
            asks(shows(BANK), expect(200, site="bank", recognised_by="bearer")),
            ("bank-1",),
            page(BANK),
            Code("9_refresh_and_sign_out.py", "gate = Gate(trust=auth.issuer"),
        ),
        Step(
            "new-token",
            "You sign in again, and the new token is let in as well",
            "With public keys nobody touches the bank; a shared secret would have to change everywhere at once.",
            in_turn(
                patiently(asks(for_money, _by_another_key), SOON),
                patiently(asks(shows(BANK), expect(200, site="bank", recognised_by="bearer")), SOON),
            ),
            ("id", "bank-1"),
            page(BANK),
            Code("9_refresh_and_sign_out.py", "gate = Gate(trust=auth.issuer"),
        ),
    ),
    watched=("id",),
)
"""By hand, what happens by itself every ninety days."""
