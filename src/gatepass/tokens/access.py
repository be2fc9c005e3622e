"""The claims of an access token (RFC 9068)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from gatepass.jose.claims import Seconds

TYP = "at+jwt"
"""The `typ` of an access token's header (RFC 9068 section 2.1): no other kind of JWT passes for one."""


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What an access token says, in the names and types of the wire.

    The first block is required in every access token (RFC 9068 section 2.2). Times are
    whole seconds since the epoch. `nbf` is UNSET, not None, when it is absent: so all the
    registered claims are as strict as a verifier asks, and it decodes them once.

    Attributes:
        sub: the user's random, never reassigned id; for a client's own token its client id.
        aud: the resource server the token is for; a list for a trust group.
        scope: granted scopes, separated by spaces (RFC 8693 section 4.2).
        sid: public id of the session at this client.
        auth_time: when the person last proved who they are; a refresh does not change it.
        cnf: key the sender must prove to hold (RFC 7800); refused by who cannot check it.
        status: where to learn that the grant has ended (Token Status List).
    """

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: Seconds
    iat: Seconds
    jti: str
    client_id: str

    scope: str = ""
    sid: str | None = None
    auth_time: int | None = None
    acr: str | None = None
    amr: tuple[str, ...] | None = None
    nbf: Seconds | UnsetType = UNSET
    cnf: dict[str, Any] | None = None
    status: dict[str, Any] | None = None

    preferred_username: str | None = None
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences, however many the wire form names (RFC 7519 section 4.1.3)."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud
