"""The bare cryptographic calls: keys as text, and functions that sign and verify bytes with nothing around them.

Coordinator and workers share this file, so it imports none of the others.
"""

import hmac
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

SECRET = "thirty-two bytes that are shared"
NEW: dict[str, Callable[[], Any]] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey.generate,
}
EXTRA: dict[str, tuple[Any, ...]] = {"RS256": (PKCS1v15(), SHA256()), "ES256": (ec.ECDSA(SHA256()),)}
"""What the library wants to hear beside the data."""

HEADER_NAMES = {"Ed25519": "EdDSA"}
"""RFC 9864 renamed EdDSA, but most peers know the old name only; Gatepass takes both."""


def new_texts(alg: str) -> dict[str, str]:
    """A new key as PEM: `private` and `public`. A shared secret is both."""
    if alg == "HS256":
        return {"private": SECRET, "public": SECRET}
    key = NEW[alg]()
    return {
        "private": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "public": key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    }


def native(private: str) -> Any:
    """The key as the library holds it."""
    return load_pem_private_key(private.encode(), None)


def sign_call(alg: str, private: str) -> Callable[[bytes], bytes]:
    """The operation that no signer can be without."""
    if alg == "HS256":
        secret = private.encode()
        return lambda data: hmac.digest(secret, data, "sha256")
    sign, extra = native(private).sign, EXTRA.get(alg, ())
    return lambda data: sign(data, *extra)


def verify_call(alg: str, private: str) -> Callable[[bytes, bytes], Any]:
    """The operation that no verifier can be without: takes signature and data, raises if they do not fit."""
    if alg == "HS256":
        return _verify_secret(private.encode())
    verify, extra = native(private).public_key().verify, EXTRA.get(alg, ())
    return lambda signature, data: verify(signature, data, *extra)


def in_token(alg: str, signature: bytes) -> bytes:
    """The signature as a token holds it: ECDSA as r and s, 32 bytes each (RFC 7518 section 3.4)."""
    if alg != "ES256":
        return signature
    return b"".join(number.to_bytes(32) for number in decode_dss_signature(signature))


def from_token(alg: str, signature: bytes) -> bytes:
    """The signature of a token as the library wants it."""
    if alg != "ES256":
        return signature
    return encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))


def _verify_secret(secret: bytes) -> Callable[[bytes, bytes], None]:
    def verify(code: bytes, data: bytes) -> None:
        if not hmac.compare_digest(hmac.digest(secret, data, "sha256"), code):
            raise ValueError("the code does not fit")

    return verify
