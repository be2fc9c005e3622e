"""Registering and signing in: what the auth server says, and what it tells nobody."""

import os

from gatepass.demo.places import PASSPHRASE
from gatepass.demo.story.acts import asks
from gatepass.demo.story.asking import ISSUER, MONEY, MONEY_SCOPES, kept, page, sign_in
from gatepass.demo.story.browser import Exchange, Request
from gatepass.demo.story.checks import refused, require, require_status, tokens_given
from gatepass.demo.story.step import Code, Scene, Step
from gatepass.demo.story.visit import Visit
from gatepass.jose import unverified_claims

WRONG = "not the right pass-phrase"


def _register(visit: Visit) -> Request:
    name = f"ada-{os.urandom(4).hex()}"
    visit.kept |= {"name": name, "address": f"{name}@example.com"}
    body = {"username": name, "password": PASSPHRASE, "name": "Ada", "email": visit.kept["address"]}
    return Request("POST", f"{visit.places.issuer}/api/register", json=body, cookies=False)


def _registered(exchange: Exchange, visit: Visit) -> str:
    require_status(exchange, 201)
    answer = exchange.json
    require(answer["username"] == visit.kept["name"], "The account has another name.")
    require(PASSPHRASE not in exchange.text, "The answer repeats the password.")
    visit.kept["subject"] = answer["sub"]
    return f"201, {answer['username']}, with an id for ever: {answer['sub']}"


def _mine(exchange: Exchange, visit: Visit) -> str:
    seen = tokens_given(exchange, visit)
    subject = unverified_claims(visit.access)["sub"]
    require(subject == visit.kept["subject"], "The token is about somebody else.")
    return f"{seen}, about {subject}"


def _nobody(visit: Visit) -> str:
    return f"nobody-{os.urandom(4).hex()}"


def _turned_away(exchange: Exchange, visit: Visit) -> str:
    seen = refused(401, "invalid_credentials")(exchange, visit)
    require(visit.kept.setdefault("turned away", exchange.text) == exchange.text, "Other words than before.")
    return seen


SCENE = Scene(
    "account",
    "An account",
    "Who keeps your password, and what does a stranger find out about you?",
    (
        Step(
            "register",
            "You register at the auth server",
            "It keeps a slow hash (argon2id), from which nobody gets the password back; no other server ever sees it.",
            asks(_register, _registered),
            ("id",),
            page(ISSUER, "/register"),
            Code("4_database.py", "hashed = bcrypt.hashpw("),
        ),
        Step(
            "by-name",
            "You sign in with your name",
            "The answer is a token: a text that says who you are, signed by the server; your password is not in it.",
            asks(sign_in(MONEY, MONEY_SCOPES, name=kept("name")), _mine),
            ("id",),
            page(ISSUER, "/login"),
            Code("4_database.py", "token = signer.sign("),
        ),
        Step(
            "by-address",
            "You sign in with your e-mail address",
            "It is the same account: the id in the token is the same.",
            asks(sign_in(MONEY, MONEY_SCOPES, name=kept("address")), _mine),
            ("id",),
            page(ISSUER, "/login"),
            Code("9_refresh_and_sign_out.py", "identifier: email, password"),
        ),
        Step(
            "wrong-password",
            "Somebody tries a wrong password: refused",
            "The words do not say what was wrong.",
            asks(sign_in(MONEY, MONEY_SCOPES, name=kept("name"), password=WRONG, who="a stranger"), _turned_away),
            ("id",),
            page(ISSUER, "/login"),
            Code("4_database.py", "if not bcrypt.checkpw("),
        ),
        Step(
            "nobody",
            "Somebody tries a name that nobody has: the same words",
            "And as slowly, so that nobody can find out who has an account.",
            asks(sign_in(MONEY, MONEY_SCOPES, name=_nobody, password=WRONG, who="a stranger"), _turned_away),
            ("id",),
            page(ISSUER, "/login"),
            Code("4_database.py", "number, hashed = found or (None, NOBODY)"),
        ),
    ),
    watched=("id",),
)
"""With a fresh name each time it is played."""
