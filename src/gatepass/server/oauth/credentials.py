"""The credentials in a request, read strictly (RFC 6749 section 2.3.1). Pure."""

import re
from binascii import Error, a2b_base64
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from gatepass.server.oauth.errors import OAuthRefused

METHODS = ("client_secret_basic", "client_secret_post")
"""How a client may show its secret, in the names of RFC 8414 section 2."""

MAX_CHARACTERS = 1_024
_BASIC = re.compile(
    r"basic +(?P<credentials>(?:[A-Z0-9+/]{4})*(?:[A-Z0-9+/]{2}==|[A-Z0-9+/]{3}=)?)", re.IGNORECASE | re.ASCII
)
"""RFC 7617 section 2, RFC 4648 section 4: with the padding that belongs there, which the decoder does not insist on."""
_ENCODED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class Presented:
    """Who a request says it comes from. Nothing of it is proved.

    Attributes:
        secret: None when there was none, as public clients do.
    """

    client_id: str
    secret: str | None = field(default=None, repr=False)


def presented(authorization: str | None, client_id: str | None, client_secret: str | None) -> Presented | None:
    """The one credential of a request; None when it names no client.

    1. In the header, and then no secret in the body: one way at a time (RFC 6749 section 2.3).
    2. In the body: `client_id` and `client_secret`.
    3. Only named: `client_id` without a secret.

    Args:
        authorization: the header's value.
        client_id, client_secret: parameters of the body; those without a value were left out.

    Raises:
        OAuthRefused: `invalid_request` for two credentials or two clients; `invalid_client` for
            another scheme than Basic, or one that cannot be read.
    """
    if authorization is not None:
        if client_secret is not None:
            raise OAuthRefused("invalid_request", detail="client authentication in header and body")
        found = _basic(authorization)
        if client_id not in (None, found.client_id):
            raise OAuthRefused("invalid_request", detail="header and body name different clients")
        return found
    if client_id is None:
        if client_secret is not None:
            raise OAuthRefused("invalid_client", detail="a client_secret without a client_id")
        return None
    return Presented(client_id, client_secret)


def _basic(authorization: str) -> Presented:
    """Id and secret, each form-encoded before a colon was put between and base64 around them."""
    form = _BASIC.fullmatch(authorization) if len(authorization) <= MAX_CHARACTERS else None
    if form is None:
        raise OAuthRefused("invalid_client", detail="the Authorization header is not Basic with credentials")
    try:
        client_id, _, secret = a2b_base64(form["credentials"]).decode().partition(":")
        return Presented(_decoded(client_id), _decoded(secret))
    except (Error, ValueError):
        raise OAuthRefused(
            "invalid_client", detail="the credentials in the Authorization header are malformed"
        ) from None


def _decoded(text: str) -> str:
    """`text` without its form encoding (RFC 6749 appendix B); ValueError when it is empty or has none."""
    if not _ENCODED.fullmatch(text):
        raise ValueError
    return unquote_plus(text, errors="strict")
