"""The algorithms there are, and which of them a JWK is bound to."""

from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from gatepass.jose.algorithm import Algorithm
from gatepass.jose.encryption.registry import KEY_MANAGEMENT
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.akp import ML_DSA_44, ML_DSA_65, ML_DSA_87
from gatepass.jose.key_types.ec import P256, P384, P521, SECP256K1
from gatepass.jose.key_types.key_type import KeyType, Members
from gatepass.jose.key_types.okp import ED448, ED25519
from gatepass.jose.signatures.ecdsa import Ecdsa
from gatepass.jose.signatures.hmac import Hmac
from gatepass.jose.signatures.rsa import RsaSignature
from gatepass.jose.signatures.signature import PublicKeySignature, SignatureAlgorithm
from gatepass.kernel.errors import Misuse

SIGNATURES: dict[str, SignatureAlgorithm] = {
    algorithm.name: algorithm
    for algorithm in (
        Hmac("HS256", "sha256"),
        Hmac("HS384", "sha384"),
        Hmac("HS512", "sha512"),
        RsaSignature("RS256", SHA256()),
        RsaSignature("RS384", SHA384()),
        RsaSignature("RS512", SHA512()),
        RsaSignature("PS256", SHA256()),
        RsaSignature("PS384", SHA384()),
        RsaSignature("PS512", SHA512()),
        Ecdsa("ES256", P256, SHA256()),
        Ecdsa("ES384", P384, SHA384()),
        Ecdsa("ES512", P521, SHA512()),
        Ecdsa("ES256K", SECP256K1, SHA256()),
        PublicKeySignature("Ed25519", ED25519),
        PublicKeySignature("Ed448", ED448),
        PublicKeySignature("ML-DSA-44", ML_DSA_44),
        PublicKeySignature("ML-DSA-65", ML_DSA_65),
        PublicKeySignature("ML-DSA-87", ML_DSA_87),
    )
}

ALGORITHMS: dict[str, Algorithm] = {**SIGNATURES, **KEY_MANAGEMENT}

EDDSA = "EdDSA"
"""The older name that stands for Ed25519 and Ed448 alike (RFC 8037); RFC 9864 retires it."""

_USUAL: dict[tuple[Any, Any, Any], Algorithm] = {}
"""(use, kty, crv) → what a key pair that names no algorithm is taken for: the first above."""
for _algorithm in ALGORITHMS.values():
    for _type in _algorithm.key_types:
        if not _type.needs_alg:
            _USUAL.setdefault((_algorithm.use, _type.kty, _type.crv), _algorithm)


PRIVATE_MEMBERS = frozenset(
    name for algorithm in ALGORITHMS.values() for kind in algorithm.key_types for name in kind.private_members
)
"""JWK members that nobody but the owner of a key may see, of all kinds together."""


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


def of_jwk(jwk: Members, default: str | None = None) -> tuple[Algorithm, KeyType]:
    """The one algorithm a JWK is bound to, and its kind: its `alg`, else `default`, else the usual one of its kind.

    EC and OKP curves have one signature algorithm each. An RSA key that does not say
    is taken for RS256, which RFC 7518 section 3.1 recommends and whole providers
    silently mean; a secret or AKP key that does not say is refused, for nothing could be concluded.

    Raises:
        KeyRefused: unknown type, curve or `alg`, or they contradict each other or `use`.
    """
    kty, crv, alg, use = (_text(jwk, name) for name in ("kty", "crv", "alg", "use"))
    alg = default if alg is None else alg
    if alg == EDDSA:
        found = _usual("sig", kty, crv) if kty == "OKP" else None
    else:
        found = _usual(use, kty, crv) if alg is None else ALGORITHMS.get(alg)
    key_types = () if found is None else found.key_types
    key_type = next((one for one in key_types if one.kty == kty and one.crv in (None, crv)), None)
    if found is None or key_type is None or jwk.get("use", found.use) != found.use:
        raise KeyRefused("unsupported_key", "kty, crv, alg and use name no algorithm known here")
    return found, key_type


def _text(jwk: Members, name: str) -> str | None:
    """A member that must be text if it is there; what is none names nothing that is known here."""
    if name not in jwk:
        return None
    return jwk[name] if isinstance(jwk[name], str) else ""


def _usual(use: str | None, kty: str | None, crv: str | None) -> Algorithm | None:
    crv = crv if kty in ("EC", "OKP") else None
    found = (_USUAL.get((one, kty, crv)) for one in ((use,) if use else ("sig", "enc")))
    return next((algorithm for algorithm in found if algorithm), None)
