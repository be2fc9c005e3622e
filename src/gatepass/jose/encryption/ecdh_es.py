"""Key agreement with an ephemeral key (RFC 7518 section 4.6, RFC 8037 section 3.2)."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x448 import X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from gatepass.jose.encryption import aes_kw
from gatepass.jose.encryption.content import ContentEncryption
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.encryption.parameters import Parameters, malformed
from gatepass.jose.errors import KeyRefused, TokenRefused
from gatepass.jose.key_types.ec import P256, P384, P521
from gatepass.jose.key_types.key_type import KeyType
from gatepass.jose.key_types.okp import X448, X25519
from gatepass.kernel.errors import Misuse


class EcdhEs(KeyManagement):
    """ECDH-ES, where the agreed key encrypts the content, or with a key wrap, where it wraps the content key.

    Args:
        wrap_bits: size of the wrapping key; None for ECDH-ES alone.
    """

    private_ops = public_ops = frozenset({"deriveKey", "deriveBits"})

    def __init__(self, name: str, wrap_bits: int | None = None) -> None:
        super().__init__(name, P256, X25519, P384, P521, X448)
        self.direct = wrap_bits is None
        self._wrap_bits = wrap_bits

    def check_key(self, native: Any) -> None:
        """See `Algorithm.check_key`. With a point of small order everybody agrees on the same key: zero."""
        if isinstance(native, X25519PublicKey | X448PublicKey):
            try:
                _agree(self._kind(native).generate(None), native)
            except ValueError:
                raise KeyRefused("weak_key", "the public key is a point of small order") from None

    def wrap(self, native: Any, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """See `KeyManagement.wrap`."""
        key_type = self._kind(native)
        ephemeral = key_type.generate(None)
        try:
            derived = self._derive(_agree(ephemeral, native), enc, Parameters(header))
        except TokenRefused:
            raise Misuse("The header members apu and apv are base64url text.") from None
        members = {"epk": key_type.dump(ephemeral, private=False)}
        if self.direct:
            return Wrapped(derived, b"", members)
        return Wrapped(cek, aes_kw.wrap(derived, cek), members)

    def recover(self, native: Any, enc: ContentEncryption, sent: Parameters, encrypted_key: bytes) -> bytes:
        """See `KeyManagement.recover`."""
        epk = _ephemeral(self._kind(native), sent.members("epk"))
        try:
            derived = self._derive(_agree(native, epk), enc, sent)
        except ValueError:  # the agreed value is zero (RFC 7748 section 6): anybody can know it
            raise malformed("epk") from None
        return derived if self.direct else aes_kw.unwrap(derived, enc, encrypted_key)

    def _kind(self, native: Any) -> KeyType:
        return next(key_type for key_type in self.key_types if key_type.owns(native))

    def _derive(self, agreed: bytes, enc: ContentEncryption, parameters: Parameters) -> bytes:
        """The Concat KDF (section 4.6.2): a key for one purpose and two parties."""
        purpose, bits = (self.name, self._wrap_bits) if self._wrap_bits else (enc.name, enc.key_bytes * 8)
        parties = (parameters.optional_octets("apu"), parameters.optional_octets("apv"))
        info = b"".join(len(field).to_bytes(4, "big") + field for field in (purpose.encode(), *parties))
        return ConcatKDFHash(SHA256(), bits // 8, info + bits.to_bytes(4, "big")).derive(agreed)


def _ephemeral(key_type: KeyType, epk: Mapping[str, Any]) -> Any:
    """The sender's public key (section 4.6.1.1). Raises TokenRefused: malformed_token.

    It must be on our curve, and a point of it: what is agreed on with a point elsewhere
    tells, token by token, our private key (invalid curve attack).
    """
    fits = (epk.get("kty"), epk.get("crv")) == (key_type.kty, key_type.crv)
    if not fits or any(name in epk for name in key_type.private_members):
        raise malformed("epk")
    try:
        return key_type.load(epk)
    except (KeyRefused, ValueError):
        raise malformed("epk") from None


def _agree(private: Any, public: Any) -> bytes:
    """The agreed value (section 4.6.2). Raises ValueError when it is zero."""
    exchange = private.exchange
    agreed: bytes = exchange(ec.ECDH(), public) if isinstance(private, ec.EllipticCurvePrivateKey) else exchange(public)
    return agreed
