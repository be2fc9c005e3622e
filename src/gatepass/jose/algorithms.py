"""The algorithms there are, and which of them a JWK is bound to."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from gatepass.jose.algorithm import Algorithm, Members
from gatepass.jose.ec import Ecdsa
from gatepass.jose.errors import KeyRefused
from gatepass.jose.oct import Hmac
from gatepass.jose.okp import Edwards
from gatepass.jose.rsa import Rsa
from gatepass.kernel.errors import Misuse

ALGORITHMS: dict[str, Algorithm] = {
    algorithm.name: algorithm
    for algorithm in (
        Hmac("HS256", "sha256"),
        Hmac("HS384", "sha384"),
        Hmac("HS512", "sha512"),
        Rsa("RS256", SHA256()),
        Rsa("RS384", SHA384()),
        Rsa("RS512", SHA512()),
        Rsa("PS256", SHA256()),
        Rsa("PS384", SHA384()),
        Rsa("PS512", SHA512()),
        Ecdsa("ES256", "P-256", ec.SECP256R1(), SHA256()),
        Ecdsa("ES384", "P-384", ec.SECP384R1(), SHA384()),
        Ecdsa("ES512", "P-521", ec.SECP521R1(), SHA512()),
        Ecdsa("ES256K", "secp256k1", ec.SECP256K1(), SHA256()),
        Edwards("Ed25519", Ed25519PrivateKey, Ed25519PublicKey),
        Edwards("Ed448", Ed448PrivateKey, Ed448PublicKey),
    )
}

EDDSA = "EdDSA"
"""The older name that stands for Ed25519 and Ed448 alike (RFC 8037); RFC 9864 retires it."""

_BY_CURVE: dict[Any, Algorithm] = {algorithm.crv: algorithm for algorithm in ALGORITHMS.values() if algorithm.crv}


def named(alg: Any) -> Algorithm:
    """The algorithm of that name.

    Raises:
        Misuse: there is none, or `alg` is no text.
    """
    found = ALGORITHMS.get(alg) if isinstance(alg, str) else None
    if found is None:
        raise Misuse(f"There is no such algorithm here; choose one of {', '.join(ALGORITHMS)}.")
    return found


def accepted_names(alg: str) -> frozenset[str]:
    """The `alg` values that a token may name for a key bound to `alg` (EdDSA: RFC 9864 section 2.2)."""
    return frozenset({alg, EDDSA}) if alg in ("Ed25519", "Ed448") else frozenset({alg})


def of_jwk(jwk: Members) -> Algorithm:
    """The one algorithm a JWK is bound to: its `alg`, else what its type and curve leave open.

    EC and OKP curves have one algorithm each. An RSA key that does not say is taken
    for RS256, which RFC 7518 section 3.1 recommends and whole providers silently
    mean; a secret that does not say is refused, for nothing could be concluded.

    Raises:
        KeyRefused: unknown type, curve or `alg`, or they contradict each other.
    """
    kty, crv, alg = jwk.get("kty"), jwk.get("crv"), jwk.get("alg")
    if alg is None or alg == EDDSA:
        found = ALGORITHMS["RS256"] if kty == "RSA" else _BY_CURVE.get(crv if isinstance(crv, str) else None)
        fits = found is not None and (alg is None or found.kty == "OKP")
    else:
        found = ALGORITHMS.get(alg) if isinstance(alg, str) else None
        fits = found is not None
    if found is None or not fits or found.kty != kty or (found.crv and found.crv != crv):
        raise KeyRefused("unsupported_key", "kty, crv and alg name no signature algorithm known here")
    return found
