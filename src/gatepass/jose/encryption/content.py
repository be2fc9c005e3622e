"""Content encryption: the `enc` values (RFC 7518 section 5)."""

from abc import ABC, abstractmethod


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
        """The plaintext. Raises NotDecrypted, for keys, vectors and tags of a wrong size too."""


CONTENT_ENCRYPTIONS: dict[str, ContentEncryption] = {}
