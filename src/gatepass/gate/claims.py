"""From verified claims to an identity."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from gatepass.gate.identity import Identity
from gatepass.jose.errors import TokenRefused
from gatepass.tokens.access import TYP

REQUIRED = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
"""What an access token must say (RFC 9068 section 2.2)."""

REQUIRED_ELSEWHERE = ("exp", "sub")
"""What a token of another profile must say, so that it ends and names somebody."""


class _Claims(msgspec.Struct, frozen=True):
    """The claims a gate reads, in the types it relies on; services read theirs from the whole set."""

    sub: str
    exp: float
    aud: str | list[str] = ""
    client_id: str | None = None
    scope: str = ""
    sid: str | None = None
    auth_time: float | None = None
    acr: str | None = None
    amr: list[str] = []
    preferred_username: str | None = None
    email: str | None = None
    name: str | None = None
    cnf: object = None


def required_claims(typ: str | None) -> tuple[str, ...]:
    """The claims that tokens with this `typ` header must have."""
    return REQUIRED if typ == TYP else REQUIRED_ELSEWHERE


def identity_of(claims: Mapping[str, Any], issuer: str, scheme: str) -> Identity:
    """The identity that verified claims describe.

    1. Every claim that is read has its registered type (RFC 9068 section 2.2).
    2. A token bound to a key (`cnf`, RFC 7800) is no bearer token: whoever sends it must
       prove that they hold the key, and what cannot be checked is not believed.
    3. A client speaks for itself when it is its own subject (RFC 9068 section 2.2).

    Raises:
        TokenRefused: `bad_claim`.
    """
    try:
        read = msgspec.convert(claims, _Claims)
        expires_at = int(read.exp)
        auth_time = None if read.auth_time is None else int(read.auth_time)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise TokenRefused("bad_claim", detail=str(error)) from None
    if read.cnf is not None:
        raise TokenRefused("bad_claim", "cnf")
    return Identity(
        read.sub,
        issuer,
        "client" if read.sub == read.client_id else "person",
        read.client_id,
        _scopes(read.scope),
        (read.aud,) if isinstance(read.aud, str) else tuple(read.aud),
        read.sid,
        auth_time,
        read.acr,
        tuple(read.amr),
        expires_at,
        read.preferred_username,
        read.email,
        read.name,
        scheme,
        MappingProxyType(claims),
    )


@lru_cache(maxsize=256)
def _scopes(scope: str) -> frozenset[str]:
    # Few different sets of scopes are in use, and splitting costs more than a look-up.
    return frozenset(scope.split(" ")) - {""}
