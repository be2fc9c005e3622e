"""JSON Web Encryption over any bytes (RFC 7516), and signed tokens inside it (RFC 7519 section 5.2).

Encryption hides; it does not say who wrote. A public key encrypts for everybody, and of a
token for several recipients each can make another one for the rest. Who must know where
something comes from signs it first, `seal`s the signed token, and verifies what `unseal` gives back.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gatepass.jose import base64url, checked
from gatepass.jose.compact import LARGEST_TOKEN, split
from gatepass.jose.decrypting import Opener
from gatepass.jose.encrypting import seal_content, to_encrypt, wrap
from gatepass.jose.encryption.parameters import MAX_P2C
from gatepass.jose.errors import TokenRefused
from gatepass.jose.header import media_type, read_header
from gatepass.jose.jwe_forms import MAX_RECIPIENTS, MOST_RECIPIENTS, read, read_compact
from gatepass.jose.key import Key
from gatepass.jose.key_set import KeySet
from gatepass.kernel.errors import Misuse

MAX_BYTES = 64 * 1024
"""Longest encrypted token that is looked at, in characters. It may hold more than claims."""

LARGEST_JWE = 64 * 1024 * 1024
"""What the limit above can be raised to."""


def encrypt(
    plaintext: bytes,
    key: Key,
    *,
    enc: str,
    alg: str | None = None,
    header: Mapping[str, Any] | None = None,
    zip: str | None = None,
) -> str:
    """`plaintext` as a compact JWE for the holder of `key` (RFC 7516 section 5.1).

    With a secret bound to `dir` or A*GCMKW, change it long before 2^32 tokens: two that
    get the same random vector betray it (NIST SP 800-38D section 8.3).

    Args:
        key: the public half (or the whole) of the recipient's key, or a shared secret.
        enc: how the content is encrypted, such as `A256GCM` or `A128CBC-HS256`.
        alg: the algorithm of the key, for those who want to see it here.
        header: further protected members, such as `typ`, `cty`, `apu`. Everybody can read a header.
        zip: `DEF` compresses first. What is compressed tells by its length what is in it: never do
            that where a stranger chooses a part and sees the size (CRIME, BREACH; RFC 8725 section 3.6).

    Raises:
        Misuse: an argument of another kind, a key that is not for this, a header that `decrypt` would refuse.
    """
    if alg is not None and isinstance(key, Key) and alg != key.alg:
        raise Misuse(f"This key is bound to {key.alg}; alg says otherwise.")
    what = to_encrypt(plaintext, enc, header, zip, b"")
    cek, [(own, encrypted_key)] = wrap(what, [key])
    sealed = seal_content(what, cek, {**own, **what.header})
    parts = (sealed["protected"], base64url.encode(encrypted_key), sealed["iv"], sealed["ciphertext"], sealed["tag"])
    return ".".join(parts)


def encrypt_json(
    plaintext: bytes,
    keys: Key | Iterable[Key],
    *,
    enc: str,
    header: Mapping[str, Any] | None = None,
    zip: str | None = None,
    aad: bytes = b"",
) -> dict[str, Any]:
    """`plaintext` as a JWE in JSON: one key gives the flattened form, a list of keys the general one.

    All members are protected, except those that differ between the recipients of a general token.

    Args:
        keys: the recipient, or the recipients.
        enc: see `encrypt`.
        header: see `encrypt`; the same for all recipients.
        zip: see `encrypt`.
        aad: travels in the token for all to read, and cannot be changed.

    Returns:
        An object to be written as JSON.

    Raises:
        Misuse: as for `encrypt`; no key or too many, or several of which one has no encrypted key (`dir`, ECDH-ES).
    """
    what = to_encrypt(plaintext, enc, header, zip, aad)
    if isinstance(keys, Key):
        cek, [(own, encrypted_key)] = wrap(what, [keys])
        return {**seal_content(what, cek, {**own, **what.header}), **_encrypted_key(encrypted_key)}
    holders = list(keys) if isinstance(keys, Iterable) else []
    if not 0 < len(holders) <= MAX_RECIPIENTS:
        raise Misuse(f"The recipients of a JWE are 1 to {MAX_RECIPIENTS} keys.")
    cek, sent = wrap(what, holders)
    recipients = [{"header": own, **_encrypted_key(encrypted_key)} for own, encrypted_key in sent]
    return {**seal_content(what, cek, what.header, [own for own, _ in sent]), "recipients": recipients}


def decrypt(
    token: str | bytes | Mapping[str, Any],
    keys: KeySet | Key,
    algorithms: Collection[str] | None = None,
    encryptions: Collection[str] | None = None,
    *,
    aad: bytes | None = None,
    max_bytes: int = MAX_BYTES,
    max_recipients: int = MAX_RECIPIENTS,
    max_p2c: int = MAX_P2C,
    max_inflated: int = 0,
) -> bytes:
    """The plaintext of a JWE for one of `keys`. It is whole and was secret; who wrote it is not said.

    1. Size, form and number of recipients (RFC 7516 section 5.2 step 1, section 9).
    2. Each header and its rules (steps 3 to 5), all base64url (step 2), the sizes of vector and tag.
    3. `enc` is one of `encryptions`; compressed content is allowed.
    4. Keys of ours for `alg` and `kid` of a recipient (step 6); `algorithms` can narrow, never
       widen. A recipient that is not ours is skipped.
    5. The content key (steps 7 to 13); where there is none, a random one (section 11.5).
    6. The content, with all that is authenticated beside it (steps 14 to 17).
    7. Only what was authenticated is inflated, within its bound (step 18).

    Args:
        token: compact text, or JSON as text, as UTF-8 or decoded.
        keys: private keys and shared secrets, each bound to its algorithm.
        algorithms: the `alg` values that are accepted; None: those of the keys.
        encryptions: the `enc` values that are accepted; None: all there are.
        aad: what a token in JSON must have bound to it (`b""`: nothing); None: not asked.
        max_bytes: longest token that is looked at, as compact JSON text for one that comes decoded.
        max_recipients: most recipients of a general token.
        max_p2c: most iterations that a password is hashed with (PBES2).
        max_inflated: largest content, in bytes, that compressed content may grow to. 0 refuses it: it
            betrays what is in it (see `encrypt`), and few need it.

    Raises:
        TokenRefused: malformed_token, unknown_key; decryption_failed for all that is wrong with keys and content.
        Misuse: an argument beside `token` is of another kind.
    """
    if not isinstance(aad, bytes | None):
        raise Misuse("aad is bytes, or None if it shall not be checked.")
    opener = Opener(keys, algorithms, encryptions, max_p2c, max_inflated)
    max_bytes = checked.count("max_bytes", max_bytes, 1, LARGEST_JWE)
    max_recipients = checked.count("max_recipients", max_recipients, 1, MOST_RECIPIENTS)
    return opener.open(read(token, max_bytes, max_recipients), aad)


def seal(token: str, key: Key, *, enc: str, alg: str | None = None) -> str:
    """A signed token, encrypted for the holder of `key`: a nested JWT (RFC 7519 appendix A.2).

    First signed, then encrypted: a signature around the outside could be taken off and
    replaced, and everybody could see whose it is (RFC 7519 section 11.2).

    Args:
        token: a signed compact token, as `Signer.sign` makes it.
        key: see `encrypt`.
        enc: see `encrypt`.
        alg: see `encrypt`.

    Raises:
        Misuse: as for `encrypt`, or the token is not signed and compact.
    """
    try:
        _check_signed(token)
    except TokenRefused:
        raise Misuse("What is sealed is a signed compact token.") from None
    return encrypt(token.encode(), key, enc=enc, alg=alg, header={"cty": "JWT"})


def unseal(
    token: str,
    keys: KeySet | Key,
    algorithms: Collection[str] | None = None,
    encryptions: Collection[str] | None = None,
    *,
    max_bytes: int = MAX_BYTES,
    max_p2c: int = MAX_P2C,
) -> str:
    """The signed token in a nested JWT, **not verified**: that is the work of a `Verifier`, as for every token.

    Who only decrypts knows nothing: anyone can seal any token for a public key, and so the claims of one
    that is encrypted but not signed have no author. Such a token is refused here, as one in two
    layers of encryption is. Claims that are repeated in the header (RFC 7519 section 5.3) are not looked at.

    1. Decrypted as in `decrypt`, in compact form only, and never inflated.
    2. `cty` says that a token is inside (RFC 7519 section 5.2, section 7.2 step 8).
    3. It has the form of a signed compact token.

    Args:
        token: compact text.
        keys: see `decrypt`.
        algorithms: see `decrypt`.
        encryptions: see `decrypt`.
        max_bytes: longest token that is looked at.
        max_p2c: see `decrypt`.

    Raises:
        TokenRefused: as for `decrypt`; wrong_type when `cty` does not say JWT.
        Misuse: an argument beside `token` is of another kind.
    """
    opener = Opener(keys, algorithms, encryptions, max_p2c)
    sealed = read_compact(token, checked.count("max_bytes", max_bytes, 1, LARGEST_JWE))
    content = opener.open(sealed)
    if not _is_jwt(sealed.recipients[0].header.get("cty")):
        raise TokenRefused("wrong_type", detail="cty of the header is not JWT")
    inner = content.decode("latin-1")  # what is not ASCII is refused with all else that is no token
    _check_signed(inner)
    return inner


def _encrypted_key(octets: bytes) -> dict[str, str]:
    """The member of that name; what is empty is left out (RFC 7516 section 7.2.1)."""
    return {"encrypted_key": base64url.encode(octets)} if octets else {}


def _is_jwt(cty: Any) -> bool:
    return isinstance(cty, str) and media_type(cty) == "jwt"


def _check_signed(token: str) -> None:
    """That a token has the form of a signed compact one: three segments, a header, and a signature of some kind."""
    head, _, signature = split(token, LARGEST_TOKEN)
    read_header(head)
    if not signature:
        raise TokenRefused("malformed_token", detail="the token inside is not signed")
