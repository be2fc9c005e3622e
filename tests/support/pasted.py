"""Tokens as people paste them, whether anybody signed them or not, into the command line and the inspector."""

from typing import Any

from tests.support import forge

ISSUER, BANK = "https://id.example.com", "https://bank.example.com"
NOW = 1_800_000_000
SECRET = "a shared secret of more than 32 bytes"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": BANK,
    "sub": "anna",
    "client_id": "app",
    "iat": NOW,
    "exp": NOW + 300,
    "jti": "1",
    "scope": "pension:read",
}


def raw(header: dict[str, Any] | str, claims: dict[str, Any] | str, signature: str = "c2ln") -> str:
    """A token that nobody signed; text is its part as it is."""
    head, payload = (one.encode() if isinstance(one, str) else one for one in (header, claims))
    return forge.token(head, payload, signature)
