"""Keys as people keep them: a JWK, a JWK set, or a PEM text."""

from gatepass.jose import Key, KeySet
from gatepass.kernel.decoding import decode_json
from gatepass.kernel.errors import Misuse

MAX_BYTES = 1_000_000

PEM_ALGORITHMS = (
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "Ed25519",
    "Ed448",
    "RS256",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
)
"""What a PEM text may be meant for: its kind of key leaves one of them open, and RSA means RS256."""


def is_key_text(data: bytes) -> bool:
    """Whether it begins like the text of a key, so that it is none of a secret."""
    return data.lstrip().startswith((b"{", b"-----BEGIN "))


def keys_in(data: bytes, alg: str | None = None) -> list[Key]:
    """The keys in a text.

    Args:
        alg: what the key of a PEM text is for; None: what its kind of key suggests. A JWK that says
            something else is refused.

    Raises:
        Misuse, KeyRefused, Undecodable: there are none. Nothing of the text is repeated.
    """
    data = data.strip()
    if data.startswith(b"{"):
        keys = _of_json(data)
        if not keys:
            raise Misuse("There is no key in this JWK set that can be used here.")
        if alg is not None and any(key.alg != alg for key in keys):
            raise Misuse("The JWK is bound to another algorithm; an algorithm is named for PEM texts only.")
        return keys
    if data.startswith(b"-----BEGIN "):
        return [_of_pem(data, alg)]
    raise Misuse("There is neither a JWK nor a PEM text in this.")


def _of_json(data: bytes) -> list[Key]:
    members = decode_json(data, dict, max_bytes=MAX_BYTES, unique_names=True)
    return list(KeySet.from_jwks(members)) if "keys" in members else [Key.from_jwk(members)]


def _of_pem(data: bytes, alg: str | None) -> Key:
    """A PEM text names no key: its kid is the thumbprint, as for a key that is new."""
    for name in PEM_ALGORITHMS if alg is None else (alg,):
        try:
            return Key.from_pem(data, alg=name, kid=Key.from_pem(data, alg=name).thumbprint())
        except Misuse:
            continue
    raise Misuse("The PEM text holds no key that can be used here, is encrypted, or is for another algorithm.")
