"""The registered claims (RFC 7519 section 4.1): their types, and what a verifier asks of them."""

from collections.abc import Collection
from types import MemberDescriptorType
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from gatepass.jose.diagnosis import check_nesting, payload_refusal
from gatepass.jose.errors import TokenRefused

LATEST = 253402300799
"""The last second of the year 9999: a later date is a mistake or an attack."""

Seconds = Annotated[int, msgspec.Meta(ge=0, le=LATEST)]
"""A date in whole seconds from 1970 to 9999, for Structs of one's own."""

NumericDate = Seconds | Annotated[float, msgspec.Meta(ge=0, le=LATEST)]
"""A date in seconds as RFC 7519 section 2 has it, with or without a fraction."""

_Present = bool | int | float | str | list[Any] | dict[str, Any]
_DATES = (NumericDate, Seconds)
_TYPES: dict[str, tuple[Any, ...]] = {
    "iss": (str,),
    "sub": (str,),
    "aud": (str | list[str], str | tuple[str, ...], str),
    "exp": _DATES,
    "nbf": _DATES,
    "iat": _DATES,
    "jti": (str,),
}
"""The type of each registered claim, then other types that take no more."""

_UNDECODABLE = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError)


def registered(required: Collection[str] = ()) -> type[msgspec.Struct]:
    """A Struct of the registered claims with strict types, in which the `required` names must be there.

    Defaults are not checked against their types: so UNSET means absent, while a JSON
    null is refused. A date is a number of seconds from 1970 to 9999.
    """
    fields: list[Any] = [
        (name, types[0]) if name in required else (name, types[0], UNSET) for name, types in _TYPES.items()
    ]
    others = {f"other_{at}": name for at, name in enumerate(required) if name not in _TYPES}
    fields += [(attribute, _Present) for attribute in others]
    return msgspec.defstruct("Registered", fields, kw_only=True, gc=False, rename=others)


def is_strict(kind: Any, required: Collection[str]) -> bool:
    """Whether the Struct type `kind` refuses by itself all that `registered(required)` refuses.

    It declares every registered claim under its own name, in one of our types: required,
    or UNSET when it is absent; required names have no default. Neither a `__post_init__`
    nor a property of that name may show other claims than were read.
    """
    if kind is dict or hasattr(kind, "__post_init__"):
        return False
    fields = [field for field in msgspec.structs.fields(kind) if field.name == field.encode_name]
    plain = [field for field in fields if isinstance(getattr(kind, field.name), MemberDescriptorType)]
    mandatory = {field.name: field.type for field in plain if field.required}
    optional = {field.name: field.type for field in plain if field.default is UNSET}
    declared = all(
        mandatory.get(name) in types
        or (name not in required and optional.get(name) in [one | UnsetType for one in types])
        for name, types in _TYPES.items()
    )
    return declared and all(name in _TYPES or mandatory.get(name) in (str, int, float, bool) for name in required)


_BRACKET, _BRACE = b"[{"


class ClaimRules:
    """Turns the payload of a good signature into claims, or refuses it.

    The payload is decoded twice: into the registered claims with strict types, and
    into what the caller wants. A Struct of his that forgets `nbf`, or allows null in
    `exp`, then weakens nothing. It costs 0.3 µs, and is spared when `is_strict`.

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
        self._issuer, self._audiences, self._leeway, self._max_bytes = issuer, audiences, float(leeway), max_bytes
        asked = {"iss": issuer, "aud": audiences}
        required = dict.fromkeys([*(name for name, value in asked.items() if value is not None), *require])
        self._kinds = registered(required), kind
        self._usual_audience = next(iter(audiences or ()), None)
        decode_facts, self._decode = (msgspec.json.Decoder(one).decode for one in self._kinds)
        self._decode_facts = None if is_strict(kind, required) else decode_facts

    def read(self, body: bytes, now: float) -> tuple[Any, Any]:
        """The claims, and the registered ones among them.

        1. A JSON object in UTF-8, the registered claims of the right type (RFC 7519 section 4.1),
           every required claim there. Of a name that occurs twice the last one counts (section 4):
           finding the pair would double the time, and only who may sign could write it.
        2. `iss` is the one that was asked for (4.1.1).
        3. `aud` has one of ours (4.1.3).
        4. `now` is before `exp` (4.1.4) and not before `nbf` (4.1.5). `iat` (4.1.6) may lie in the
           future: it tells an age and promises nothing.

        Raises:
            TokenRefused: malformed_token, missing_claim, bad_claim, wrong_issuer,
                wrong_audience, token_expired, token_not_yet_valid.
        """
        try:
            if _BRACKET in body or _BRACE in body[1:]:
                check_nesting(body, self._max_bytes)
            if not body.isascii():
                body.decode()  # msgspec does not look into the text of members that nobody asked for
            claims = self._decode(body)
            facts = claims if self._decode_facts is None else self._decode_facts(body)
        except _UNDECODABLE:
            raise payload_refusal(body, self._kinds, self._max_bytes) from None
        if facts.iss != self._issuer and self._issuer is not None:
            raise TokenRefused("wrong_issuer", "iss")
        if facts.aud != self._usual_audience and self._audiences is not None and not self._is_ours(facts.aud):
            raise TokenRefused("wrong_audience", "aud")
        # Both comparisons are written so that a `now` that is not a number refuses.
        if facts.exp is not UNSET and not now - self._leeway < facts.exp:
            raise TokenRefused("token_expired", "exp")
        if facts.nbf is not UNSET and not now + self._leeway >= facts.nbf:
            raise TokenRefused("token_not_yet_valid", "nbf")
        return claims, facts

    def _is_ours(self, aud: Any) -> bool:
        ours = self._audiences or frozenset()
        return aud in ours if isinstance(aud, str) else not ours.isdisjoint(aud)
