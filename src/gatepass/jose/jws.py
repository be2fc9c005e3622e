"""JSON Web Signature over any bytes (RFC 7515, unencoded payloads: RFC 7797).

For JSON Web Tokens use `Signer` and `Verifier`: a good signature alone does not say
for whom, by whom and until when a token is meant.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gatepass.jose import base64url, checked
from gatepass.jose.algorithms import accepted_names
from gatepass.jose.compact import LARGEST_TOKEN, MAX_BYTES, signers, split
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.header import read_header
from gatepass.jose.jws_forms import MAX_SIGNATURES, MOST_SIGNATURES, Signature, is_compact, read_compact, read_json
from gatepass.jose.key import Key
from gatepass.jose.key_set import KeySet, unknown_key
from gatepass.jose.signing import header_segment
from gatepass.kernel.decoding import Undecodable, decode_json
from gatepass.kernel.errors import Misuse


def sign(
    payload: bytes, key: Key, *, header: Mapping[str, Any] | None = None, detached: bool = False, b64: bool = True
) -> str:
    """`payload` as a compact JWS, signed with `key`.

    Args:
        header: further protected header members, such as `typ` or `cty`.
        detached: leave the payload out of the token (RFC 7515 appendix F); it travels on another way.
        b64: False signs the payload as it is, not its base64url form (RFC 7797).

    Raises:
        Misuse: the key may not sign, the payload is no bytes, a verifier would refuse the header, or
            the payload is to stand in the token unencoded and is not printable ASCII without a dot.
    """
    content = _content(payload, b64)
    shown = "" if detached else content.decode("latin-1")
    if not (shown.isascii() and shown.isprintable() and "." not in shown):
        raise Misuse("Unencoded in a compact token, a payload is printable ASCII without a dot; detach any other.")
    head = header_segment(key, header or {}, b64=b64)
    return f"{head}.{shown}.{_signature_of(key, head, content)}"


def sign_json(
    payload: bytes,
    keys: Key | Iterable[Key],
    *,
    header: Mapping[str, Any] | None = None,
    detached: bool = False,
    b64: bool = True,
) -> dict[str, Any]:
    """`payload` as a JWS in JSON: one key gives the flattened form, a list of keys the general one.

    All header members are protected: nothing is won by leaving one open to change.

    Args:
        keys: the signer, or the signers.
        header: see `sign`; the same for all signers.
        detached: see `sign`.
        b64: see `sign`.

    Returns:
        An object to be written as JSON.

    Raises:
        Misuse: as for `sign`; an unencoded payload that stands in the token is UTF-8 text; no key or too many.
    """
    content = _content(payload, b64)
    members: dict[str, Any] = {} if detached else {"payload": _json_text(content)}
    if isinstance(keys, Key):
        return {**members, **_json_signature(content, keys, header, b64)}
    signers = list(keys) if isinstance(keys, Iterable) else []
    if not 0 < len(signers) <= MAX_SIGNATURES:
        raise Misuse(f"The signers of a JWS are 1 to {MAX_SIGNATURES} keys.")
    return {**members, "signatures": [_json_signature(content, key, header, b64) for key in signers]}


def verify(
    token: str | bytes | Mapping[str, Any],
    keys: KeySet | Key,
    algorithms: Collection[str] | None = None,
    *,
    payload: bytes | None = None,
    max_bytes: int = MAX_BYTES,
    max_signatures: int = MAX_SIGNATURES,
) -> bytes:
    """The payload of a JWS that one of `keys` signed: what it says is not looked at.

    1. Size, form and number of signatures (RFC 7515 section 5.2 step 1, section 9).
    2. Each header and its rules (steps 2 to 5), each signature's base64url (step 7).
    3. The payload is in the token, or was given: not both (appendix F).
    4. Keys of ours for `alg` and `kid` of a signature (section 6); `algorithms` can narrow, never widen.
    5. The signatures (step 8). One must be good. One that names a key of ours by its `kid` must not
       be bad; one that no key of ours made says nothing, and is skipped.
    6. The payload's base64url (step 6), only now that it is trusted.

    Args:
        token: compact, or JSON as text, as UTF-8 or decoded.
        keys: the keys that are trusted. Who must know which of them signed asks with one alone.
        payload: what a token with detached payload was made for.
        max_bytes: longest token that is looked at, as compact JSON text for one that comes decoded.
        max_signatures: most signatures in a general JWS.

    Raises:
        TokenRefused: malformed_token, unknown_key, bad_signature.
        Misuse: an argument beside `token` is of another kind.
    """
    if algorithms is not None:
        algorithms = checked.names("algorithms", algorithms)
    if not isinstance(payload, bytes | None):
        raise Misuse("A detached payload is bytes.")
    max_bytes = checked.count("max_bytes", max_bytes, 1, LARGEST_TOKEN)
    max_signatures = checked.count("max_signatures", max_signatures, 1, MOST_SIGNATURES)
    signed = read_compact(token, max_bytes) if is_compact(token) else read_json(token, max_bytes, max_signatures)
    content = signed.content(payload)
    _check_signatures(signed.signatures, content, as_key_set(keys), algorithms)
    if payload is not None:
        return payload
    return decode_payload(content) if signed.encoded else content


def unverified_header(token: str) -> dict[str, Any]:
    """The header of a compact token that nobody has verified: hints, not facts.

    Raises:
        TokenRefused: malformed_token.
    """
    return read_header(split(token, MAX_BYTES)[0])


def unverified_claims(token: str) -> dict[str, Any]:
    """The claims of a compact token that nobody has verified: anyone can have written them.

    Raises:
        TokenRefused: malformed_token.
    """
    body = decode_payload(split(token, MAX_BYTES)[1])
    try:
        claims: dict[str, Any] = decode_json(body, dict, max_bytes=MAX_BYTES, unique_names=True)
    except Undecodable as error:
        raise TokenRefused("malformed_token", detail=f"claims: {error.code}") from None
    return claims


def decode_payload(payload: str | bytes) -> bytes:
    """The bytes of the payload segment. Raises TokenRefused: malformed_token."""
    try:
        return base64url.decode(payload)
    except NotBase64url:
        raise TokenRefused("malformed_token", detail="the payload is not base64url") from None


def as_key_set(keys: KeySet | Key) -> KeySet:
    """`keys` as a set. Raises Misuse when it is neither a set nor a key."""
    return keys if isinstance(keys, KeySet) else KeySet([keys])


def _check_signatures(
    signatures: Iterable[Signature], content: bytes, keys: KeySet, algorithms: Collection[str] | None
) -> None:
    """Steps 4 and 5 of `verify`."""
    good = tried = False
    for one in signatures:
        candidates = _candidates(one.header, keys, algorithms)
        data = one.head.encode() + b"." + content
        if any(key.is_signature(one.octets, data) for key in candidates):
            good = True
        elif any(key.kid is not None and key.kid == one.header.get("kid") for key in candidates):
            raise TokenRefused("bad_signature")
        tried = tried or bool(candidates)
    if not good and tried:
        raise TokenRefused("bad_signature")
    if not good:
        raise unknown_key()


def _candidates(header: Mapping[str, Any], keys: KeySet, algorithms: Collection[str] | None) -> list[Key]:
    found = signers(header, keys)
    if algorithms is None:
        return found
    return [key for key in found if not accepted_names(key.alg).isdisjoint(algorithms)]


def _content(payload: bytes, b64: bool) -> bytes:
    """What is signed after the header and its dot."""
    if not isinstance(payload, bytes):
        raise Misuse("A JWS payload is bytes.")
    return base64url.encode(payload).encode() if b64 else payload


def _json_text(content: bytes) -> str:
    """RFC 7797 section 5.3: an unencoded payload is the text of a JSON string."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Misuse("Unencoded in JSON, a payload is UTF-8 text; detach any other.") from None


def _json_signature(content: bytes, key: Key, header: Mapping[str, Any] | None, b64: bool) -> dict[str, str]:
    head = header_segment(key, header or {}, b64=b64)
    return {"protected": head, "signature": _signature_of(key, head, content)}


def _signature_of(key: Key, head: str, content: bytes) -> str:
    return base64url.encode(key.signature(head.encode() + b"." + content))
