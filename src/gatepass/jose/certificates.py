"""Certificates that travel with a JWK (RFC 7517 sections 4.7 to 4.9): read, and never trusted.

Nothing is concluded from one: no signature, name, date or purpose in it is looked at,
and `x5u` is never fetched. But a JWK that shows another key in its certificate than
in its own members is a trap for whoever believes the other half, and refused.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from pybase64 import b64decode, b64encode_as_string

from gatepass.jose.errors import KeyRefused

MAX_CERTIFICATES = 8
MAX_CERTIFICATE = 16 * 1024
"""Longest certificate that is looked at, in characters of base64."""


def read_certificates(jwk: Mapping[str, Any], public: Any) -> tuple[bytes, ...]:
    """The DER certificates of the member `x5c`, the first of which holds the key `public`; none if it is not there.

    Raises:
        KeyRefused: malformed_key, for anything else, or when `x5t` or `x5t#S256` mean another certificate.
    """
    if "x5c" not in jwk:
        return ()
    listed = jwk["x5c"]
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_CERTIFICATES:
        raise KeyRefused("malformed_key", f"x5c is no list of 1 to {MAX_CERTIFICATES} certificates")
    chain = tuple(_der(text) for text in listed)
    keys = [_public_key(der) for der in chain]
    if keys[0] != public:
        raise KeyRefused("malformed_key", "the first certificate of x5c holds another key")
    for name, digest in (("x5t", hashlib.sha1), ("x5t#S256", hashlib.sha256)):
        if name in jwk and not _names(jwk[name], digest(chain[0], usedforsecurity=False).digest()):
            raise KeyRefused("malformed_key", f"{name} is not that of the first certificate of x5c")
    return chain


def write_certificates(chain: tuple[bytes, ...]) -> list[str]:
    """The certificates as the member `x5c` holds them."""
    return [b64encode_as_string(der) for der in chain]


def _der(text: Any) -> bytes:
    """Standard base64 with its padding (section 4.7), one text for one value."""
    try:
        if isinstance(text, str) and len(text) <= MAX_CERTIFICATE:
            der = b64decode(text, validate=True)
            if b64encode_as_string(der) == text:
                return der
    except ValueError:
        pass
    raise KeyRefused("malformed_key", f"x5c holds what is no base64 of at most {MAX_CERTIFICATE} characters")


def _public_key(der: bytes) -> Any:
    # Takes 18 ms to import, and few keys have certificates.
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(der).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, Warning):
        # A warning, such as of a serial number of 0, is an error where a program has decided so.
        raise KeyRefused("malformed_key", "x5c holds what is no certificate with a known kind of key") from None


def _names(text: Any, digest: bytes) -> bool:
    """Whether `text` is the digest, as the RFC writes it, or as large providers do: in hex, or in standard base64."""
    if not isinstance(text, str):
        return False
    try:
        unpadded = text.replace("+", "-").replace("/", "_").rstrip("=")
        said = b64decode(unpadded + "=" * (-len(unpadded) % 4), b"-_", validate=True)
    except ValueError:
        return False
    return said == digest or said.lower() == digest.hex().encode()
