"""What `jws` and `Signer` share: the header segment, and JSON of what a caller hands in.

The rule of this side: what a verifier of ours would refuse is not signed.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatepass.jose import base64url
from gatepass.jose.errors import TokenRefused
from gatepass.jose.header import check_header, decode_header, take_b64
from gatepass.jose.key import Key
from gatepass.jose.signatures.signature import Sign
from gatepass.kernel.errors import Misuse

encode_json = msgspec.json.Encoder().encode
UNWRITABLE = (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError)


def compact_signer(key: Key, extra: Mapping[str, Any]) -> Sign:
    """The signer of compact tokens with the header of `header_segment`. Raises Misuse as that does."""
    head = header_segment(key, extra)
    return key.signer(head)


def header_segment(key: Key, extra: Mapping[str, Any], *, b64: bool = True) -> str:
    """The protected header with `alg` and `kid` of the key and the `extra` members, as a segment.

    Args:
        b64: False says that the payload is not encoded (RFC 7797 section 3).

    Raises:
        Misuse: the key may not sign, or a verifier would refuse the header.
    """
    if not isinstance(key, Key) or not key.signs:
        raise Misuse("Signing needs a private key or secret whose key_ops, if any, allow it.")
    if not isinstance(extra, Mapping) or extra.keys() & {"alg", "kid", "b64", "crit"}:
        raise Misuse("A header is a mapping; alg and kid in it come from the key, b64 and crit from b64=….")
    own = {"alg": key.alg} if key.kid is None else {"alg": key.alg, "kid": key.kid}
    unencoded = {} if b64 else {"b64": False, "crit": ["b64"]}
    head = base64url.encode(to_json({**own, **extra, **unencoded}))
    try:
        header = decode_header(head)
        take_b64(header)
        check_header(header)
    except TokenRefused as refused:
        raise Misuse(f"A verifier would refuse this header ({refused.detail}).") from None
    return head


def to_json(value: Any) -> bytes:
    """JSON text of what is to be signed. Raises Misuse when there is none."""
    try:
        return encode_json(value)
    except UNWRITABLE:
        raise unwritable() from None


def unwritable() -> Misuse:
    """What is raised for one of `UNWRITABLE`."""
    return Misuse("What is to be signed cannot be written as JSON.")


def to_members(claims: msgspec.Struct) -> dict[str, Any]:
    """A Struct as the members of its JSON object. Raises Misuse when it has none."""
    try:
        members = msgspec.to_builtins(claims)
    except UNWRITABLE:
        raise unwritable() from None
    if not isinstance(members, dict):
        raise Misuse("What is to be signed is not written as a JSON object.")
    return members
