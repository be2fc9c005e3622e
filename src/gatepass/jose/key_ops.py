"""What a JWK lets its key do: `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3)."""

from collections.abc import Mapping
from typing import Any

from gatepass.jose.algorithm import Algorithm
from gatepass.jose.errors import KeyRefused

_OPS = {
    "sig": frozenset({"sign", "verify"}),
    "enc": frozenset({"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"}),
}
_PUBLIC = {"sign": "verify", "decrypt": "encrypt", "unwrapKey": "wrapKey"}
"""What the holder of the public half does where the holder of the private one does the other."""


def read_ops(jwk: Mapping[str, Any], algorithm: Algorithm) -> frozenset[str] | None:
    """Those `key_ops` of a JWK that `algorithm` does, or None when it says nothing.

    Raises:
        KeyRefused: they are no list of different names, contradict `use`, or leave nothing to do.
    """
    if "key_ops" not in jwk:
        return None
    ops = jwk["key_ops"]
    if not isinstance(ops, list) or not all(isinstance(op, str) for op in ops) or len(set(ops)) != len(ops):
        raise KeyRefused("malformed_key", "key_ops is no list of different names")
    if "use" in jwk and any(use != algorithm.use and names.intersection(ops) for use, names in _OPS.items()):
        raise KeyRefused("malformed_key", "use and key_ops contradict each other")
    allowed = (algorithm.private_ops | algorithm.public_ops).intersection(ops)
    if not allowed:
        raise KeyRefused("unsupported_key", f"key_ops allow nothing that {algorithm.name} does")
    return allowed


def public_ops(ops: frozenset[str] | None) -> frozenset[str] | None:
    """What the public half of a key pair may do, given what the pair may; None when it says nothing."""
    return None if ops is None else frozenset(_PUBLIC.get(op, op) for op in ops)
