"""Key texts other than JWK: PEM and DER in and out, and recognising what is no secret."""

import re
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret

MAX_KEY_TEXT = 64 * 1024
"""Longest PEM or DER that is looked at, in bytes; an RSA key of 8192 bits takes a tenth of it."""

Password = bytes | str | Secret | None

_KEY_TEXT = re.compile(
    rb"-----BEGIN |^\s*(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)|^\s*[\[{].*\"(?:kty|keys)\"", re.DOTALL
)
_UNREADABLE = "no readable key, or its password is missing, wrong or superfluous."


def read_pem(pem: bytes | str, password: Password) -> Any:
    """The `cryptography` key object in a PEM text.

    Raises:
        Misuse: no key in it, a certificate, or the password is missing, superfluous or wrong.
    """
    try:
        data = _bounded(pem.encode() if isinstance(pem, str) else pem)
        if b"PRIVATE KEY-----" in data:
            return load_pem_private_key(data, _bytes(password))
        if b"-----BEGIN CERTIFICATE" in data:
            raise Misuse("A certificate is not taken for its key: nothing it says would be checked. Check it first.")
        if password is not None:
            raise Misuse("A password was given for a PEM text without a private key.")
        return load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Misuse(f"The PEM text holds {_UNREADABLE}") from None


def read_der(der: bytes, password: Password) -> Any:
    """The `cryptography` key object in DER: the private one, else, if there is no password, the public one.

    Raises:
        Misuse: as for `read_pem`.
    """
    try:
        data = _bounded(der)
        if password is not None or not _loads(load_der_public_key, data):
            return load_der_private_key(data, _bytes(password))
        return load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Misuse(f"The DER holds {_UNREADABLE}") from None


def write_public(native: Any, encoding: Encoding) -> bytes:
    """A public key as SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7)."""
    return bytes(native.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo))


def write_private(native: Any, encoding: Encoding, password: Password) -> bytes:
    """A private key as PKCS 8 (RFC 5958), encrypted if there is a password.

    Raises:
        Misuse: the password is empty, no text, or longer than OpenSSL takes.
    """
    try:
        secret = _bytes(password)
        protection: KeySerializationEncryption = NoEncryption() if secret is None else BestAvailableEncryption(secret)
        return bytes(native.private_bytes(encoding, PrivateFormat.PKCS8, protection))
    except (ValueError, TypeError):
        raise Misuse("The password of a private key is text or bytes, not empty, of at most 1023 bytes.") from None


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


def _bounded(data: bytes) -> bytes:
    """`data` if it is bytes of a length that a key can have. Raises TypeError or Misuse."""
    if not isinstance(data, bytes):
        raise TypeError
    if len(data) > MAX_KEY_TEXT:
        raise Misuse(f"A key is not longer than {MAX_KEY_TEXT} bytes.")
    return data


def _bytes(password: Password) -> bytes | None:
    if isinstance(password, Secret):
        return password.reveal()
    return password.encode() if isinstance(password, str) else password
