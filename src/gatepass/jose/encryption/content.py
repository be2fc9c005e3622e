"""Content encryption: the `enc` values (RFC 7518 section 5)."""

import hmac
from abc import ABC, abstractmethod

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from gatepass.kernel import ids

_BLOCK_BITS = 128


class NotDecrypted(Exception):
    """Something was altered, or made with another key.

    It says nothing more: an attacker may be asking (RFC 7516 section 11.5). For this room only: callers
    of the engine get a TokenRefused.
    """


class ContentEncryption(ABC):
    """Authenticated encryption of content.

    Attributes:
        name: the registered `enc` value.
        key_bytes: size of the content encryption key.
        iv_bytes: size of the initialization vector.
        tag_bytes: size of the authentication tag.
    """

    def __init__(self, name: str, key_bytes: int, iv_bytes: int, tag_bytes: int) -> None:
        self.name, self.key_bytes, self.iv_bytes, self.tag_bytes = name, key_bytes, iv_bytes, tag_bytes

    @abstractmethod
    def encrypt(self, cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> tuple[bytes, bytes]:
        """Ciphertext and tag."""

    @abstractmethod
    def decrypt(self, cek: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
        """The plaintext. Raises NotDecrypted.

        Key, vector and tag are of the sizes above: the key was measured when it was
        unwrapped, the others when the token was read.
        """


class AesGcm(ContentEncryption):
    """AES in Galois/Counter Mode (section 5.3): a vector of 96 bits, a tag of 128."""

    def __init__(self, name: str, key_bytes: int) -> None:
        super().__init__(name, key_bytes, iv_bytes=12, tag_bytes=16)

    def encrypt(self, cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> tuple[bytes, bytes]:
        """See `ContentEncryption.encrypt`."""
        sealed = AESGCM(cek).encrypt(iv, plaintext, aad)
        return sealed[: -self.tag_bytes], sealed[-self.tag_bytes :]

    def decrypt(self, cek: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
        """See `ContentEncryption.decrypt`."""
        try:
            return AESGCM(cek).decrypt(iv, ciphertext + tag, aad)
        except InvalidTag:
            raise NotDecrypted from None


class AesCbcHmac(ContentEncryption):
    """AES in CBC mode, then HMAC over all of it (section 5.2).

    The key is two: the first half for HMAC, the second for AES. The tag is half an HMAC.
    """

    def __init__(self, name: str, key_bytes: int, digest: str) -> None:
        super().__init__(name, key_bytes, iv_bytes=16, tag_bytes=key_bytes // 2)
        self._digest = digest

    def encrypt(self, cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> tuple[bytes, bytes]:
        """See `ContentEncryption.encrypt`."""
        padder, encryptor = PKCS7(_BLOCK_BITS).padder(), self._cipher(cek, iv).encryptor()
        padded = padder.update(plaintext) + padder.finalize()
        ciphertext = encryptor.update(padded) + encryptor.finalize()
        return ciphertext, self._tag(cek, iv, ciphertext, aad)

    def decrypt(self, cek: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
        """See `ContentEncryption.decrypt`."""
        # The tag first: padding that a stranger can alter and ask about tells him the plaintext (Vaudenay).
        if not ids.same(tag, self._tag(cek, iv, ciphertext, aad)):
            raise NotDecrypted
        decryptor, unpadder = self._cipher(cek, iv).decryptor(), PKCS7(_BLOCK_BITS).unpadder()
        try:
            padded = decryptor.update(ciphertext) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:  # only whoever has the key gets here: it encrypted what is no whole block, or badly padded
            raise NotDecrypted from None

    def _cipher(self, cek: bytes, iv: bytes) -> Cipher[CBC]:
        return Cipher(AES(cek[self.key_bytes // 2 :]), CBC(iv))

    def _tag(self, cek: bytes, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        aad_bits = (len(aad) * 8).to_bytes(8, "big")
        mac = hmac.digest(cek[: self.key_bytes // 2], aad + iv + ciphertext + aad_bits, self._digest)
        return mac[: self.tag_bytes]


CONTENT_ENCRYPTIONS: dict[str, ContentEncryption] = {
    encryption.name: encryption
    for encryption in (
        AesGcm("A128GCM", 16),
        AesGcm("A192GCM", 24),
        AesGcm("A256GCM", 32),
        AesCbcHmac("A128CBC-HS256", 32, "sha256"),
        AesCbcHmac("A192CBC-HS384", 48, "sha384"),
        AesCbcHmac("A256CBC-HS512", 64, "sha512"),
    )
}
