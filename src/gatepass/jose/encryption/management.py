"""What every key management algorithm offers: the `alg` values of JWE (RFC 7518 section 4)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatepass.jose.algorithm import Algorithm
from gatepass.jose.encryption.content import ContentEncryption


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A content encryption key on its way to one recipient.

    Attributes:
        cek: the key itself.
        encrypted_key: what the recipient gets of it; empty when it is agreed on or shared.
        header: members that the recipient needs, such as `epk`, `iv`, `p2s`.
    """

    cek: bytes = field(repr=False)
    encrypted_key: bytes
    header: Mapping[str, Any]


class KeyManagement(Algorithm, ABC):
    """One key management algorithm.

    Attributes:
        direct: whether the content key is shared or agreed on and never sent: then there is one recipient only.
    """

    use = "enc"
    private_ops = frozenset({"decrypt", "unwrapKey", "deriveKey", "deriveBits"})
    public_ops = frozenset({"encrypt", "wrapKey"})
    direct = False

    @abstractmethod
    def wrap(self, native: Any, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """`cek` for the holder of the key; a direct algorithm takes no notice of it and gives its own.

        Args:
            native: the recipient's public key, or the shared secret.
            enc: what the key is for.
            header: the JOSE header so far (`apu` and `apv` matter).

        Raises:
            Misuse: the key does not fit `enc`, or the header has parameters of a wrong kind.
        """

    @abstractmethod
    def unwrap(self, native: Any, enc: ContentEncryption, header: Mapping[str, Any], encrypted_key: bytes) -> bytes:
        """The content encryption key. The header is a stranger's.

        Raises:
            NotDecrypted: it was altered, or made for another key.
            TokenRefused: malformed_token, for parameters of a wrong kind or beyond the bounds.
        """


KEY_MANAGEMENT: dict[str, KeyManagement] = {}
