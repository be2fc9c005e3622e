"""Server metadata: where it is, and what is read of it."""

import json

import msgspec
import pytest

from gatepass.tokens.metadata import ServerMetadata, metadata_urls


@pytest.mark.parametrize(
    ("issuer", "inserted", "appended"),
    [
        (
            "https://id.example",
            "https://id.example/.well-known/oauth-authorization-server",
            "https://id.example/.well-known/openid-configuration",
        ),
        (
            "https://id.example/",
            "https://id.example/.well-known/oauth-authorization-server",
            "https://id.example/.well-known/openid-configuration",
        ),
        (
            "https://app.example:8443/auth/v1",
            "https://app.example:8443/.well-known/oauth-authorization-server/auth/v1",
            "https://app.example:8443/auth/v1/.well-known/openid-configuration",
        ),
        (
            "http://[::1]:8000/auth/",
            "http://[::1]:8000/.well-known/oauth-authorization-server/auth",
            "http://[::1]:8000/auth/.well-known/openid-configuration",
        ),
    ],
)
def test_the_well_known_part_is_inserted_or_else_appended(issuer: str, inserted: str, appended: str) -> None:
    """RFC 8414 section 3.1, OpenID Connect Discovery 1.0 section 4."""
    assert metadata_urls(issuer) == (inserted, appended)


def test_what_a_server_says_beyond_our_interest_is_skipped() -> None:
    document = {"issuer": "https://id.example", "jwks_uri": "https://id.example/jwks", "claims_supported": ["sub"]}
    metadata = msgspec.json.decode(json.dumps(document), type=ServerMetadata)
    assert metadata == ServerMetadata(issuer="https://id.example", jwks_uri="https://id.example/jwks")


@pytest.mark.parametrize("document", [{}, {"issuer": None}, {"issuer": "a", "jwks_uri": ["b"]}, []])
def test_metadata_without_issuer_or_with_wrong_types_is_refused(document: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(document), type=ServerMetadata)


def test_an_empty_list_is_said_and_an_absent_one_is_not() -> None:
    """RFC 8414 section 2 requires `response_types_supported`, even of a server without any."""
    written = msgspec.to_builtins(ServerMetadata(issuer="https://id.example", response_types_supported=[]))
    assert written == {"issuer": "https://id.example", "response_types_supported": []}
