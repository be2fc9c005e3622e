"""What an authorization server tells about itself (RFC 8414), and where it tells it."""

import msgspec


class ServerMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The metadata document, as far as we read or write it; other members are ignored.

    Who fetches it must compare `issuer` with the issuer it asked for, character by
    character (RFC 8414 section 3.3).
    """

    issuer: str
    jwks_uri: str | None = None
    response_types_supported: list[str] | None = None
    grant_types_supported: list[str] | None = None
    scopes_supported: list[str] | None = None
    revocation_endpoint: str | None = None
    revocation_endpoint_auth_methods_supported: list[str] | None = None
    introspection_endpoint: str | None = None
    introspection_endpoint_auth_methods_supported: list[str] | None = None


def metadata_urls(issuer: str) -> tuple[str, ...]:
    """Where the metadata of `issuer` may be, best first.

    1. RFC 8414 section 3.1: the well-known part goes between host and path.
    2. OpenID Connect Discovery 1.0 section 4: it goes after the path.

    Args:
        issuer: an absolute URL that was checked already.
    """
    scheme, _, rest = issuer.partition("://")
    host, _, path = rest.rstrip("/").partition("/")
    tail = f"/{path}" if path else ""
    return (
        f"{scheme}://{host}/.well-known/oauth-authorization-server{tail}",
        f"{scheme}://{host}{tail}/.well-known/openid-configuration",
    )
