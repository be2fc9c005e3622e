"""From verified claims to an identity."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from gatepass.gate.identity import Identity
from gatepass.jose import base64url
from gatepass.jose.claims import NumericDate
from gatepass.jose.errors import TokenRefused
from gatepass.tokens.access import TYP
from gatepass.tokens.status_list import TokenStatus

REQUIRED = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
"""What an access token must say (RFC 9068 section 2.2)."""

REQUIRED_ELSEWHERE = ("exp", "sub")
"""What a token of another profile must say, so that it ends and names somebody."""


class ReadClaims(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The claims a gate reads, in the types it relies on; services read theirs from the whole set."""

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: NumericDate
    nbf: NumericDate | UnsetType = UNSET
    iat: NumericDate | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    client_id: str | None = None
    scope: str = ""
    sid: str | None = None
    auth_time: int | float | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    preferred_username: str | None = None
    email: str | None = None
    name: str | None = None
    cnf: object = None
    status: TokenStatus | str | int | float | bool | None = None
    """One that is no object is a claim that somebody else gave this name (RFC 7519 section 4.3)."""


class ReadAccessClaims(ReadClaims, frozen=True, kw_only=True, gc=False):
    """The same of a token that follows RFC 9068."""

    iat: NumericDate
    jti: str
    client_id: str
    status: TokenStatus | None = None


class TokenClaims(Mapping[str, Any]):
    """All claims of a verified token, read-only. They are decoded when somebody looks: few routes do."""

    __slots__ = ("_members", "_signed")

    def __init__(self, signed: str) -> None:
        """`signed`: header and payload. Without the signature they are no credential."""
        self._signed = signed
        self._members: dict[str, Any] | None = None

    def _read(self) -> dict[str, Any]:
        if self._members is None:
            self._members = msgspec.json.decode(base64url.decode(self._signed.partition(".")[2]), type=dict)
        return self._members

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f"TokenClaims({self._read()!r})"


def read_type(typ: str | None) -> type[ReadClaims]:
    """What the claims of tokens with this `typ` header are read into."""
    return ReadAccessClaims if typ == TYP else ReadClaims


def required_claims(typ: str | None) -> tuple[str, ...]:
    """The claims that tokens with this `typ` header must have."""
    return REQUIRED if typ == TYP else REQUIRED_ELSEWHERE


def identity_of(read: ReadClaims, token: str, issuer: str, scheme: str) -> Identity:
    """The identity that the verified claims of `token` describe.

    1. A token bound to a key (`cnf`, RFC 7800) is no bearer token: whoever sends it must
       prove that they hold the key, and what cannot be checked is not believed.
    2. A client speaks for itself when it is its own subject (RFC 9068 section 2.2).

    Raises:
        TokenRefused: `bad_claim`.
    """
    if read.cnf is not None:
        raise TokenRefused("bad_claim", "cnf")
    return Identity(
        read.sub,
        issuer,
        "client" if read.sub == read.client_id else "person",
        read.client_id,
        _scopes(read.scope),
        (read.aud,) if isinstance(read.aud, str) else read.aud,
        read.sid,
        None if read.auth_time is None else int(read.auth_time),
        read.acr,
        read.amr,
        int(read.exp),
        read.preferred_username,
        read.email,
        read.name,
        scheme,
        TokenClaims(token.rpartition(".")[0]),
    )


@lru_cache(maxsize=256)
def _scopes(scope: str) -> frozenset[str]:
    # Few different sets of scopes are in use, and splitting costs more than a look-up.
    return frozenset(scope.split(" ")) - {""}
