"""A set of keys, and the rule which of them may check a token."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gatepass.jose.algorithms import PRIVATE_MEMBERS, accepted_names, of_jwk
from gatepass.jose.errors import KeyRefused, TokenRefused
from gatepass.jose.key import Key, kid_of
from gatepass.kernel.decoding import Undecodable, decode_json
from gatepass.kernel.errors import Misuse

MAX_KEYS = 1024
MAX_JWKS_BYTES = 1024 * 1024
MAX_TRIES = 4
"""How many keys are tried at most for a token that does not name one."""


class KeySet:
    """An unchangeable set of keys.

    A set read from JWKs parses each key when it is first used, so its size costs
    nothing. A JWK that is no usable key is left out, as RFC 7517 section 5 asks: a set
    may hold kinds that we do not know.

    Which keys may check a token (never more than four, and always only keys bound to
    the algorithm that the token names):

    - the token names a kid: the keys of that kid; if there are none, keys without a kid.
    - it names none: all keys. If more than four fit, none: a token that fits so many
      keys must say which one.

    Args:
        keys: the keys, in order of preference.

    Raises:
        Misuse: something in `keys` is no Key.
    """

    __slots__ = ("_entries", "_named", "_unnamed")

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        given = tuple(keys) if isinstance(keys, Iterable) else (keys,)
        if not all(isinstance(key, Key) for key in given):
            raise Misuse("A KeySet is made of Key objects; KeySet.from_jwks reads JWKs.")
        self._index(tuple(_Entry(key.kid, accepted_names(key.alg), key=key) for key in given))

    @classmethod
    def from_jwks(cls, jwks: Mapping[str, Any] | bytes, *, public: bool = False) -> "KeySet":
        """The keys of a JWK set (RFC 7517 section 5), as JSON text or decoded.

        Args:
            public: whether the set is one that everybody may see. Say so of what you publish.

        Raises:
            KeyRefused: not a JWK set, larger than 1 MiB, or of more than 1024 keys.
            Misuse: a key in a public set has a member that only its owner may know.
        """
        try:
            decoded = (
                decode_json(jwks, max_bytes=MAX_JWKS_BYTES, unique_names=True) if isinstance(jwks, bytes) else jwks
            )
        except Undecodable as error:
            raise KeyRefused("malformed_key", f"the JWK set is not readable JSON: {error.code}") from None
        members = decoded.get("keys") if isinstance(decoded, Mapping) else None
        if not isinstance(members, list) or len(members) > MAX_KEYS:
            raise KeyRefused("malformed_key", f"a JWK set is an object with a list `keys` of at most {MAX_KEYS}")
        if public and not all(_shows_no_secret(member) for member in members):
            raise Misuse("A key in the set to publish is private, or a shared secret: if it was published, replace it.")
        made = cls()
        made._index(tuple(entry for entry in map(_screened, members) if entry))
        return made

    def _index(self, entries: tuple["_Entry", ...]) -> None:
        self._entries = entries
        self._named: dict[str, list[_Entry]] = {}
        self._unnamed = [entry for entry in entries if entry.kid is None]
        for entry in entries:
            if entry.kid is not None:
                self._named.setdefault(entry.kid, []).append(entry)

    def get(self, kid: str) -> Key | None:
        """The first usable key of that kid, or None."""
        keys = (entry.load() for entry in self._named.get(kid, ()))
        return next((key for key in keys if key is not None), None)

    def matching(self, alg: str, kid: str | None) -> list[Key]:
        """The keys that a token with this header may mean, by the rule above; not yet asked what they are for."""
        entries = self._entries if kid is None else self._named.get(kid) or self._unnamed
        fitting = [entry for entry in entries if alg in entry.accepts]
        if len(fitting) > MAX_TRIES:
            return []
        return [key for key in (entry.load() for entry in fitting) if key is not None]

    def jwks(self) -> dict[str, Any]:
        """The set to publish, whatever this one holds: public halves only; shared secrets are left out."""
        return {"keys": [key.public().jwk() for key in self if not key.symmetric]}

    def __iter__(self) -> Iterator[Key]:
        """All usable keys; this parses them."""
        return (key for key in (entry.load() for entry in self._entries) if key is not None)

    def __len__(self) -> int:
        """How many keys the set lists; nothing is parsed for it."""
        return len(self._entries)

    def __repr__(self) -> str:
        return f"KeySet({len(self._entries)} keys, {sum(entry.parsed for entry in self._entries)} parsed)"

    def __reduce__(self) -> Any:
        raise Misuse("A key set cannot be pickled; jwks() is its public form.")


def unknown_key() -> TokenRefused:
    """The refusal of a header that no key of a set fits; `none` and every `alg` without a key of ours end here too."""
    return TokenRefused("unknown_key", detail="no key, or too many without kid, for alg and kid of the header")


class _Entry:
    """A key that is there, or a JWK that becomes one when it is needed."""

    __slots__ = ("_jwk", "_key", "accepts", "kid")

    def __init__(
        self, kid: str | None, accepts: frozenset[str], *, key: Key | None = None, jwk: Mapping[str, Any] | None = None
    ) -> None:
        self.kid = kid
        self.accepts = accepts
        self._key = key
        self._jwk = jwk

    @property
    def parsed(self) -> bool:
        return self._jwk is None

    def load(self) -> Key | None:
        """The key; None when the JWK turns out to be none. Two threads may both parse: the results are equal."""
        jwk = self._jwk
        if jwk is not None:
            try:
                self._key = Key.from_jwk(jwk)
            except KeyRefused:
                self._key = None
            self._jwk = None
        return self._key


def _screened(jwk: Any) -> _Entry | None:
    """The cheap look: type, curve, algorithm, use and kid, but no numbers."""
    if not isinstance(jwk, Mapping):
        return None
    try:
        return _Entry(kid_of(jwk), accepted_names(of_jwk(jwk)[0].name), jwk=dict(jwk))
    except KeyRefused:
        return None


def _shows_no_secret(jwk: Any) -> bool:
    return not isinstance(jwk, Mapping) or PRIVATE_MEMBERS.isdisjoint(jwk)
