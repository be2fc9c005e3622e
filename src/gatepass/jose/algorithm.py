"""What a key can be bound to, whatever it is for."""

from typing import Any, ClassVar

from gatepass.jose.errors import KeyRefused
from gatepass.jose.key_types.key_type import KeyType


class Algorithm:
    """One `alg` value and the kinds of key it works with.

    Attributes:
        name: the registered `alg` value (RFC 7518 sections 3.1 and 4.1).
        key_types: the kinds of key, the usual one first.
        bits: size of a generated key, for kinds that have several.
        use: what the JWK member `use` says of its keys (RFC 7517 section 4.2).
        private_ops: the `key_ops` that ask for the private half, or the secret (section 4.3).
        public_ops: those that ask for the public half, or the secret.
    """

    use: ClassVar[str]
    private_ops: frozenset[str]
    public_ops: frozenset[str]

    def __init__(self, name: str, *key_types: KeyType, bits: int | None = None) -> None:
        self.name, self.key_types, self.bits = name, key_types, bits

    def check_key(self, native: Any) -> None:
        """Raises KeyRefused when material of the right kind is too weak for this algorithm."""

    def key_type_of(self, native: Any) -> KeyType:
        """The kind of key that `native` is. Raises KeyRefused when it is none of ours."""
        for key_type in self.key_types:
            if key_type.owns(native):
                return key_type
        kinds = " or ".join(key_type.crv or key_type.kty for key_type in self.key_types)
        raise KeyRefused("unsupported_key", f"{self.name} needs a key of the kind {kinds}")
