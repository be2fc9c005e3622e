"""Private keys at rest: AES-256-GCM under a key derived from the master secret."""

import json

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatepass.jose import Key
from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_bytes
from gatepass.server.master import MasterSecret

PURPOSE = "key-wrapping"
"""What `MasterSecret.derive` is asked for."""

NONCE_BYTES = 12
_CANNOT_OPEN = (
    "The signing keys in the database were not made with this GATEPASS_SECRET_KEY: "
    "set the one they were made with, or list it in GATEPASS_PREVIOUS_SECRET_KEYS."
)


def wrap(key: Key, master: MasterSecret) -> bytes:
    """The private key, encrypted under the current version of the master secret.

    Nonces are random (NIST SP 800-38D section 8.2.2): a ring makes a few keys a year.
    """
    nonce = new_bytes(NONCE_BYTES)
    text = json.dumps(key.jwk(private=True)).encode()
    return nonce + AESGCM(master.current(PURPOSE)).encrypt(nonce, text, _bound_to(key.kid or ""))


def unwrap(wrapped: bytes, kid: str, version: int, master: MasterSecret) -> Key:
    """The private key that `wrap` made.

    Raises:
        Misuse: the master secret is another one, or the row was tampered with; both look the same.
    """
    secret = master.derive(PURPOSE, version)
    if secret is None:
        raise Misuse(_CANNOT_OPEN)
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        text = AESGCM(secret).decrypt(nonce, sealed, _bound_to(kid))
    except (InvalidTag, ValueError):
        raise Misuse(_CANNOT_OPEN) from None
    return Key.from_jwk(json.loads(text))


def _bound_to(kid: str) -> bytes:
    # A wrapped key moved to another row, or to another use of the same secret, does not open.
    fields = (PURPOSE.encode(), kid.encode())
    return b"".join(len(part).to_bytes(4, "big") + part for part in fields)
