"""The registered claims (RFC 7519 section 4.1): their types, and what a verifier asks of them."""

from collections.abc import Collection
from typing import Annotated, Any, NoReturn

import msgspec

from gatepass.jose.errors import TokenRefused
from gatepass.kernel.decoding import MAX_DEPTH, Undecodable, decode_json

LATEST = 253402300799
"""The last second of the year 9999: a later date is a mistake or an attack."""

_Date = Annotated[int, msgspec.Meta(ge=0, le=LATEST)] | Annotated[float, msgspec.Meta(ge=0, le=LATEST)]
_Present = bool | int | float | str | list[Any] | dict[str, Any]
_TYPES: dict[str, Any] = {
    "iss": str,
    "sub": str,
    "aud": str | list[str],
    "exp": _Date,
    "nbf": _Date,
    "iat": _Date,
    "jti": str,
}
_UNDECODABLE = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError)


def registered(required: Collection[str] = ()) -> type[msgspec.Struct]:
    """A Struct of the registered claims with strict types, in which the `required` names must be there.

    Defaults are not checked against their types: so None means absent, while a JSON
    null is refused. A date is a number of seconds from 1970 to 9999.
    """
    fields: list[Any] = [(name, kind) if name in required else (name, kind, None) for name, kind in _TYPES.items()]
    others = {f"other_{at}": name for at, name in enumerate(required) if name not in _TYPES}
    fields += [(attribute, _Present) for attribute in others]
    return msgspec.defstruct("Registered", fields, kw_only=True, rename=others)


class ClaimRules:
    """Turns the payload of a good signature into claims, or refuses it.

    The payload is decoded twice: into the registered claims with strict types, and
    into what the caller wants. A Struct of his that forgets `nbf`, or allows null in
    `exp`, then weakens nothing. It costs 0.2 µs.

    Args:
        kind: `dict` or a `msgspec.Struct` type.
        issuer: what `iss` must be; None: anything.
        audiences: one of these must be in `aud`; None: anything.
        require: names that must be there; those of `issuer` and `audiences` must anyway.
        leeway: seconds by which clocks may differ.
        max_bytes: longest payload.
    """

    def __init__(
        self,
        kind: Any,
        *,
        issuer: str | None,
        audiences: frozenset[str] | None,
        require: Collection[str],
        leeway: float,
        max_bytes: int,
    ) -> None:
        self._issuer, self._audiences, self._leeway, self._max_bytes = issuer, audiences, leeway, max_bytes
        asked = {"iss": issuer, "aud": audiences}
        self._required = dict.fromkeys([*(name for name, value in asked.items() if value is not None), *require])
        self._kinds = registered(self._required), kind
        self._decode_facts = msgspec.json.Decoder(self._kinds[0]).decode
        self._decode = msgspec.json.Decoder(kind).decode

    def read(self, body: bytes, now: float) -> tuple[Any, Any]:
        """The claims, and the registered ones among them.

        1. JSON object in UTF-8; registered claims of the right type (RFC 7519 section 4.1).
        2. `iss` is the one that was asked for (4.1.1).
        3. `aud` has one of ours (4.1.3).
        4. `now` is before `exp` (4.1.4), not before `nbf` (4.1.5). `iat` (4.1.6) may be in the
           future: it tells an age and makes no promise.

        Raises:
            TokenRefused: malformed_token, missing_claim, bad_claim, wrong_issuer,
                wrong_audience, token_expired, token_not_yet_valid.
        """
        try:
            facts: Any = self._decode_facts(body)
            claims = self._decode(body)
            if not body.isascii():
                body.decode()  # msgspec does not look into members that nobody asked for
        except _UNDECODABLE:
            self._explain(body)
        if self._kinds[1] is dict and (body.find(b"{", 1) >= 0 or body.find(b"[") >= 0):
            self._check_depth(body)
        if self._issuer is not None and facts.iss != self._issuer:
            raise TokenRefused("wrong_issuer", "iss")
        if self._audiences is not None and not self._meant_for_us(facts.aud):
            raise TokenRefused("wrong_audience", "aud")
        # Both comparisons are written so that a `now` that is not a number refuses.
        if facts.exp is not None and not now - self._leeway < facts.exp:
            raise TokenRefused("token_expired", "exp")
        if facts.nbf is not None and not now + self._leeway >= facts.nbf:
            raise TokenRefused("token_not_yet_valid", "nbf")
        return claims, facts

    def _meant_for_us(self, aud: str | list[str]) -> bool:
        ours = self._audiences or frozenset()
        return aud in ours if isinstance(aud, str) else not ours.isdisjoint(aud)

    def _check_depth(self, body: bytes) -> None:
        """A dict takes any nesting; hand out none that recursive code of the caller would break on."""
        try:
            decode_json(body, max_bytes=self._max_bytes, max_depth=MAX_DEPTH)
        except Undecodable as error:
            raise TokenRefused("malformed_token", detail=f"claims: {error.code}") from None

    def _explain(self, body: bytes) -> NoReturn:
        """Find out why `body` could not be decoded, in our own words, and raise it."""
        for kind in self._kinds:
            try:
                decode_json(body, kind, max_bytes=self._max_bytes)
            except Undecodable as error:
                raise self._refusal(body, kind, error) from None
        raise TokenRefused("malformed_token", detail="claims: not UTF-8")

    def _refusal(self, body: bytes, kind: Any, error: Undecodable) -> TokenRefused:
        fields = () if kind is dict else msgspec.structs.fields(kind)
        # The path names fields of ours only, but a name may itself hold dots: look it up, do not cut it out.
        at = next(
            (
                f.encode_name
                for f in fields
                if f"{error.path}.".startswith((f"$.{f.encode_name}.", f"$.{f.encode_name}["))
            ),
            None,
        )
        if at is not None:
            return TokenRefused("bad_claim", at)
        present = self._names(body)
        if present is None or error.code not in ("invalid_field", "unknown_field"):
            return TokenRefused("malformed_token", detail=f"claims: {error.code}")
        missing = [field.encode_name for field in fields if field.required and field.encode_name not in present]
        return TokenRefused("missing_claim", missing[0]) if missing else TokenRefused("bad_claim", detail=error.code)

    def _names(self, body: bytes) -> dict[str, Any] | None:
        """The claims by name; None when the payload is no JSON object."""
        try:
            names: dict[str, Any] = decode_json(body, dict, max_bytes=self._max_bytes)
        except Undecodable:
            return None
        return names
