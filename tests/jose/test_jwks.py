"""JWKs that a stranger wrote: what is in them binds, and what is wrong in them is found."""

import functools
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gatepass.jose import Key, KeyRefused, KeySet, Signer, TokenRefused, Verifier, jws
from gatepass.kernel.errors import Misuse
from tests.support import forge
from tests.support.jose_keys import made

EC, EC_OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
EC_JWK = forge.ec_jwk(EC.public_key())
RSA_JWK = forge.rsa_jwk(RSA.public_key())
SECRET_JWK = {"kty": "oct", "alg": "HS256", "k": forge.b64(b"\xf0" * 32)}


def private(alg: str, /, **changed: Any) -> dict[str, Any]:
    """A private JWK with some members changed; None takes one away."""
    members = {**made(alg).jwk(private=True), **changed}
    return {name: value for name, value in members.items() if value is not None}


def text(number: int, size: int = 32) -> str:
    return forge.b64(number.to_bytes(size, "big"))


@functools.cache
def bad_jwks() -> dict[str, tuple[Any, str]]:
    """JWKs and the code that refuses them."""
    x, y = EC_JWK["x"], EC_JWK["y"]
    n = forge.unb64(RSA_JWK["n"])
    small = rsa.generate_private_key(65537, 1024).public_key()
    p384, ed448 = made("ES384").jwk(), made("Ed448").jwk()
    p256_prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    malformed: dict[str, Any] = {
        "no object": [EC_JWK],
        "None": None,
        "text": "{}",
        "EC without x": {**EC_JWK, "x": None},
        "EC with x as number": {**EC_JWK, "x": 5},
        "EC with x as bytes": {**EC_JWK, "x": b"A" * 43},
        "EC with x in standard base64": {**EC_JWK, "x": "+" + x[1:]},
        "EC with padded x": {**EC_JWK, "x": x + "="},
        "EC off the curve": {**EC_JWK, "y": text(5)},
        "EC x and y swapped": {**EC_JWK, "x": y, "y": x},
        "EC at infinity": {**EC_JWK, "x": text(0), "y": text(0)},
        "EC x beyond the prime": {**EC_JWK, "x": text(p256_prime + 5)},
        "EC x one byte short": {**EC_JWK, "x": x[:-2]},
        "EC x one byte long": {**EC_JWK, "x": forge.b64(b"\0" + forge.unb64(x))},
        "EC x empty": {**EC_JWK, "x": ""},
        "EC compressed": {**EC_JWK, "y": ""},
        "EC d of another key": {**EC_JWK, "d": text(EC_OTHER.private_numbers().private_value)},
        "EC d zero": {**EC_JWK, "d": text(0)},
        "EC d the order": {**EC_JWK, "d": text(forge.P256_ORDER)},
        "EC d null": {**EC_JWK, "d": None},
        "EC d short": {**EC_JWK, "d": "AQ"},
        "Ed25519 x short": {**made("Ed25519").jwk(), "x": "AAAA"},
        "Ed25519 with x of Ed448": {**made("Ed25519").jwk(), "x": ed448["x"]},
        "Ed25519 d of another key": {**made("Ed25519").jwk(), "d": text(5)},
        "Ed25519 d short": private("Ed25519", d="AAAA"),
        "Ed448 d of another key": {**ed448, "d": text(5, 57)},
        "RSA without n": {**RSA_JWK, "n": None},
        "RSA without e": {**RSA_JWK, "e": None},
        "RSA with e as number": {**RSA_JWK, "e": 65537},
        "RSA with a leading zero": {**RSA_JWK, "n": forge.b64(b"\0" + n)},
        "RSA of 8200 bits": {**RSA_JWK, "n": forge.b64(b"\xff" * 1025)},
        "RSA of 100 KB": {**RSA_JWK, "n": forge.b64(b"\xff" * 100_000)},
        "RSA with one factor": private("RS256", q=None),
        "RSA without qi": private("RS256", qi=None),
        "RSA with wrong factors": private("RS256", p=private("RS256")["q"]),
        "RSA with wrong d": private("RS256", d="AQAB"),
        "RSA with wrong d alone": private("RS256", p=None, q=None, dp=None, dq=None, qi=None, d="BQ"),
        "RSA with wrong dp": private("RS256", dp="BQ"),
        "secret without k": {"kty": "oct", "alg": "HS256"},
        "secret k null": {**SECRET_JWK, "k": None},
        "secret k padded": {**SECRET_JWK, "k": SECRET_JWK["k"] + "="},
        "key_ops as text": {**EC_JWK, "key_ops": "verify"},
        "key_ops null": {**EC_JWK, "key_ops": None},
        "key_ops twice the same": {**EC_JWK, "key_ops": ["verify", "verify"]},
        "key_ops of numbers": {**EC_JWK, "key_ops": [1]},
        "key_ops of lists": {**EC_JWK, "key_ops": [["verify"]]},
        "kid empty": {**EC_JWK, "kid": ""},
        "kid a number": {**EC_JWK, "kid": 5},
        "kid too long": {**EC_JWK, "kid": "k" * 257},
    }
    unsupported: dict[str, Any] = {
        "nothing": {},
        "no kty": {**EC_JWK, "kty": None},
        "kty in lower case": {**EC_JWK, "kty": "ec"},
        "kty a list": {**EC_JWK, "kty": ["EC"]},
        "no curve": {**EC_JWK, "crv": None},
        "curve a list": {**EC_JWK, "crv": ["P-256"]},
        "a curve that nobody knows": {"kty": "OKP", "crv": "X1", "x": text(9)},
        "P-192": {**EC_JWK, "crv": "P-192"},
        "P-256 as OKP": {**EC_JWK, "kty": "OKP"},
        "Ed25519 as EC": {**made("Ed25519").jwk(), "kty": "EC"},
        "ES384 on P-256": {**EC_JWK, "alg": "ES384"},
        "ES256 on P-384": {**p384, "alg": "ES256"},
        "ES256K on P-256": {**EC_JWK, "alg": "ES256K"},
        "HS256 for EC": {**EC_JWK, "alg": "HS256"},
        "HS256 for RSA": {**RSA_JWK, "alg": "HS256"},
        "RS256 for a secret": {**SECRET_JWK, "alg": "RS256"},
        "EdDSA for EC": {**EC_JWK, "alg": "EdDSA"},
        "EdDSA for RSA": {**RSA_JWK, "alg": "EdDSA"},
        "alg none": {**EC_JWK, "alg": "none"},
        "RSA1_5, whose padding tells the key": {**RSA_JWK, "alg": "RSA1_5", "use": "enc"},
        "alg for encryption, use for signatures": {**RSA_JWK, "alg": "RSA-OAEP", "use": "sig"},
        "alg a list": {**RSA_JWK, "alg": ["RS256"]},
        "a secret that says no alg": {"kty": "oct", "k": SECRET_JWK["k"]},
        "use for encryption, alg for signatures": {**EC_JWK, "alg": "ES256", "use": "enc"},
        "use a list": {**EC_JWK, "use": ["sig"]},
        "use null": {**EC_JWK, "use": None},
        "key_ops for encryption": {**EC_JWK, "key_ops": ["encrypt", "wrapKey"]},
        "key_ops empty": {**EC_JWK, "key_ops": []},
        "RSA of more primes": private("RS256", oth=[{"r": "Aw", "d": "Aw", "t": "Aw"}]),
    }
    weak = {
        "RSA of 1024 bits": forge.rsa_jwk(small),
        "RSA of 2047 bits": {**RSA_JWK, "n": forge.b64(b"\x7f" + n[1:])},
        "RSA of 8 bits": {**RSA_JWK, "n": "jw"},
        "RSA with even n": {**RSA_JWK, "n": forge.b64(n[:-1] + b"\0")},
        "RSA exponent 1": {**RSA_JWK, "e": "AQ"},
        "RSA exponent 3": {**RSA_JWK, "e": "Aw"},
        "RSA exponent even": {**RSA_JWK, "e": forge.b64((65538).to_bytes(3, "big"))},
        "RSA exponent of 65 bits": {**RSA_JWK, "e": forge.b64((2**64 + 1).to_bytes(9, "big"))},
        "an empty secret": {**SECRET_JWK, "k": ""},
        "a secret of 31 bytes": {**SECRET_JWK, "k": forge.b64(b"x" * 31)},
    }
    tables = {"malformed_key": malformed, "unsupported_key": unsupported, "weak_key": weak}
    return {name: (jwk, code) for code, table in tables.items() for name, jwk in table.items()}


@pytest.mark.parametrize("name", bad_jwks())
def test_a_bad_jwk_is_refused(name: str) -> None:
    jwk, code = bad_jwks()[name]
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk)
    assert caught.value.code == code


@pytest.mark.parametrize("name", bad_jwks())
def test_a_set_leaves_a_bad_jwk_out(name: str) -> None:
    """RFC 7517 section 5: the rest of the set still works."""
    keys = KeySet.from_jwks({"keys": [bad_jwks()[name][0], {**EC_JWK, "kid": "good"}]})

    assert [key.kid for key in keys] == ["good"]
    assert [key["kid"] for key in keys.jwks()["keys"]] == ["good"]


@pytest.mark.parametrize(
    ("jwk", "alg"),
    [
        (EC_JWK, "ES256"),
        (RSA_JWK, "RS256"),
        ({**RSA_JWK, "alg": "PS512"}, "PS512"),
        ({**private("Ed25519"), "alg": "EdDSA"}, "Ed25519"),
        ({**private("Ed448"), "alg": "EdDSA"}, "Ed448"),
        (private("Ed25519", alg=None), "Ed25519"),
        (private("ES256K", alg=None), "ES256K"),
        (SECRET_JWK, "HS256"),
        ({**RSA_JWK, "use": "enc"}, "RSA-OAEP-256"),
        ({**EC_JWK, "use": "enc"}, "ECDH-ES"),
        ({"kty": "OKP", "crv": "X25519", "x": text(9)}, "ECDH-ES"),
        ({**EC_JWK, "alg": "ECDH-ES+A256KW"}, "ECDH-ES+A256KW"),
        ({**EC_JWK, "use": "sig", "x5t": "no certificate", "x5u": "https://evil.test", "other": 5}, "ES256"),
    ],
)
def test_a_jwk_is_bound_to_one_algorithm(jwk: dict[str, Any], alg: str) -> None:
    assert Key.from_jwk(jwk).alg == alg


def test_rsa_factors_may_be_missing_together() -> None:
    """RFC 7518 section 6.3.2: d alone is enough."""
    key = Key.from_jwk(private("RS256", p=None, q=None, dp=None, dq=None, qi=None))

    assert jws.verify(jws.sign(b"x", key), made("RS256").public()) == b"x"


def test_key_ops_decide_who_may_sign() -> None:
    """RFC 7517 section 4.3."""
    verifying = Key.from_jwk(private("ES256", key_ops=["verify"], use=None))
    with pytest.raises(Misuse):
        Signer(verifying)
    with pytest.raises(Misuse):
        jws.sign(b"x", verifying)


def test_key_ops_decide_who_may_verify() -> None:
    """A secret that is for signing only does not verify; the public half of a signing key does."""
    secret = Key.from_jwk({**SECRET_JWK, "key_ops": ["sign"]})
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(jws.sign(b"x", secret), secret)

    pair = Key.from_jwk(private("ES256", key_ops=["sign"], use=None))
    assert jws.verify(jws.sign(b"x", pair), pair) == b"x"
    assert pair.public().jwk()["key_ops"] == ["verify"]
    assert pair.jwk(private=True)["key_ops"] == ["sign"]


def test_a_public_key_that_may_only_sign_verifies_nothing() -> None:
    key = Key.from_jwk({**EC_JWK, "key_ops": ["sign"]})
    token = forge.es256_token({"alg": "ES256"}, {"exp": 10}, EC)

    with pytest.raises(TokenRefused, match="unknown_key"):
        Verifier(key, issuer=None, audience=None, typ=None).verify(token, now=1)
