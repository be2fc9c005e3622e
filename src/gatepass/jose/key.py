"""A key bound to one algorithm."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from gatepass.jose import base64url, checked
from gatepass.jose.algorithm import Algorithm
from gatepass.jose.algorithms import named, of_jwk
from gatepass.jose.certificates import read_certificates, write_certificates
from gatepass.jose.encryption.content import ContentEncryption
from gatepass.jose.encryption.management import KeyManagement, Wrapped
from gatepass.jose.errors import KeyRefused
from gatepass.jose.formats import Password, looks_like_a_key, read_der, read_pem, write_private, write_public
from gatepass.jose.key_ops import public_ops, read_ops
from gatepass.jose.key_types.key_type import KeyType
from gatepass.jose.signatures.signature import Check, Sign, SignatureAlgorithm
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret

MAX_KID = 256
"""Longest key id, in characters, in keys and in tokens."""

LARGEST_GENERATED = 8192
"""Most bits that a generated RSA key or secret has."""

_UNKNOWN_HERE = "unknown to the `cryptography` installed here, or to its OpenSSL"


class Key:
    """One key and the one algorithm it is used with.

    The algorithm never comes from a token: that is what key confusion needs. Keys
    do not show their material, cannot be pickled or copied, and compare by identity only.
    """

    __slots__ = ("_algorithm", "_certificates", "_kid", "_native", "_ops", "_type")

    def __init__(
        self,
        algorithm: Algorithm,
        key_type: KeyType,
        native: Any,
        kid: str | None,
        ops: frozenset[str] | None = None,
        certificates: tuple[bytes, ...] = (),
    ) -> None:
        """Not for callers: use `generate`, `from_jwk`, `from_pem`, `from_der` or `from_secret`."""
        self._algorithm, self._type, self._native = algorithm, key_type, native
        self._kid, self._ops, self._certificates = kid, ops, certificates

    @classmethod
    def generate(cls, alg: str, kid: str | None = None, *, crv: str | None = None, bits: int | None = None) -> "Key":
        """A new private key (or secret) for `alg`; its kid is the RFC 7638 thumbprint unless given.

        Args:
            crv: the curve, for algorithms that have several, such as ECDH-ES: P-256 (usual), X25519, …
            bits: size of an RSA key, 2048 (usual) to 8192, or of a secret; a multiple of 8.

        Raises:
            Misuse: unknown algorithm, a curve or size it does not have, or an unusable kid.
        """
        algorithm = named(alg)
        kinds = [one for one in algorithm.key_types if crv is None or one.crv == crv]
        if not kinds:
            raise Misuse(f"{algorithm.name} has no such curve.")
        if bits is not None and (not kinds[0].sized or checked.count("bits", bits, 8, LARGEST_GENERATED) % 8):
            raise Misuse("bits is a multiple of 8, for RSA keys and secrets only.")
        try:
            native = kinds[0].generate(algorithm.bits if bits is None else bits)
        except UnsupportedAlgorithm:
            raise Misuse(f"{algorithm.name} is {_UNKNOWN_HERE}.") from None
        except KeyRefused as refused:
            raise Misuse(f"{refused.message} ({refused.detail})") from None
        return _mine(algorithm, native, _thumbprint(kinds[0], native) if kid is None else kid)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], *, alg: str | None = None) -> "Key":
        """The key a JWK describes (RFC 7517), private when it has the private members.

        `alg`, `use` and `key_ops` in it bind. A JWK without `alg` gets the one named
        here, else that of its curve, and RSA means RS256; a secret without any is
        refused. Certificates in it are read and never trusted. It may come from a stranger.

        Args:
            alg: what the key shall be used with; a JWK that says otherwise is refused.

        Raises:
            KeyRefused: not a well-formed, supported and strong enough key, or not one for `alg`.
            Misuse: there is no algorithm `alg`.
        """
        if alg is not None:
            named(alg)
        if not isinstance(jwk, Mapping):
            raise KeyRefused("malformed_key", "a JWK is a JSON object")
        algorithm, key_type = of_jwk(jwk, alg)
        if alg is not None and algorithm.name != alg:
            raise KeyRefused("unsupported_key", "the JWK is for another algorithm than the one asked for")
        kid, ops = kid_of(jwk), read_ops(jwk, algorithm)
        try:
            native = key_type.load(jwk)
            algorithm.check_key(native)
        except (ValueError, OverflowError):
            raise KeyRefused("malformed_key", "the numbers are no key of this type and curve") from None
        except UnsupportedAlgorithm:
            raise KeyRefused("unsupported_key", f"{algorithm.name} is {_UNKNOWN_HERE}") from None
        return cls(algorithm, key_type, native, kid, ops, read_certificates(jwk, key_type.public(native)))

    @classmethod
    def from_pem(cls, pem: bytes | str, *, alg: str, password: Password = None, kid: str | None = None) -> "Key":
        """The private or public key in a PEM text (PKCS 8, SubjectPublicKeyInfo, or the older forms).

        A certificate is refused: the key would be taken from it, and nothing of it checked.
        Who encrypted a private key decided how long trying a password takes: read your own only.

        Raises:
            Misuse: not such a text, wrong password, or a key that does not fit `alg` or is too weak.
        """
        return _mine(named(alg), read_pem(pem, password), kid)

    @classmethod
    def from_der(cls, der: bytes, *, alg: str, password: Password = None, kid: str | None = None) -> "Key":
        """The private or public key in DER: what `from_pem` reads, without its lines of text.

        Raises:
            Misuse: as for `from_pem`.
        """
        return _mine(named(alg), read_der(der, password), kid)

    @classmethod
    def from_secret(cls, secret: bytes | str | Secret, *, alg: str, kid: str | None = None) -> "Key":
        """A shared secret, for HS256 to HS512, `dir` and the key wraps, or a password for PBES2. Text becomes UTF-8.

        Raises:
            Misuse: it is shorter (or longer) than `alg` needs, or it is the text of
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
    def certificates(self) -> tuple[bytes, ...]:
        """The DER certificates that its JWK brought along (`x5c`), the first one for this key.

        Nobody has verified them: whoever wrote the JWK can have written them.
        """
        return self._certificates

    @property
    def private(self) -> bool:
        """Whether it holds what signing or decrypting needs. A secret always does."""
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
        native, ops = self._type.public(self._native), public_ops(self._ops)
        return Key(self._algorithm, self._type, native, self.kid, ops, self._certificates)

    def jwk(self, private: bool = False) -> dict[str, Any]:
        """The key as a JWK. Without `private=True` no secret member is ever in it.

        Raises:
            Misuse: the public form of a secret, or the private form of a public key, was asked for.
        """
        if self.symmetric and not private:
            raise Misuse("A shared secret has no public form; jwk(private=True) shows the secret.")
        shown = self._half(private)
        members: dict[str, Any] = self._type.dump(shown._native, private=private)
        members["alg"] = self.alg
        if self.kid is not None:
            members["kid"] = self.kid
        if shown._ops is None:
            members["use"] = self.use
        else:
            members["key_ops"] = sorted(shown._ops)
        if self._certificates:
            members["x5c"] = write_certificates(self._certificates)
        return members

    def pem(self, private: bool = False, password: Password = None) -> str:
        """The key as PEM text: SubjectPublicKeyInfo, or with `private=True` PKCS 8, encrypted if there is a password.

        Raises:
            Misuse: it is a shared secret, or has no private half, or the password cannot be used.
        """
        return self._text(Encoding.PEM, private, password).decode()

    def der(self, private: bool = False, password: Password = None) -> bytes:
        """What `pem` writes, without its lines of text.

        Raises:
            Misuse: as for `pem`.
        """
        return self._text(Encoding.DER, private, password)

    def _text(self, encoding: Encoding, private: bool, password: Password) -> bytes:
        if self.symmetric:
            raise Misuse("A shared secret has no PEM or DER form; jwk(private=True) shows it.")
        native = self._half(private)._native
        if private:
            return write_private(native, encoding, password)
        if password is not None:
            raise Misuse("A password protects a private key: say private=True.")
        return write_public(native, encoding)

    def _half(self, private: bool) -> "Key":
        """Itself if the private half is asked for, else the public one. Raises Misuse when there is none."""
        if private and not self.private:
            raise Misuse("This key has no private half.")
        return self if private else self.public()

    def thumbprint(self) -> str:
        """SHA-256 thumbprint as base64url (RFC 7638). That of a secret tells a guesser when he is right."""
        return _thumbprint(self._type, self._native)

    def thumbprint_uri(self) -> str:
        """The thumbprint as a URI (RFC 9278), which names the key in places that want a URI."""
        return f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{self.thumbprint()}"

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
    """Whether `kid` is absent (None) or a key id of usable length, which UTF-8 can hold."""
    if kid is None:
        return True
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        return False
    return kid.isascii() or kid.encode("utf-8", "ignore").decode() == kid


def kid_of(jwk: Mapping[str, Any]) -> str | None:
    """The `kid` of a JWK (RFC 7517 section 4.5), None if it has none. Raises KeyRefused."""
    kid: str | None = jwk.get("kid")
    if not is_kid(kid) or (kid is None and "kid" in jwk):
        raise KeyRefused("malformed_key", f"kid must be text of 1 to {MAX_KID} characters")
    return kid


def _mine(algorithm: Algorithm, native: Any, kid: str | None) -> Key:
    """A key of the programmer's own, where a refusal is his mistake."""
    if not is_kid(kid):
        raise Misuse(f"A kid is text of 1 to {MAX_KID} characters.")
    try:
        key_type = algorithm.key_type_of(native)
        key_type.check(native)
        algorithm.check_key(native)
    except KeyRefused as refused:
        raise Misuse(f"{refused.message} ({refused.detail})") from None
    return Key(algorithm, key_type, native, kid)


def _thumbprint(key_type: KeyType, native: Any) -> str:
    members = key_type.dump(native, private=False)
    # RFC 7638 section 3.3: the required members only, sorted, without white space.
    text = msgspec.json.encode({name: members[name] for name in sorted(key_type.required)})
    return base64url.encode(hashlib.sha256(text).digest())
