"""What makes encrypted tokens of all forms: the checks of what a caller hands in, the header, the content.

The rule of this side: a token that breaks a rule of our own `decrypt` is not written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatepass.jose import base64url
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS, ContentEncryption
from gatepass.jose.encryption.management import Wrapped
from gatepass.jose.errors import TokenRefused
from gatepass.jose.header import decode_header
from gatepass.jose.inflating import deflate
from gatepass.jose.json_form import join_headers
from gatepass.jose.key import Key
from gatepass.jose.signing import to_json
from gatepass.kernel import ids
from gatepass.kernel.errors import Misuse

Members = dict[str, Any]

MOST_CONTENT = 32 * 1024 * 1024
"""Most bytes of content and `aad` together: as base64url in JSON still less than `decrypt` can be told to look at."""

_OURS = frozenset({"alg", "kid", "enc", "zip", "epk", "iv", "tag", "p2s", "p2c"})


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be encrypted, and how.

    Attributes:
        plaintext: already compressed, if `header` says so.
        enc: the method.
        header: members that are the same for every recipient, all of them protected.
        aad: what is authenticated beside them; empty for nothing.
    """

    plaintext: bytes
    enc: ContentEncryption
    header: Members
    aad: bytes


def to_encrypt(plaintext: bytes, enc: str, header: Mapping[str, Any] | None, zip: str | None, aad: bytes) -> Content:
    """The arguments of `encrypt`, checked. Raises Misuse."""
    encryption = CONTENT_ENCRYPTIONS.get(enc) if isinstance(enc, str) else None
    if encryption is None:
        raise Misuse(f"enc is one of {', '.join(CONTENT_ENCRYPTIONS)}.")
    if zip not in (None, "DEF"):
        raise Misuse("zip is DEF, or None for content that is encrypted as it is.")
    if not isinstance(plaintext, bytes) or not isinstance(aad, bytes):
        raise Misuse("What is encrypted, and aad, are bytes.")
    if len(plaintext) + len(aad) > MOST_CONTENT:
        raise Misuse(f"A token holds at most {MOST_CONTENT} bytes; encrypt a long file with a tool for files.")
    extra = {} if header is None else header
    if not isinstance(extra, Mapping) or extra.keys() & _OURS:
        raise Misuse(f"A header is a mapping; {', '.join(sorted(_OURS))} are not the caller's to choose.")
    own = {"enc": enc} if zip is None else {"enc": enc, "zip": zip}
    return Content(plaintext if zip is None else deflate(plaintext), encryption, {**own, **extra}, aad)


def wrap(what: Content, keys: Sequence[Key]) -> tuple[bytes, list[tuple[Members, bytes]]]:
    """The content key, and for each of `keys` its header members and encrypted key (RFC 7516 section 5.1 steps 1 to 8).

    Args:
        what: the content.
        keys: the recipients, one at least.

    Raises:
        Misuse: a key is not for encryption, or shares a content key that others are to get as well.
    """
    if not all(isinstance(key, Key) and key.encrypts for key in keys):
        raise Misuse("Encrypting needs keys for encryption, whose key_ops, if any, allow it.")
    if len(keys) > 1 and any(key.direct for key in keys):
        raise Misuse("A key whose content key is agreed on or shared (dir, ECDH-ES) is the only recipient.")
    cek = ids.new_bytes(what.enc.key_bytes)
    named = [{"alg": key.alg} if key.kid is None else {"alg": key.alg, "kid": key.kid} for key in keys]
    wrapped = [key.wrap(what.enc, {**own, **what.header}, cek) for key, own in zip(keys, named, strict=True)]
    return wrapped[0].cek, [_sent(own, one) for own, one in zip(named, wrapped, strict=True)]


def _sent(own: Members, wrapped: Wrapped) -> tuple[Members, bytes]:
    return {**own, **wrapped.header}, wrapped.encrypted_key


def seal_content(
    what: Content, cek: bytes, protected: Members, unprotected: Sequence[Members] = ({},)
) -> dict[str, str]:
    """The members `protected`, `iv`, `ciphertext`, `tag` and, if there is any, `aad` (section 5.1 steps 9 to 19).

    Args:
        protected: the protected header.
        unprotected: what each recipient gets beside it.

    Raises:
        Misuse: `decrypt` would refuse a header.
    """
    head = base64url.encode(to_json(protected))
    try:
        decode_header(head)
        for one in unprotected:
            join_headers(protected, one)
    except TokenRefused as refused:
        raise Misuse(f"Nobody would decrypt a token with this header ({refused.detail}).") from None
    iv = ids.new_bytes(what.enc.iv_bytes)
    ciphertext, tag = what.enc.encrypt(cek, iv, what.plaintext, authenticated(head, what.aad))
    parts = {"iv": iv, "ciphertext": ciphertext, "tag": tag} | ({"aad": what.aad} if what.aad else {})
    return {"protected": head, **{name: base64url.encode(part) for name, part in parts.items()}}


def authenticated(head: str, aad: bytes) -> bytes:
    """The additional authenticated data of the content encryption (section 5.1 step 14)."""
    return (f"{head}.{base64url.encode(aad)}" if aad else head).encode()
