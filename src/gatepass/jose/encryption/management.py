"""What every key management algorithm offers: the `alg` values of JWE (RFC 7518 section 4)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatepass.jose.algorithm import Algorithm
from gatepass.jose.encryption.content import ContentEncryption, NotDecrypted
from gatepass.jose.encryption.parameters import Parameters, malformed
from gatepass.kernel import ids


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
    private_ops = frozenset({"unwrapKey"})
    public_ops = frozenset({"wrapKey"})
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

    def unwrap(
        self,
        native: Any,
        enc: ContentEncryption,
        header: Mapping[str, Any],
        encrypted_key: bytes,
        *,
        max_p2c: int,
    ) -> bytes:
        """A content encryption key: the right one, or a random one when there is none to be had.

        RFC 7516 section 11.5: whoever sends altered encrypted keys must not learn whether
        one came out of them. So what follows goes on with a random key and fails, in its
        answer and its time, exactly as it does for altered content.

        Promised: the same refusal, and the content is gone through in each case. Not
        promised: that the unwrapping itself takes equally long for good and bad keys.

        Args:
            native: our private key, or the shared secret.
            enc: what the key is for.
            header: the JOSE header, a stranger's.
            encrypted_key: what came with it.
            max_p2c: most iterations that a password is hashed with.

        Raises:
            TokenRefused: malformed_token, for parameters of a wrong kind or beyond the bounds.
        """
        if self.direct and encrypted_key:  # RFC 7516 section 5.2 step 10
            raise malformed("encrypted_key")
        instead = ids.new_bytes(enc.key_bytes)
        try:
            cek = self.recover(native, enc, Parameters(header, max_p2c), encrypted_key)
        except NotDecrypted:
            return instead
        return cek if len(cek) == enc.key_bytes else instead

    @abstractmethod
    def recover(self, native: Any, enc: ContentEncryption, sent: Parameters, encrypted_key: bytes) -> bytes:
        """The content encryption key, for `unwrap`. Whether it fits `enc` is asked there.

        Raises:
            NotDecrypted: it was altered, or made for another key.
            TokenRefused: malformed_token, for parameters of a wrong kind or beyond the bounds.
        """
