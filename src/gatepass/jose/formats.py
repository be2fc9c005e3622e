"""Key texts other than JWK: reading PEM, and recognising what is no secret."""

import re
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret

_KEY_TEXT = re.compile(
    rb"-----BEGIN |^\s*(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)|^\s*[\[{].*\"(?:kty|keys)\"", re.DOTALL
)


def read_pem(pem: bytes | str, password: bytes | str | Secret | None) -> Any:
    """The `cryptography` key object in a PEM text.

    Raises:
        Misuse: no key in it, or the password is missing, superfluous or wrong.
    """
    try:
        data = pem.encode() if isinstance(pem, str) else pem
        if b"PRIVATE KEY-----" in data:
            return load_pem_private_key(data, _password(password))
        if password is not None:
            raise Misuse("A password was given for a PEM text without a private key.")
        return load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Misuse("The PEM text holds no readable key, or its password is missing or wrong.") from None


def looks_like_a_key(secret: bytes) -> bool:
    """Whether the bytes are a key in PEM, DER, OpenSSH or JWK form rather than a secret.

    Who takes a public key for an HMAC secret lets everyone sign who can read it.
    """
    if _KEY_TEXT.search(secret):
        return True
    return secret[:1] == b"\x30" and (_loads(load_der_public_key, secret) or _loads(load_der_private_key, secret, None))


def _loads(load: Any, *arguments: Any) -> bool:
    try:
        load(*arguments)
    except TypeError:  # readable, but encrypted
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _password(password: bytes | str | Secret | None) -> bytes | None:
    if isinstance(password, Secret):
        return password.reveal()
    return password.encode() if isinstance(password, str) else password
