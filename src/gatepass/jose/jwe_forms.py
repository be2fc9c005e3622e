"""The three forms of a JWE, read into one shape: compact, flattened and general JSON (RFC 7516 section 7).

Nothing here is decrypted, and no key is touched: what is well-formed can still be a lie.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatepass.jose import base64url
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS, ContentEncryption
from gatepass.jose.encryption.registry import KEY_MANAGEMENT
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.header import decode_header, read_header
from gatepass.jose.json_form import join_headers, member, read_object
from gatepass.jose.jws_forms import is_compact

MAX_RECIPIENTS = 8
"""How many recipients a JWE may have."""

MOST_RECIPIENTS = 64
"""What the limit above can be raised to."""

_OF_A_RECIPIENT = ("header", "encrypted_key")
_OF_A_JWS = frozenset({"payload", "signature", "signatures"})


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of those whom the content key was sent to.

    Attributes:
        header: the JOSE header as it is for this one: protected, shared and own members.
        encrypted_key: the content key, encrypted; empty when it is agreed on or shared.
    """

    header: Mapping[str, Any]
    encrypted_key: bytes


@dataclass(frozen=True, slots=True)
class Encrypted:
    """An encrypted token whose headers keep the rules.

    Attributes:
        head: the protected header, still encoded: it is authenticated as it was sent.
        aad: what else is authenticated beside the content; empty when nothing is.
        compressed: whether the content was compressed before it was encrypted.
    """

    recipients: tuple[Recipient, ...]
    enc: ContentEncryption
    compressed: bool
    head: str
    aad: bytes
    iv: bytes
    tag: bytes
    ciphertext: bytes = field(repr=False)


def read(token: str | bytes | Mapping[str, Any], max_bytes: int, max_recipients: int) -> Encrypted:
    """A token of any form; bytes are JSON.

    Raises:
        TokenRefused: malformed_token.
    """
    if is_compact(token):
        return read_compact(token, max_bytes)
    return _read_json(read_object(token, max_bytes), max_recipients)


def read_compact(token: Any, max_bytes: int) -> Encrypted:
    """A token of five segments (section 7.1). Size is checked before anything else is done.

    Raises:
        TokenRefused: malformed_token.
    """
    if not isinstance(token, str) or len(token) > max_bytes:
        raise TokenRefused("malformed_token", detail="not text, or too long")
    segments = token.split(".", 5)
    if len(segments) != 5:
        raise TokenRefused("malformed_token", detail="not five segments")
    head, encrypted_key, iv, ciphertext, tag = segments
    header = read_header(head)
    recipient = Recipient(header, _octets("encrypted_key", encrypted_key))
    return _encrypted((recipient,), header, head, {"iv": iv, "ciphertext": ciphertext, "tag": tag})


def _read_json(members: dict[str, Any], max_recipients: int) -> Encrypted:
    """RFC 7516 section 7.2: general when `recipients` are listed, else flattened. Unknown members are ignored.

    Encrypted and signed at once is neither: two readers could take it for different things.
    """
    if not _OF_A_JWS.isdisjoint(members):
        raise TokenRefused("malformed_token", detail="JSON form: members of a signed token")
    head = member(members, "protected", str)
    if head is None:
        raise TokenRefused("malformed_token", detail="JSON form: no protected header")
    protected, shared = decode_header(head), member(members, "unprotected", dict) or {}
    listed = _listed(members, max_recipients)
    recipients = tuple(_recipient(one, protected, shared) for one in listed)
    if len(recipients) > 1 and any(_is_direct(recipient) for recipient in recipients):
        raise TokenRefused("malformed_token", detail="a content key that is not sent has one recipient")
    texts = {name: member(members, name, str, empty=True) for name in ("iv", "ciphertext", "tag")}
    return _encrypted(recipients, protected, head, texts, member(members, "aad", str) or "")


def _listed(members: dict[str, Any], max_recipients: int) -> list[Any]:
    listed = member(members, "recipients", list)
    if listed is None:
        return [members]
    if any(name in members for name in _OF_A_RECIPIENT):
        raise TokenRefused("malformed_token", detail="JSON form: both general and flattened")
    if len(listed) > max_recipients:
        raise TokenRefused("malformed_token", detail="too many recipients")
    return listed


def _recipient(one: Any, protected: Mapping[str, Any], shared: Mapping[str, Any]) -> Recipient:
    """One recipient. `zip` must be protected (RFC 7516 section 4.1.3). Raises TokenRefused: malformed_token."""
    if not isinstance(one, dict):
        raise TokenRefused("malformed_token", detail="JSON form: a recipient is no object")
    own = member(one, "header", dict) or {}
    if "zip" in shared or "zip" in own:
        raise TokenRefused("malformed_token", detail="JSON form: zip is not protected")
    # An empty one should be left out (RFC 7516 section 7.2.1), but joserfc writes it, and it can mean one thing only.
    encrypted_key = _octets("encrypted_key", member(one, "encrypted_key", str, empty=True) or "")
    return Recipient(join_headers(protected, shared, own), encrypted_key)


def _is_direct(recipient: Recipient) -> bool:
    algorithm = KEY_MANAGEMENT.get(recipient.header["alg"])
    return algorithm is not None and algorithm.direct


def _encrypted(
    recipients: tuple[Recipient, ...],
    protected: Mapping[str, Any],
    head: str,
    texts: Mapping[str, str | None],
    aad: str = "",
) -> Encrypted:
    """The rules of `enc` (RFC 7516 section 4.1.2) and `zip` (4.1.3), and all that is base64url (section 5.2 step 2).

    `enc` must be protected, though the RFC leaves that open: who may change it has content read by another
    method than it was written with. Vector and tag have one size each: of a tag cut to a byte one in 256 is good.
    """
    name = protected.get("enc")
    enc = CONTENT_ENCRYPTIONS.get(name) if isinstance(name, str) else None
    if enc is None:
        raise TokenRefused("malformed_token", detail="protected header: enc names no content encryption known here")
    if "zip" in protected and protected["zip"] != "DEF":
        raise TokenRefused("malformed_token", detail="header: zip names no compression known here")
    iv, ciphertext, tag = (_octets(name, text) for name, text in texts.items())
    if (len(iv), len(tag)) != (enc.iv_bytes, enc.tag_bytes):
        raise TokenRefused("malformed_token", detail="iv or tag is not of the size that enc asks for")
    return Encrypted(recipients, enc, "zip" in protected, head, _octets("aad", aad), iv, tag, ciphertext)


def _octets(name: str, text: str | None) -> bytes:
    if text is None:
        raise TokenRefused("malformed_token", detail=f"JSON form: no {name}")
    try:
        return base64url.decode(text)
    except NotBase64url:
        raise TokenRefused("malformed_token", detail=f"{name} is not base64url") from None
