"""Shared secret or public key: who could forge a token."""

import os

from gatepass import Key, KeySet, Misuse, Secret
from gatepass.demo.clock import now
from gatepass.demo.story.acts import asks, does
from gatepass.demo.story.asking import BANK, SHARED_BY, TOWN_SECRET, page, shows
from gatepass.demo.story.browser import Exchange
from gatepass.demo.story.checks import expect, refused, require
from gatepass.demo.story.sights import Table
from gatepass.demo.story.step import Code, Scene, Seen, Step
from gatepass.demo.story.visit import Unexpected, Visit
from gatepass.jose import Signer, TokenRefused, Verifier

HELP_DESK = "the help desk"
ISSUER, AUDIENCE = "https://id.example", "https://bank.example"
HEAD = ("Who", "holds", "can check tokens", "can make tokens")
SECRET, TYP = "TOWN_SECRET", "at+jwt"
TOWN = "town"
"""What the auth server calls the group that shares the secret."""


def _with_a_secret(visit: Visit) -> Seen:
    secret = Key.generate("HS256")
    require(_judged(secret, _forged(secret)) == "accepted", "The forged token is refused.")
    rows = tuple((who, "the secret", "yes", "yes") for who in ("auth server", "bank", "help desk"))
    return Seen("the bank accepts what the help desk made", (Table("One secret (HS256)", HEAD, rows),))


def _with_a_key_pair(visit: Visit) -> Seen:
    pair = Key.generate("ES256")
    public = pair.public()
    try:
        _forged(public)
    except Misuse:
        pass
    else:
        raise Unexpected("A public key has signed.")
    verdict = _judged(public, _forged(Key.generate("ES256")))
    require(verdict == "unknown_key", f"The bank says {verdict} to a key of the help desk's own.")
    rows = (
        ("auth server", "the private key", "yes", "yes"),
        ("bank", "the public key", "yes", "no"),
        ("help desk", "the public key", "yes", "no"),
    )
    return Seen("a public key does not sign, and another key is unknown", (Table("A key pair (ES256)", HEAD, rows),))


def _forged(key: Key) -> str:
    return Signer(key, typ=TYP, issuer=ISSUER, lifetime=60, clock=now).sign({"sub": "ada", "aud": AUDIENCE})


def _judged(key: Key, token: str) -> str:
    try:
        Verifier(KeySet([key]), issuer=ISSUER, audience=AUDIENCE, typ=TYP).verify(token, now=now())
    except TokenRefused as refused:
        return refused.code
    return "accepted"


def _forged_here(visit: Visit) -> str:
    """With all that the help desk has: the town's secret, or nothing better than a key of its own."""
    key = Key.generate("ES256")
    if visit.places.shared_secret:
        key = Key.from_secret(Secret.env(TOWN_SECRET), alg="HS256", kid=SHARED_BY)
    moment = int(now())
    claims = {
        "sub": "somebody-else",
        "aud": visit.places.bank,
        "exp": moment + 60,
        "iat": moment,
        "jti": os.urandom(16).hex(),
        "client_id": "help-desk",
        "scope": "account:write",
    }
    return Signer(key, typ=TYP, issuer=visit.places.issuer).sign(claims)


def _as_this_town_is(exchange: Exchange, visit: Visit) -> str:
    if visit.places.shared_secret:
        return f"{expect(200, site='bank', subject='somebody-else')(exchange, visit)}: one shared secret"
    return f"{refused(401, 'unknown_key')(exchange, visit)}: public keys"


SCENE = Scene(
    "forge",
    "Who could forge",
    "Many lessons give all servers one secret. What if one of them turns bad?",
    (
        Step(
            "shared-secret",
            "With one shared secret, whoever can check a token can make one",
            "A secret that ten servers hold is as safe as the weakest of them.",
            does(_with_a_secret),
            code=Code("7_two_servers.py", "SECRET = Secret("),
        ),
        Step(
            "public-key",
            "With a key pair, only the auth server can make one",
            "A public key checks and cannot sign, so the help desk has nothing that it could forge with.",
            does(_with_a_key_pair),
            code=Code("6_strategies.py", 'key = Key.generate("ES256")'),
        ),
        Step(
            "in-this-town",
            "The help desk of this town forges a token for the bank",
            "Refused where the town uses public keys; a town with one shared secret lets it in.",
            asks(shows(BANK, token=_forged_here, who=HELP_DESK), _as_this_town_is),
            ("bank-1",),
            page(BANK),
            Code("7_two_servers.py", "Each could forge for the other as well"),
        ),
    ),
)
"""Twice at home; then the help desk tries it for real."""
