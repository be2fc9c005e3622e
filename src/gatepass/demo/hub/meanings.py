"""What the members of headers and the registered claims mean, in a few words."""

HEADER = {
    "alg": "The algorithm it says it was made with. A verifier knows better: its key is bound to one.",
    "enc": "The algorithm its content is encrypted with.",
    "typ": "What kind of token it is; at+jwt is an access token.",
    "kid": "The name of the key it was made with.",
    "cty": "What kind of content it carries.",
    "crit": "Members that a reader must understand, or else refuse the token.",
    "b64": "Whether its content is base64url.",
    "zip": "Its content is compressed.",
    "jwk": "A key that the token brings itself. Never used: a forger would bring his own.",
    "jku": "An address of keys. Never fetched: a forger would name his own.",
    "x5u": "An address of a certificate. Never fetched.",
    "x5c": "A certificate that the token brings itself. Never used.",
    "x5t": "The fingerprint of a certificate.",
    "x5t#S256": "The fingerprint of a certificate.",
    "epk": "A key made for this message alone.",
    "p2c": "Rounds of password hashing.",
    "p2s": "Salt of password hashing.",
}
"""RFC 7515 section 4.1, RFC 7516 section 4.1, RFC 7518 section 4, RFC 7797."""

CLAIMS = {
    "iss": "Who issued it.",
    "sub": "Whom it is about: an id that never changes hands.",
    "aud": "Whom it is for. Every other service must refuse it.",
    "exp": "When it ends.",
    "nbf": "Before this moment it is not valid.",
    "iat": "When it was issued.",
    "jti": "The id of this one token.",
    "client_id": "The application it was given to.",
    "scope": "What it may be used for.",
    "sid": "The session it belongs to.",
    "auth_time": "When the person last proved who they are.",
    "acr": "How well they proved it.",
    "amr": "By what they proved it.",
    "azp": "The application it was given to.",
    "nonce": "Ties it to one sign-in.",
    "at_hash": "Ties it to an access token.",
    "cnf": "The key that its sender must prove to hold.",
    "act": "Who acts for the person.",
    "status": "Where one can see whether it was taken back.",
    "name": "The name of the person.",
    "preferred_username": "The username.",
    "email": "The e-mail address.",
    "email_verified": "Whether the address was shown to be theirs.",
    "roles": "What the person is, for this issuer.",
    "groups": "Where the person belongs, for this issuer.",
}
"""RFC 7519 section 4.1, RFC 9068 section 2.2, OpenID Connect Core section 2, and a few that are often seen."""


def meaning(part: str, name: str) -> str:
    """What a member of the header or the payload means; empty for what its issuer alone knows."""
    return (HEADER if part == "header" else CLAIMS).get(name, "")
