"""A key bound to one algorithm."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm

from gatepass.jose import base64url
from gatepass.jose.algorithm import Algorithm
from gatepass.jose.algorithms import named, of_jwk
from gatepass.jose.encryption.content import ContentEncryption
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.errors import KeyRefused
from gatepass.jose.formats import looks_like_a_key, read_pem
from gatepass.jose.key_types.key_type import KeyType
from gatepass.jose.signatures.signature import Check, Sign, SignatureAlgorithm
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret

MAX_KID = 256
"""Longest key id, in characters, in keys and in tokens."""


class Key:
    """One signing or verifying key and the one algorithm it is used with.

    The algorithm never comes from a token: that is what key confusion needs. Keys
    do not show their material, cannot be pickled and compare by identity only.
    """

    __slots__ = ("_algorithm", "_kid", "_native", "_ops", "_type")

    def __init__(
        self,
        algorithm: Algorithm,
        key_type: KeyType,
        native: Any,
        kid: str | None,
        ops: frozenset[str] | None = None,
    ) -> None:
        """Not for callers: use `generate`, `from_jwk`, `from_pem` or `from_secret`."""
        if not is_kid(kid):
            raise KeyRefused("malformed_key", f"kid must be text of 1 to {MAX_KID} characters")
        self._algorithm, self._type, self._native, self._kid, self._ops = algorithm, key_type, native, kid, ops

    @classmethod
    def generate(cls, alg: str, kid: str | None = None) -> "Key":
        """A new private key (or secret) for `alg`; its kid is the RFC 7638 thumbprint unless given.

        Raises:
            Misuse: unknown algorithm or unusable kid.
        """
        algorithm = named(alg)
        key_type = algorithm.key_types[0]
        try:
            native = key_type.generate(algorithm.bits)
        except UnsupportedAlgorithm:
            raise Misuse(
                f"The `cryptography` installed here, or its OpenSSL, does not know {algorithm.name}."
            ) from None
        return _mine(algorithm, native, _thumbprint(key_type, native) if kid is None else kid)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> "Key":
        """The key a JWK describes (RFC 7517), private when it has the private members.

        `alg`, `use` and `key_ops` bind. Without `alg` the curve decides, and RSA
        means RS256; a secret without `alg` is refused. Certificates in it (`x5c`,
        `x5u`, `x5t`) are not looked at. The JWK may come from a stranger.

        Raises:
            KeyRefused: not a well-formed, supported and strong enough key.
        """
        if not isinstance(jwk, Mapping):
            raise KeyRefused("malformed_key", "a JWK is a JSON object")
        algorithm, key_type = of_jwk(jwk)
        ops = _operations(jwk, algorithm)
        try:
            native = key_type.load(jwk)
            algorithm.check_key(native)
        except (ValueError, OverflowError):
            raise KeyRefused("malformed_key", "the numbers are no key of this type and curve") from None
        except UnsupportedAlgorithm:
            raise KeyRefused(
                "unsupported_key", f"the `cryptography` installed here, or its OpenSSL, does not know {algorithm.name}"
            ) from None
        return cls(algorithm, key_type, native, jwk.get("kid"), ops)

    @classmethod
    def from_pem(
        cls, pem: bytes | str, *, alg: str, password: bytes | str | Secret | None = None, kid: str | None = None
    ) -> "Key":
        """The private or public key in a PEM text (PKCS 8, SubjectPublicKeyInfo, or the older forms).

        Raises:
            Misuse: not such a text, wrong password, or a key that does not fit `alg` or is too weak.
        """
        return _mine(named(alg), read_pem(pem, password), kid)

    @classmethod
    def from_secret(cls, secret: bytes | str | Secret, *, alg: str, kid: str | None = None) -> "Key":
        """A shared secret for HS256, HS384 or HS512; text is encoded as UTF-8.

        Raises:
            Misuse: shorter than the hash (RFC 7518 section 3.2), or it is the text of
                a public or private key, which is never meant as a secret.
        """
        algorithm = named(alg)
        value = secret if isinstance(secret, Secret) else Secret(secret)
        if not algorithm.key_types[0].symmetric:
            raise Misuse(f"{algorithm.name} works with key pairs, not with a secret.")
        if looks_like_a_key(value.reveal()):
            raise Misuse("This is the text of a key (PEM, DER, SSH or JWK), not a secret: use from_pem or from_jwk.")
        return _mine(algorithm, value.reveal(), kid)

    @property
    def alg(self) -> str:
        """Name of the algorithm (RFC 7518 section 3.1, RFC 8812, RFC 9864)."""
        return self._algorithm.name

    @property
    def kid(self) -> str | None:
        """The key id that tokens name it by (RFC 7517 section 4.5), or None."""
        return self._kid

    @property
    def private(self) -> bool:
        """Whether it holds what signing needs. A secret always does."""
        return self._type.is_private(self._native)

    @property
    def symmetric(self) -> bool:
        """Whether one secret both signs and verifies, so that it can never be published."""
        return self._type.symmetric

    @property
    def use(self) -> str:
        """`sig` for signatures, `enc` for encryption (RFC 7517 section 4.2)."""
        return self._algorithm.use

    @property
    def signs(self) -> bool:
        """Whether it is private, for signatures, and its `key_ops` let it sign."""
        return self.use == "sig" and self._private_half_may()

    @property
    def verifies(self) -> bool:
        """Whether it is for signatures and its `key_ops` let it, or the public half of it, verify."""
        return self.use == "sig" and self._public_half_may()

    @property
    def encrypts(self) -> bool:
        """Whether it is for encryption and its `key_ops` let it, or the public half of it, encrypt."""
        return self.use == "enc" and self._public_half_may()

    @property
    def decrypts(self) -> bool:
        """Whether it is private, for encryption, and its `key_ops` let it decrypt."""
        return self.use == "enc" and self._private_half_may()

    def _private_half_may(self) -> bool:
        return self.private and (self._ops is None or not self._ops.isdisjoint(self._algorithm.private_ops))

    def _public_half_may(self) -> bool:
        allowed = self._ops is None or not self._ops.isdisjoint(self._algorithm.public_ops)
        return allowed or (self.private and not self.symmetric)

    def public(self) -> "Key":
        """The public half (itself, if it is public).

        Raises:
            Misuse: the key is a shared secret.
        """
        if self.symmetric:
            raise Misuse("A shared secret has no public half.")
        if not self.private:
            return self
        ops = None if self._ops is None else self._algorithm.public_ops
        return Key(self._algorithm, self._type, self._type.public(self._native), self.kid, ops)

    def jwk(self, private: bool = False) -> dict[str, Any]:
        """The key as a JWK. Without `private=True` no secret member is ever in it.

        Raises:
            Misuse: the public form of a secret, or the private form of a public key, was asked for.
        """
        if private and not self.private:
            raise Misuse("This key has no private half.")
        if self.symmetric and not private:
            raise Misuse("A shared secret has no public form; jwk(private=True) shows the secret.")
        members: dict[str, Any] = self._type.dump(self._native, private=private)
        members["alg"] = self.alg
        if self.kid is not None:
            members["kid"] = self.kid
        if self._ops is None:
            members["use"] = self.use
        else:
            members["key_ops"] = sorted(self._ops if private else self._algorithm.public_ops)
        return members

    def thumbprint(self) -> str:
        """SHA-256 thumbprint as base64url (RFC 7638). That of a secret tells a guesser when he is right."""
        return _thumbprint(self._type, self._native)

    def checker(self, head: str) -> Check:
        """The check of compact tokens that begin with the header segment `head`. For this room only."""
        return self._signature_algorithm().check(self._native, head)

    def signer(self, head: str) -> Sign:
        """The signer of compact tokens that begin with the header segment `head`. For this room only."""
        return self._signature_algorithm().sign(self._native, head)

    def _signature_algorithm(self) -> SignatureAlgorithm:
        if not isinstance(self._algorithm, SignatureAlgorithm):
            raise Misuse(f"A key for {self.alg} is not for signatures.")
        return self._algorithm

    def wrap(self, enc: ContentEncryption, header: Mapping[str, Any], cek: bytes) -> Wrapped:
        """See `KeyManagement.wrap`. For this room only."""
        return self._key_management().wrap(self._type.public(self._native), enc, header, cek)

    def unwrap(self, enc: ContentEncryption, header: Mapping[str, Any], encrypted_key: bytes, *, max_p2c: int) -> bytes:
        """See `KeyManagement.unwrap`. For this room only."""
        return self._key_management().unwrap(self._native, enc, header, encrypted_key, max_p2c=max_p2c)

    @property
    def direct(self) -> bool:
        """See `KeyManagement.direct`. For this room only."""
        return self._key_management().direct

    def _key_management(self) -> KeyManagement:
        if not isinstance(self._algorithm, KeyManagement):
            raise Misuse(f"A key for {self.alg} is not for encryption.")
        return self._algorithm

    def signature(self, data: bytes) -> bytes:
        """The signature of `data` as JWS writes it. For this room only."""
        return self._signature_algorithm().signature(self._native, data)

    def is_signature(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` is one of `data`. For this room only."""
        return self._signature_algorithm().is_signature(self._native, signature, data)

    def __repr__(self) -> str:
        kind = "secret" if self.symmetric else "private" if self.private else "public"
        return f"Key({self._type.kty} {kind}, alg={self.alg}, kid={self.kid!r})"

    def __reduce__(self) -> Any:
        raise Misuse("A key cannot be pickled; jwk(private=True) shows it on purpose.")


def is_kid(kid: Any) -> bool:
    """Whether `kid` is absent (None) or a key id of usable length."""
    return kid is None or (isinstance(kid, str) and 0 < len(kid) <= MAX_KID)


def _mine(algorithm: Algorithm, native: Any, kid: str | None) -> Key:
    """A key of the programmer's own, where a refusal is his mistake."""
    try:
        return Key(algorithm, algorithm.key_type_of(native), native, kid)
    except KeyRefused as error:
        raise Misuse(f"{error.message} ({error.detail})") from None


def _thumbprint(key_type: KeyType, native: Any) -> str:
    members = key_type.dump(native, private=False)
    # RFC 7638 section 3.3: the required members only, sorted, without white space.
    text = msgspec.json.encode({name: members[name] for name in sorted(key_type.required)})
    return base64url.encode(hashlib.sha256(text).digest())


def _operations(jwk: Mapping[str, Any], algorithm: Algorithm) -> frozenset[str] | None:
    """`key_ops` if given (RFC 7517 section 4.3). Refuses a JWK whose `key_ops` leave nothing to do."""
    if "key_ops" not in jwk:
        return None
    ops = jwk["key_ops"]
    if not isinstance(ops, list) or not all(isinstance(op, str) for op in ops) or len(set(ops)) != len(ops):
        raise KeyRefused("malformed_key", "key_ops is no list of different names")
    if not (algorithm.private_ops | algorithm.public_ops) & set(ops):
        raise KeyRefused("unsupported_key", f"key_ops allow nothing that {algorithm.name} does")
    return frozenset(ops)
