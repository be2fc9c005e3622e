"""From the form of an encrypted token to its content (RFC 7516 section 5.2, steps 6 to 18)."""

from collections.abc import Collection

from gatepass.jose import checked
from gatepass.jose.encrypting import authenticated
from gatepass.jose.encryption.content import NotDecrypted
from gatepass.jose.encryption.parameters import LARGEST_P2C
from gatepass.jose.errors import TokenRefused
from gatepass.jose.inflating import inflate
from gatepass.jose.jwe_forms import Encrypted, Recipient
from gatepass.jose.jws import as_key_set
from gatepass.jose.key import Key
from gatepass.jose.key_set import MAX_TRIES, KeySet, unknown_key

LARGEST_CONTENT = 64 * 1024 * 1024
"""What the bound of inflated content can be raised to, in bytes."""


class Opener:
    """Opens encrypted tokens with the keys of one who receives them.

    Args:
        keys: the keys, each bound to its algorithm.
        algorithms: the `alg` values that are accepted; None: those of the keys.
        encryptions: the `enc` values that are accepted; None: all there are.
        max_p2c: see `KeyManagement.unwrap`.
        max_inflated: largest content, in bytes, that compressed content may grow to; 0 refuses it.

    Raises:
        Misuse: one of these is of another kind.
    """

    def __init__(
        self,
        keys: KeySet | Key,
        algorithms: Collection[str] | None,
        encryptions: Collection[str] | None,
        max_p2c: int,
        max_inflated: int = 0,
    ) -> None:
        self._keys = as_key_set(keys)
        self._algorithms = None if algorithms is None else checked.names("algorithms", algorithms)
        self._encryptions = None if encryptions is None else checked.names("encryptions", encryptions)
        self._max_p2c = checked.count("max_p2c", max_p2c, 1, LARGEST_P2C)
        self._max_inflated = checked.count("max_inflated", max_inflated, 0, LARGEST_CONTENT)

    def open(self, sealed: Encrypted, aad: bytes | None = None) -> bytes:
        """The content, whole and as it was before it was compressed and encrypted.

        Args:
            aad: what must be authenticated beside the header; None: what the token brings.

        Raises:
            TokenRefused: malformed_token, unknown_key, decryption_failed.
        """
        if self._encryptions is not None and sealed.enc.name not in self._encryptions:
            raise TokenRefused("malformed_token", detail="header: enc is none of those asked for")
        if sealed.compressed and not self._max_inflated:
            raise TokenRefused("malformed_token", detail="header: compressed content is not asked for")
        content = self._decrypted(sealed, authenticated(sealed.head, sealed.aad if aad is None else aad))
        return inflate(content, self._max_inflated) if sealed.compressed else content

    def _decrypted(self, sealed: Encrypted, bound: bytes) -> bytes:
        for recipient, key in self._candidates(sealed.recipients):
            cek = key.unwrap(sealed.enc, recipient.header, recipient.encrypted_key, max_p2c=self._max_p2c)
            try:
                return sealed.enc.decrypt(cek, sealed.iv, sealed.ciphertext, sealed.tag, bound)
            except NotDecrypted:
                continue
        raise TokenRefused("decryption_failed")

    def _candidates(self, recipients: Collection[Recipient]) -> list[tuple[Recipient, Key]]:
        """Each recipient that may be ours with each key that may be meant (rule: `KeySet`), four pairs at most.

        Each is a try that costs a stranger nothing and us an operation with a private key.

        Raises:
            TokenRefused: unknown_key.
        """
        found = [
            (recipient, key)
            for recipient in recipients
            for key in self._keys.matching(recipient.header["alg"], recipient.header.get("kid"))
            if key.decrypts and (self._algorithms is None or key.alg in self._algorithms)
        ]
        if not 0 < len(found) <= MAX_TRIES:
            raise unknown_key()
        return found
