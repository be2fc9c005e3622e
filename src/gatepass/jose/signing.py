"""What `jws.sign` and `Signer` share: the header segment, and JSON of what a caller hands in.

The rule of this side: what a verifier of ours would refuse is not signed.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatepass.jose import base64url
from gatepass.jose.errors import TokenRefused
from gatepass.jose.header import read_header
from gatepass.jose.key import Key
from gatepass.jose.signatures.signature import Sign
from gatepass.kernel.errors import Misuse

_UNWRITABLE = (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError)


def compact_signer(key: Key, extra: Mapping[str, Any]) -> Sign:
    """The signer of tokens with `alg` and `kid` of the key and the `extra` members in their header.

    Raises:
        Misuse: the key may not sign, or a verifier would refuse the header.
    """
    if not isinstance(key, Key) or not key.signs:
        raise Misuse("Signing needs a private key or secret whose key_ops, if any, allow it.")
    if extra.keys() & {"alg", "kid"}:
        raise Misuse("alg and kid in the header come from the key.")
    own = {"alg": key.alg} if key.kid is None else {"alg": key.alg, "kid": key.kid}
    head = base64url.encode(to_json({**own, **extra}))
    try:
        read_header(head)
    except TokenRefused as refused:
        raise Misuse(f"A verifier would refuse this header ({refused.detail}).") from None
    return key.signer(head)


def to_json(value: Any) -> bytes:
    """JSON text of what is to be signed. Raises Misuse when there is none."""
    try:
        return msgspec.json.encode(value)
    except _UNWRITABLE:
        raise Misuse("What is to be signed cannot be written as JSON.") from None


def to_members(claims: msgspec.Struct) -> dict[str, Any]:
    """A Struct as the members of its JSON object. Raises Misuse when it has none."""
    try:
        members = msgspec.to_builtins(claims)
    except _UNWRITABLE:
        raise Misuse("What is to be signed cannot be written as JSON.") from None
    if not isinstance(members, dict):
        raise Misuse("What is to be signed is not written as a JSON object.")
    return members
