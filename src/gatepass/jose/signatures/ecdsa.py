"""ECDSA (RFC 7518 section 3.4, ES256K: RFC 8812 section 3.2).

JWS writes a signature as r and s side by side, OpenSSL wants ASN.1 DER. The
functions at the end translate; a DER signature inside a token is refused by its length.
"""

from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from gatepass.jose.key_types.ec import Ec
from gatepass.jose.signatures.signature import PublicKeySignature


class Ecdsa(PublicKeySignature):
    """ES256, ES384, ES512, ES256K."""

    def __init__(self, name: str, key_type: Ec, hash_algorithm: HashAlgorithm) -> None:
        super().__init__(name, key_type)
        self._size = key_type.size
        self._ecdsa = ec.ECDSA(hash_algorithm)
        self._frames = [_frame(self._size, r_top, s_top) for s_top in (0, 1) for r_top in (0, 1)]

    def verify_raw(self, public: Any) -> Callable[[bytes, bytes], None]:
        verify, ecdsa, size, frames = public.verify, self._ecdsa, self._size, self._frames
        return lambda signature, data: verify(_der(signature, size, frames), data, ecdsa)

    def sign_raw(self, private: Any) -> Callable[[bytes], bytes]:
        sign, ecdsa, size = private.sign, self._ecdsa, self._size
        return lambda data: _side_by_side(sign(data, ecdsa), size)


def _frame(size: int, r_top: int, s_top: int) -> tuple[bytes, bytes]:
    """What DER writes before r and before s when both fill their `size`; 1 says that the top bit is set."""
    # A set top bit would read as a minus sign: one zero byte goes before it.
    r, s = (b"\x02%c%b" % (size + top, b"\0" * top) for top in (r_top, s_top))
    return _sequence(len(r) + len(s) + 2 * size) + r, s


def _der(signature: bytes, size: int, frames: list[tuple[bytes, bytes]]) -> bytes:
    """r || s of `size` bytes each → ASN.1 SEQUENCE of two INTEGERs.

    Raises:
        InvalidSignature: of another length, or r or s is zero.
    """
    if len(signature) != 2 * size:
        raise InvalidSignature
    r, s = signature[0], signature[size]
    if r and s:
        before, between = frames[(r >> 7) + (s >> 7) * 2]
        return b"".join((before, signature[:size], between, signature[size:]))
    body = _integer(signature[:size]) + _integer(signature[size:])
    return _sequence(len(body)) + body


def _sequence(length: int) -> bytes:
    return (b"\x30%c" if length < 128 else b"\x30\x81%c") % length


def _integer(number: bytes) -> bytes:
    number = number.lstrip(b"\0")
    if not number:
        raise InvalidSignature
    return (b"\x02%c%b" if number[0] < 128 else b"\x02%c\0%b") % (len(number) + (number[0] >> 7), number)


def _side_by_side(der: bytes, size: int) -> bytes:
    """ASN.1 SEQUENCE of two INTEGERs, as OpenSSL wrote it → r || s."""
    at = 3 if der[1] < 128 else 4  # the length byte of r
    r_end = at + 1 + der[at]
    if der[at] >= size and der[r_end + 1] >= size:
        return der[r_end - size : r_end] + der[-size:]
    r, s = der[at + 1 : r_end], der[r_end + 2 :]
    return r.rjust(size, b"\0")[-size:] + s.rjust(size, b"\0")[-size:]
