"""The world that forged tokens are aimed at: its keys, its tokens that are good, and tools to bend them.

A verifier with `KEYS`, `ISSUER`, `AUDIENCE`, type `at+jwt` and required `exp` and
`sub` accepts every token of `GOOD` at `NOW`.
"""

import json
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gatepass.jose import Key, KeySet
from tests.support import forge
from tests.support.forge import b64, mac_token, segment

NOW = 1_700_000_000
ISSUER, AUDIENCE = "https://id.test", "https://shop.test"
SECRET = b"0123456789abcdef0123456789abcdef"
EC, EC_EVIL = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA, RSA_EVIL = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
ED, ED_EVIL = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = KeySet(
    [
        Key.from_secret(SECRET, alg="HS256", kid="hs"),
        Key.from_pem(forge.pem(EC.public_key()), alg="ES256", kid="es"),
        Key.from_pem(forge.pem(RSA.public_key()), alg="RS256", kid="rs"),
        Key.from_pem(forge.pem(ED.public_key()), alg="Ed25519", kid="ed"),
    ]
)
SEALING, SENDING = b"sealing-sealing-sealing-sealing!", b"sending-sending-sending-sending!"
EC_SEALING = ec.generate_private_key(ec.SECP256R1())
IDLE_KEYS = [
    Key.from_secret(SEALING, alg="A256KW", kid="kw"),
    Key.from_jwk(forge.ec_jwk(EC_SEALING.public_key(), use="enc", kid="ecdh")),
    Key.from_jwk({"kty": "oct", "alg": "HS256", "k": b64(SENDING), "key_ops": ["sign"], "kid": "so"}),
]
"""Keys that may be in the set too and verify nothing: two are for encryption, one may only sign."""

CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "42", "exp": NOW + 300, "iat": NOW, "jti": "j1"}
HS = {"alg": "HS256", "kid": "hs", "typ": "at+jwt"}
ES = {"alg": "ES256", "kid": "es", "typ": "at+jwt"}
RS = {"alg": "RS256", "kid": "rs", "typ": "at+jwt"}
OKP = {"alg": "Ed25519", "kid": "ed", "typ": "at+jwt"}
GOOD = {
    "HS256": mac_token(HS, CLAIMS, SECRET),
    "ES256": forge.es256_token(ES, CLAIMS, EC),
    "RS256": forge.rsa_token(RS, CLAIMS, RSA),
    "Ed25519": forge.ed_token(OKP, CLAIMS, ED),
    "EdDSA": forge.ed_token({**OKP, "alg": "EdDSA"}, CLAIMS, ED),
    "no kid": mac_token({"alg": "HS256", "typ": "at+jwt"}, CLAIMS, SECRET),
    "full media type": mac_token({**HS, "typ": "application/AT+JWT"}, CLAIMS, SECRET),
    "one of several audiences": mac_token(HS, {**CLAIMS, "aud": ["https://other.test", AUDIENCE]}, SECRET),
    "white space in the header": mac_token(b'{"alg" : "HS256",\r\n "kid":"hs", "typ":"at+jwt"}', CLAIMS, SECRET),
    "dates with a fraction": mac_token(HS, {**CLAIMS, "iat": NOW - 0.5, "nbf": NOW - 0.25}, SECRET),
    "unknown members": mac_token({**HS, "cty": "x", "zip": "DEF", "other": [1]}, {**CLAIMS, "x": {"y": []}}, SECRET),
}


class Attack(NamedTuple):
    """One forged token and the refusal it must meet."""

    name: str
    token: Any
    code: str
    claim: str | None = None


def signed(header: Any = HS, claims: Any = CLAIMS) -> str:
    """What whoever holds the secret, or tricked its holder, can make."""
    return mac_token(header, claims, SECRET)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def raw_claims(name: str, text: str) -> bytes:
    """The claims as JSON in which one value is `text`, JSON or not."""
    return json.dumps({**CLAIMS, name: "@@"}).replace('"@@"', text).encode()


def with_signature(good: str, signature: bytes | str) -> str:
    return f"{good.rpartition('.')[0]}.{signature if isinstance(signature, str) else b64(signature)}"


def bent(value: dict[str, Any]) -> str:
    """A segment whose last character has bits that mean nothing, and are set."""
    text = next(text for n in range(3) if len(text := segment({**value, "x": "x" * n})) % 4)
    return text[:-1] + following(text)


def following(text: str) -> str:
    """The character after the last one in the alphabet: only its lowest bit differs."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(text[-1]) + 1]


def standard() -> str:
    """Claims in standard base64, in which `/` occurs."""
    return segment({**CLAIMS, "x": "???"}).replace("_", "/").replace("-", "+")
