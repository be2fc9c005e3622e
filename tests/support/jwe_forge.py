"""What a forger of encrypted tokens has at hand. Written from the RFCs, without a line of the engine it attacks."""

import hashlib
import hmac
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tests.support.forge import b64, segment, unb64

SECRET = b"what nobody else shall read"


def encrypted(header: dict[str, Any], cek: bytes, encrypted_key: bytes = b"", plaintext: bytes = SECRET) -> str:
    """A compact JWE with A*GCM and any content key, whatever the header says."""
    head, iv = segment(header), os.urandom(12)
    sealed = AESGCM(cek).encrypt(iv, plaintext, head.encode())
    return compact(head, encrypted_key, iv, sealed[:-16], sealed[-16:])


def encrypted_blocks(header: dict[str, Any], cek: bytes, ciphertext: bytes, encrypted_key: bytes = b"") -> str:
    """A compact JWE with A*CBC-HS*: a good tag for any ciphertext, be it whole blocks or not."""
    head, iv, half = segment(header), bytes(16), len(cek) // 2
    authenticated = head.encode() + iv + ciphertext + (len(head) * 8).to_bytes(8, "big")
    tag = hmac.digest(cek[:half], authenticated, f"sha{len(cek) * 8}")[:half]
    return compact(head, encrypted_key, iv, ciphertext, tag)


def cbc(key: bytes, blocks: bytes) -> bytes:
    """Blocks encrypted as they are, without padding, with the vector that `encrypted_blocks` sends."""
    encryptor = Cipher(AES(key), CBC(bytes(16))).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def compact(head: str, *parts: bytes) -> str:
    """The compact form: the header segment and four parts."""
    return ".".join([head, *map(b64, parts)])


def with_part(token: str, at: int, part: bytes) -> str:
    """The token with another part: 1 encrypted key, 2 vector, 3 ciphertext, 4 tag."""
    segments = token.split(".")
    return ".".join([*segments[:at], b64(part), *segments[at + 1 :]])


def part(token: str, at: int) -> bytes:
    """One part of a compact token, decoded; 0 is the header."""
    return unb64(token.split(".")[at])


def concat_kdf(agreed: bytes, purpose: str, bits: int, apu: bytes = b"", apv: bytes = b"") -> bytes:
    """RFC 7518 section 4.6.2."""
    info = b"".join(len(field).to_bytes(4, "big") + field for field in (purpose.encode(), apu, apv))
    rounds = (hashlib.sha256(n.to_bytes(4, "big") + agreed + info + bits.to_bytes(4, "big")) for n in (1, 2))
    return b"".join(one.digest() for one in rounds)[: bits // 8]
