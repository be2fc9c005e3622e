"""JSON Web Signature, compact form, over any bytes (RFC 7515).

For JSON Web Tokens use `Signer` and `Verifier`: a good signature alone does not say
for whom, by whom and until when a token is meant.
"""

from collections.abc import Collection, Mapping
from typing import Any

from gatepass.jose import base64url, checked
from gatepass.jose.compact import LARGEST_TOKEN, MAX_BYTES, any_good, checks_for, refuse_signature, split
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.header import read_header
from gatepass.jose.key import Key
from gatepass.jose.key_set import KeySet
from gatepass.jose.signing import compact_signer
from gatepass.kernel.decoding import Undecodable, decode_json
from gatepass.kernel.errors import Misuse


def sign(payload: bytes, key: Key, *, header: Mapping[str, Any] | None = None) -> str:
    """`payload` as a compact JWS, signed with `key`.

    Args:
        header: further protected header members, such as `typ` or `cty`.

    Raises:
        Misuse: the key may not sign, the payload is no bytes, or a verifier would refuse the header.
    """
    if not isinstance(payload, bytes):
        raise Misuse("A JWS payload is bytes.")
    return compact_signer(key, header or {})(base64url.encode(payload))


def verify(
    token: str, keys: KeySet | Key, algorithms: Collection[str] | None = None, *, max_bytes: int = MAX_BYTES
) -> bytes:
    """The payload of a compact JWS: its signature is verified, what it says is not looked at.

    1. Size and three segments (RFC 7515 section 5.2 step 1).
    2. The header and its rules (steps 2 to 5).
    3. A key of ours for its `alg` and `kid` (section 6); `algorithms` can narrow, never widen.
    4. The signature (step 8).
    5. The payload's base64url (step 6), only now that it is trusted.

    Raises:
        TokenRefused: malformed_token, unknown_key, bad_signature.
        Misuse: `keys`, `algorithms` or `max_bytes` is of another kind.
    """
    if algorithms is not None:
        algorithms = checked.names("algorithms", algorithms)
    head, payload, signature = split(token, checked.count("max_bytes", max_bytes, 1, LARGEST_TOKEN))
    header = read_header(head)
    checks = checks_for(header, head, as_key_set(keys), algorithms)
    if not any_good(checks, payload, signature):
        raise refuse_signature(signature)
    return decode_payload(payload)


def unverified_header(token: str) -> dict[str, Any]:
    """The header of a token that nobody has verified: hints, not facts.

    Raises:
        TokenRefused: malformed_token.
    """
    return read_header(split(token, MAX_BYTES)[0])


def unverified_claims(token: str) -> dict[str, Any]:
    """The claims of a token that nobody has verified: anyone can have written them.

    Raises:
        TokenRefused: malformed_token.
    """
    body = decode_payload(split(token, MAX_BYTES)[1])
    try:
        claims: dict[str, Any] = decode_json(body, dict, max_bytes=MAX_BYTES, unique_names=True)
    except Undecodable as error:
        raise TokenRefused("malformed_token", detail=f"claims: {error.code}") from None
    return claims


def decode_payload(payload: str) -> bytes:
    """The bytes of the payload segment. Raises TokenRefused: malformed_token."""
    try:
        return base64url.decode(payload)
    except NotBase64url:
        raise TokenRefused("malformed_token", detail="the payload is not base64url") from None


def as_key_set(keys: KeySet | Key) -> KeySet:
    """`keys` as a set. Raises Misuse when it is neither a set nor a key."""
    return keys if isinstance(keys, KeySet) else KeySet([keys])
