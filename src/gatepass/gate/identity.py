"""Who is asking: what a gate hands to a route."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

NO_CLAIMS: Mapping[str, Any] = MappingProxyType({})


class Identity(msgspec.Struct, frozen=True):
    """Who they are, how and when they signed in, what they may do. Immutable.

    `(issuer, subject)` names a person for ever; a username or e-mail address does not.

    Attributes:
        subject: the issuer's id of the person or client (`sub`).
        issuer: who says so; empty when a strategy of the service says it itself.
        kind: `client` when a program acts for itself and no person is there.
        client: the application the token was issued to (`client_id`).
        scopes: what was granted.
        audience: the services the token is meant for.
        session: public id of the session (`sid`); not a credential.
        auth_time: seconds since the epoch at which the person proved who they are.
        acr: authentication context class; `amr`: the methods used (RFC 8176).
        expires_at: seconds since the epoch after which the credential is refused.
        username: when the issuer tells it, as `name`.
        email: when the issuer tells it; theirs only if `claims["email_verified"]` is true.
        scheme: how the credential came: `bearer`, `cookie`, `body`, `session` or a strategy's own word.
        claims: all verified claims of the token, read-only; empty without a token.
    """

    subject: str
    issuer: str = ""
    kind: Literal["person", "client"] = "person"
    client: str | None = None
    scopes: frozenset[str] = frozenset()
    audience: tuple[str, ...] = ()
    session: str | None = None
    auth_time: int | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    expires_at: int | None = None
    username: str | None = None
    email: str | None = None
    name: str | None = None
    scheme: str = ""
    claims: Mapping[str, Any] = NO_CLAIMS

    def __hash__(self) -> int:
        return hash((self.issuer, self.subject))

    def __reduce__(self) -> Any:
        # Read-only views cannot be copied or sent to another process; what they show can.
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _restored, ({**fields, "claims": dict(self.claims)},)

    def __repr__(self) -> str:
        # Names and addresses of people do not belong in logs by accident.
        return f"Identity(subject={self.subject!r}, kind={self.kind!r}, scheme={self.scheme!r})"


def _restored(fields: dict[str, Any]) -> Identity:
    return Identity(**{**fields, "claims": MappingProxyType(fields["claims"])})
