"""Verifying JSON Web Tokens (RFC 7519 section 7.2): the heart of the engine."""

from collections.abc import Collection
from typing import Any, Generic, TypeVar, overload

from gatepass.jose import base64url, checked
from gatepass.jose.cache import VerifiedTokens
from gatepass.jose.claims import ClaimRules
from gatepass.jose.compact import LARGEST_TOKEN, MAX_BYTES, check_for, refuse_signature
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.header import media_type, read_header
from gatepass.jose.jws import as_key_set
from gatepass.jose.key import Key
from gatepass.jose.key_set import KeySet
from gatepass.jose.signatures.signature import Check
from gatepass.kernel import clock
from gatepass.kernel.errors import Misuse

C = TypeVar("C")

_UNSAID: Any = object()
_NUMBER = (int, float)
MAX_HEADERS = 64
"""How many different headers are remembered. A signer writes one per key and type."""

LARGEST_CACHE = 1_000_000


class Verifier(Generic[C]):
    """Verifies tokens of one issuer for one service.

    What must be said has no default: a verifier that forgets the audience accepts
    tokens that were meant for somebody else. `None` says "not checked" aloud.

    When keys change, make a new Verifier: its caches begin empty. Thread-safe. A claim
    that comes twice counts as it comes last (RFC 7519 section 4).

    Args:
        keys: the keys that are trusted; each brings its own algorithm.
        issuer: what `iss` must be, or None.
        audience: one or more names of this service, one of which `aud` must have, or None.
        typ: type of the token, such as `at+jwt` (RFC 8725 section 3.11), or None.
        require: claims that must be there.
        leeway: seconds by which clocks may differ, 0 to 600.
        claims: `dict`, or a `msgspec.Struct` type to get typed claims; one that declares the
            registered claims as `tokens.access.AccessClaims` does is the fastest. With a cache a
            frozen Struct is shared by all who send the same token, lists and dicts inside it too.
        cache: how many verified tokens to remember; their times are checked at every use.
        max_bytes: longest token that is looked at.

    Raises:
        Misuse: something above is missing or impossible.
    """

    @overload
    def __init__(
        self: "Verifier[dict[str, Any]]",
        keys: KeySet | Key,
        *,
        issuer: str | None,
        audience: str | Collection[str] | None,
        typ: str | None,
        require: Collection[str] = ...,
        leeway: float = ...,
        claims: type[dict[str, Any]] = ...,
        cache: int = ...,
        max_bytes: int = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        keys: KeySet | Key,
        *,
        issuer: str | None,
        audience: str | Collection[str] | None,
        typ: str | None,
        require: Collection[str] = ...,
        leeway: float = ...,
        claims: type[C],
        cache: int = ...,
        max_bytes: int = ...,
    ) -> None: ...
    def __init__(
        self,
        keys: KeySet | Key,
        *,
        issuer: str | None = _UNSAID,
        audience: str | Collection[str] | None = _UNSAID,
        typ: str | None = _UNSAID,
        require: Collection[str] = ("exp",),
        leeway: float = 0,
        claims: Any = dict,
        cache: int = 0,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        for name, said in {"issuer": issuer, "audience": audience, "typ": typ}.items():
            if said is _UNSAID:
                raise Misuse(f"Say {name}=…, or {name}=None if it shall not be checked.")
        self.keys = as_key_set(keys)
        self._typ = None if typ is None else media_type(checked.text("typ", typ))
        self._max_bytes = checked.count("max_bytes", max_bytes, 1, LARGEST_TOKEN)
        self._seen: dict[str, Check] = {}
        self._usual: tuple[str | None, Any] = None, None
        self._rules = ClaimRules(
            checked.claims_type(claims),
            issuer=None if issuer is None else checked.text("issuer", issuer),
            audiences=None if audience is None else checked.audiences(audience),
            require=checked.names("require", require),
            leeway=checked.leeway(leeway),
            max_bytes=max_bytes,
        )
        self._cache = VerifiedTokens(cache, claims) if checked.count("cache", cache, 0, LARGEST_CACHE) else None

    def verify(self, token: str, *, now: float | None = None) -> C:
        """The claims of a token that is good at this moment.

        1. A token verified before is good while its times are.
        2. Size, and three segments (RFC 7515 section 5.2 step 1).
        3. The header: one that a good signature once covered is known, with its keys;
           another is read, strictly (steps 2 to 5), and never trusted with more than
           choosing among `keys` (section 6).
        4. The signature (step 8). Nothing of payload or signature was decoded before.
        5. The type (RFC 8725 section 3.11).
        6. The claims (RFC 7519 section 4.1), in the order of `ClaimRules.read`.

        Args:
            now: seconds since the epoch; the wall clock's if not given.

        Raises:
            TokenRefused: its `code` says which step failed. Not asked here: whether it was revoked.
        """
        if now is None:
            now = clock.now()
        elif not isinstance(now, _NUMBER):
            raise Misuse("now is a number of seconds.")
        if self._cache is not None:
            known: C | None = self._cache.get(token, now)
            if known is not None:
                return known
        # As `compact.split` does: to call it would cost a fiftieth of the whole.
        if not isinstance(token, str) or len(token) > self._max_bytes or not token.isascii():
            raise TokenRefused("malformed_token", detail="not ASCII text, or too long")
        signed, _, signature = token.rpartition(".")
        head, dot, payload = signed.partition(".")
        if not dot or "." in payload:
            raise TokenRefused("malformed_token", detail="not three segments")
        usual, check = self._usual
        if head != usual:
            self._look_up(head, payload, signature)
        elif not check(payload, signature):
            raise refuse_signature(signature)
        try:
            body = base64url.decode_text(payload)
        except NotBase64url:
            raise TokenRefused("malformed_token", detail="the payload is not base64url") from None
        claims, facts = self._rules.read(body, now)
        if self._cache is not None:
            self._cache.put(token, body, facts)
        verified: C = claims
        return verified

    @property
    def remembered(self) -> int:
        """How often a token was verified by remembering it."""
        return 0 if self._cache is None else self._cache.hits

    def _look_up(self, head: str, payload: str, signature: str) -> None:
        """Steps 3 to 5 for a header that is not the usual one; from then on it is."""
        check = self._seen.get(head)
        if check is None:
            check = self._admit(head, payload, signature)
        elif not check(payload, signature):
            raise refuse_signature(signature)
        self._usual = head, check

    def _admit(self, head: str, payload: str, signature: str) -> Check:
        """Steps 3 to 5 for a header that is not known yet; its check, which from then on is known."""
        header = read_header(head)
        check = check_for(header, head, self.keys)
        if not check(payload, signature):
            raise refuse_signature(signature)
        if self._typ is not None and media_type(header.get("typ", "")) != self._typ:
            raise TokenRefused("wrong_type", detail="typ of the header is not the one asked for")
        if len(self._seen) >= MAX_HEADERS:
            self._seen.clear()
        self._seen[head] = check
        return check
