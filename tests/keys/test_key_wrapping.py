"""How private keys lie in the database."""

import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatepass.jose import Key
from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_bytes
from gatepass.kernel.secret import Secret
from gatepass.server.keys.wrapping import unwrap, wrap
from gatepass.server.master import MasterSecret

MASTER = MasterSecret(Secret(b"one secret of the operator, long"))
KEY = Key.generate("ES256", kid="spring")


def sealed(bound_to: bytes, nonce: bytes) -> bytes:
    """The key in AES-256-GCM, under the key that is derived for wrapping."""
    text = json.dumps(KEY.jwk(private=True)).encode()
    return nonce + AESGCM(MASTER.current("key-wrapping")).encrypt(nonce, text, bound_to)


def test_a_wrapped_key_is_bound_to_its_id_and_its_purpose() -> None:
    """What was encrypted for another row or another use does not open here."""
    bound = b"\0\0\0\x0ckey-wrapping\0\0\0\x06spring"
    assert unwrap(sealed(bound, new_bytes(12)), "spring", MASTER.version, MASTER).kid == "spring"
    for other in (b"\0\0\0\x06spring", b"\0\0\0\x0ckey-wrapping", b"key-wrappingspring", b""):
        with pytest.raises(Misuse):
            unwrap(sealed(other, new_bytes(12)), "spring", MASTER.version, MASTER)


def test_every_wrapping_has_a_nonce_of_its_own() -> None:
    """The same key twice under one nonce would tell what was encrypted."""
    wrapped = [wrap(KEY, MASTER) for _ in range(8)]
    assert len({one[:12] for one in wrapped}) == 8
    assert all(unwrap(one, "spring", MASTER.version, MASTER).kid == "spring" for one in wrapped)
