"""The answer to a successful token request."""

import msgspec


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the client gets, in the names of the wire (RFC 6749 section 5.1).

    Attributes:
        expires_in: seconds for which `access_token` is good.
        scope: what was really granted, space-separated.
    """

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - RFC 6750, not a password
    expires_in: int
    refresh_token: str
    scope: str

    def __repr__(self) -> str:
        return f"TokenAnswer(…, expires_in={self.expires_in}, scope={self.scope!r})"
