"""What every worker gets: one set of claims, one key for each algorithm, and tokens that must be refused."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from .keys import HEADER_NAMES, in_token, new_texts, sign_call

ISSUER, AUDIENCE, TYP, KID = "https://id.example.com", "https://shop.example.com", "at+jwt", "k"
ALGORITHMS = ("HS256", "RS256", "ES256", "Ed25519", "ML-DSA-65")
HOUR = 3_600

ALTERED = "an altered signature"
PROBES: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "a passed exp": lambda header, claims: claims.update(exp=claims["iat"] - HOUR),
    "an nbf still to come": lambda header, claims: claims.update(nbf=claims["iat"] + HOUR),
    "another iss": lambda header, claims: claims.update(iss="https://id.example.net"),
    "another aud": lambda header, claims: claims.update(aud="https://bank.example.com"),
    "another typ": lambda header, claims: header.update(typ="logout+jwt"),
    "no exp": lambda header, claims: claims.pop("exp"),
    "an exp that is text": lambda header, claims: claims.update(exp=str(claims["exp"])),
}
"""Each makes a token bad in one way, under a good signature. Who accepts it does not check that."""


def new_job() -> dict[str, Any]:
    """All of it, as JSON can say it."""
    said = claims()
    keys = {alg: new_texts(alg) for alg in ALGORITHMS}
    names = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP, "kid": KID, "claims": said}
    return names | {"keys": keys, "tokens": {alg: tokens(alg, keys[alg]["private"], said) for alg in ALGORITHMS}}


def claims() -> dict[str, Any]:
    """What a typical access token says."""
    now = int(time.time())
    times = {"exp": now + HOUR, "iat": now, "nbf": now, "auth_time": now}
    names = {"sub": "u3Zk0d2c1kq9Q8rXw7LhYA", "sid": "Jx2v5c8b1n4m7q0w3e6r9t", "jti": "b7Vn3xK9pL2mQ5wE8rT1yU"}
    return {"iss": ISSUER, "aud": AUDIENCE, "client_id": "web", "scope": "pension:read", **names, **times}


def tokens(alg: str, private: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """The `good` token, and the `bad` ones by what is wrong with them."""
    sign = sign_call(alg, private)
    header = {"alg": HEADER_NAMES.get(alg, alg), "typ": TYP, "kid": KID}
    good = _token(alg, sign, header, said)
    bad = {ALTERED: _altered(good)}
    for name, spoil in PROBES.items():
        its_header, its_claims = dict(header), dict(said)
        spoil(its_header, its_claims)
        bad[name] = _token(alg, sign, its_header, its_claims)
    return {"good": good, "bad": bad}


def _token(alg: str, sign: Callable[[bytes], bytes], header: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    signed = f"{_encoded(_json(header))}.{_encoded(_json(said))}"
    return f"{signed}.{_encoded(in_token(alg, sign(signed.encode())))}"


def _altered(token: str) -> str:
    """Another first character of the signature; all its bits count."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def _json(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
