"""The compact form `header.payload.signature` (RFC 7515 section 7.1) up to the signature.

Nothing here looks at a payload. What an unverified header says only chooses among
keys that we already trust; keys and addresses inside it are never used.
"""

from collections.abc import Mapping
from typing import Any

from gatepass.jose import base64url
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.key import Key
from gatepass.jose.key_set import KeySet, unknown_key
from gatepass.jose.signatures.signature import Check

MAX_BYTES = 16 * 1024
"""Longest token that is looked at, in characters. Web servers cap whole header blocks near this."""

LARGEST_TOKEN = 1024 * 1024
"""What the limit above can be raised to."""


def split(token: str, max_bytes: int) -> tuple[str, str, str]:
    """The three segments, still encoded. Size is checked before anything else is done.

    Raises:
        TokenRefused: malformed_token.
    """
    if not isinstance(token, str) or len(token) > max_bytes or not token.isascii():
        raise TokenRefused("malformed_token", detail="not ASCII text, or too long")
    # Two partitions take half the time of one split.
    signed, _, signature = token.rpartition(".")
    head, dot, payload = signed.partition(".")
    if not dot or "." in payload:
        raise TokenRefused("malformed_token", detail="not three segments")
    return head, payload, signature


def signers(header: Mapping[str, Any], keys: KeySet) -> list[Key]:
    """The keys that may have made a signature with this header (rule: `KeySet`)."""
    return [key for key in keys.matching(header["alg"], header.get("kid")) if key.verifies]


def check_for(header: dict[str, Any], head: str, keys: KeySet) -> Check:
    """The check of tokens with this header: passed when one of its `signers` says so.

    Raises:
        TokenRefused: unknown_key.
    """
    checks = [key.checker(head) for key in signers(header, keys)]
    if not checks:
        raise unknown_key()
    if len(checks) == 1:
        return checks[0]
    return lambda payload, signature: any(check(payload, signature) for check in checks)


def refuse_signature(signature: str) -> TokenRefused:
    """The refusal of a signature segment that no key accepted."""
    try:
        base64url.decode(signature)
    except NotBase64url:
        return TokenRefused("malformed_token", detail="the signature is not base64url")
    return TokenRefused("bad_signature")
