"""The three forms of a JWS, read into one shape: compact, flattened and general JSON (RFC 7515 section 7).

Nothing here is verified, and no key is touched: what is well-formed can still be a lie.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from gatepass.jose import base64url
from gatepass.jose.compact import split
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.header import decode_header, take_b64
from gatepass.jose.json_form import join_headers, member, read_object

MAX_SIGNATURES = 8
"""How many signatures a JWS may have. Each costs up to four tries with our keys."""

MOST_SIGNATURES = 64
"""What the limit above can be raised to."""

_FLATTENED = frozenset({"protected", "header", "signature"})


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature and what it was made with.

    Attributes:
        head: the protected header, still encoded; empty if there is none.
        header: the JOSE header, of protected and unprotected members, without `crit` and `b64`.
        encoded: whether the payload was signed in its base64url form (RFC 7797 section 3).
        octets: the signature itself.
    """

    head: str
    header: dict[str, Any]
    encoded: bool
    octets: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A JWS of any form.

    Attributes:
        payload: as it stands in the token; None if it does not.
        encoded: what all its signatures say of the payload.
        signatures: one at least.
    """

    payload: str | None
    encoded: bool
    signatures: tuple[Signature, ...]

    def content(self, detached: bytes | None) -> bytes:
        """The octets that were signed, after the header and its dot (RFC 7515 section 5.2 step 8, RFC 7797 section 3).

        Args:
            detached: the payload, when it came on another way (RFC 7515 appendix F).

        Raises:
            TokenRefused: malformed_token, when there is no payload, or two.
        """
        if detached is None:
            if self.payload is None:
                raise TokenRefused("malformed_token", detail="the payload is detached, and was not given")
            return self.payload.encode()
        if self.payload:
            raise TokenRefused("malformed_token", detail="a payload was given, and the token has its own")
        return base64url.encode(detached).encode() if self.encoded else detached


def is_compact(token: Any) -> TypeGuard[str]:
    """Whether `token` is to be read as compact: it is text, and begins as no JSON object does."""
    return isinstance(token, str) and token[:1] not in ("{", " ", "\t", "\r", "\n")


def read_compact(token: str, max_bytes: int) -> Signed:
    """A token `header.payload.signature` (section 7.1).

    Raises:
        TokenRefused: malformed_token.
    """
    head, payload, signature = split(token, max_bytes)
    one = _signature(head, {}, signature)
    # RFC 7797 section 5.2: printable ASCII without a dot, for no web server, log or terminal shall change it.
    if not one.encoded and not payload.isprintable():
        raise TokenRefused("malformed_token", detail="the unencoded payload is not printable")
    return Signed(payload, one.encoded, (one,))


def read_json(token: str | bytes | Mapping[str, Any], max_bytes: int, max_signatures: int) -> Signed:
    """A token in JSON, general (section 7.2.1) when it has `signatures`, else flattened (7.2.2), never both.

    Members that are not known are left alone, as these sections ask.

    Raises:
        TokenRefused: malformed_token.
    """
    members = read_object(token, max_bytes)
    entries: list[Any] | None = member(members, "signatures", list)
    if entries is None:
        entries = [members]
    elif not _FLATTENED.isdisjoint(members):
        raise TokenRefused("malformed_token", detail="JSON form: general and flattened at once")
    if len(entries) > max_signatures:
        raise TokenRefused("malformed_token", detail="JSON form: more signatures than allowed")
    signatures = tuple(map(_entry, entries))
    if len({one.encoded for one in signatures}) > 1:
        # RFC 7797 section 3. Else one token would have two payloads, each with a good signature.
        raise TokenRefused("malformed_token", detail="JSON form: signatures differ in b64")
    return Signed(member(members, "payload", str, empty=True), signatures[0].encoded, signatures)


def _entry(entry: Any) -> Signature:
    """One object with `protected`, `header` and `signature`."""
    if not isinstance(entry, dict):
        raise TokenRefused("malformed_token", detail="JSON form: a signature is no object")
    signature = member(entry, "signature", str)
    if signature is None:
        raise TokenRefused("malformed_token", detail="JSON form: no signature")
    return _signature(member(entry, "protected", str), member(entry, "header", dict) or {}, signature)


def _signature(head: str | None, unprotected: Mapping[str, Any], signature: str) -> Signature:
    protected = {} if head is None else decode_header(head)
    encoded = take_b64(protected)
    header = join_headers(protected, unprotected)
    try:
        return Signature(head or "", header, encoded, base64url.decode(signature))
    except NotBase64url:
        raise TokenRefused("malformed_token", detail="the signature is not base64url") from None
