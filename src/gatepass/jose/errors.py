"""What this room raises.

    Refused
    ├─ TokenRefused     a token that is not accepted; `code` says which check failed
    ├─ KeyRefused       a JWK or JWK set, possibly a stranger's, that is not accepted
    └─ NotBase64url     text that is not the one base64url form of any bytes

Programming mistakes (a short secret, a forgotten audience) are `kernel.errors.Misuse`.
"""

from gatepass.kernel.errors import Refused


class TokenRefused(Refused):
    """A token that is not accepted.

    Attributes:
        code: which check failed.
        claim: the claim it failed on, if one: a name the verifier knows, never text of the token.
        detail: for the operator's log; holds no part of a token or key.
    """

    codes = {
        "malformed_token": (401, "The token is not well-formed."),
        "unknown_key": (401, "The token was not made with a key that is known here."),
        "bad_signature": (401, "The signature of the token is wrong."),
        "decryption_failed": (401, "The token could not be decrypted."),
        "token_expired": (401, "The token has expired."),
        "token_not_yet_valid": (401, "The token is not valid yet."),
        "wrong_issuer": (401, "The token comes from another issuer."),
        "wrong_audience": (401, "The token is meant for another audience."),
        "wrong_type": (401, "The token is of another type."),
        "missing_claim": (401, "A required claim is missing in the token."),
        "bad_claim": (401, "A claim of the token has a wrong type or value."),
        "token_revoked": (401, "The token has been revoked."),
    }

    def __init__(self, code: str, claim: str | None = None, detail: str = "") -> None:
        super().__init__(code, detail=detail)
        self.claim = claim
        if claim:
            self.message = f"{self.message[:-1]}: {claim}."


class KeyRefused(Refused):
    """A JWK or JWK set that is not accepted. `detail` names the member, never its value."""

    codes = {
        "malformed_key": (400, "The key is not a well-formed JWK."),
        "unsupported_key": (400, "The key is of a kind, or for a use, that is not supported here."),
        "weak_key": (400, "The key is too weak."),
    }

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail=detail)


class NotBase64url(Refused):
    """Text that is not base64url as RFC 7515 section 2 writes it."""

    codes = {"malformed_base64url": (400, "The text is not base64url without padding.")}

    def __init__(self) -> None:
        super().__init__("malformed_base64url")
