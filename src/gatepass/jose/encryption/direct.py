"""Direct encryption: the shared secret is the content encryption key (RFC 7518 section 4.5)."""

from collections.abc import Mapping
from typing import Any

from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS, ContentEncryption
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.encryption.parameters import Parameters
from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.oct import OCT
from gatepass.kernel.errors import Misuse


class Direct(KeyManagement):
    """`dir`. The key fits the content encryptions of its size only."""

    private_ops = frozenset({"decrypt"})
    public_ops = frozenset({"encrypt"})
    direct = True

    def __init__(self) -> None:
        super().__init__("dir", OCT, bits=256)

    def check_key(self, native: bytes) -> None:
        """See `Algorithm.check_key`."""
        sizes = sorted({enc.key_bytes for enc in CONTENT_ENCRYPTIONS.values()})
        if len(native) not in sizes:
            weak = len(native) < sizes[0]
            raise KeyRefused("weak_key" if weak else "unsupported_key", f"{self.name} needs a key of {sizes} bytes")

    def wrap(self, native: bytes, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """See `KeyManagement.wrap`."""
        if len(native) != enc.key_bytes:
            raise Misuse(f"{enc.name} needs a key of {enc.key_bytes} bytes, and this one has {len(native)}.")
        return Wrapped(native, b"", {})

    def recover(self, native: bytes, enc: ContentEncryption, sent: Parameters, encrypted_key: bytes) -> bytes:
        """See `KeyManagement.recover`."""
        return native
