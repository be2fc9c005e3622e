"""Rules about the header, the signature and the token as a whole."""

from gatepass.inspection.lint.rule import Rule, Seen, Severity

RETIRED = frozenset({"HS1", "RS1", "RSA1_5", "HS256/64"})
SYMMETRIC = frozenset({"HS256", "HS384", "HS512"})
KEY_MEMBERS = ("jwk", "jku", "x5u", "x5c")
SIGNATURE_BYTES = {
    "HS256": 32,
    "HS384": 48,
    "HS512": 64,
    "ES256": 64,
    "ES256K": 64,
    "ES384": 96,
    "ES512": 132,
    "Ed25519": 64,
    "Ed448": 114,
    "ML-DSA-44": 2420,
    "ML-DSA-65": 3309,
    "ML-DSA-87": 4627,
}
"""Length of a signature, where the algorithm fixes it (RFC 7518 section 3, RFC 8037, FIPS 204)."""

COOKIE = 4_096
"""Bytes that a browser keeps of one cookie (RFC 6265 section 6.1)."""

LONGEST = 16_384
"""Characters of a token that the verifier here looks at; whole header blocks are capped near this."""

MAX_PASSWORD_ROUNDS = 1_000_000


def _kid_words(seen: Seen) -> bool:
    kid = seen.header.get("kid")
    return isinstance(kid, str) and any(sign in kid for sign in ("/", "\\", "'", '"', ";", "|", "\0", "\n", "`", "$("))


def _signature_length(seen: Seen) -> bool:
    length = SIGNATURE_BYTES.get(seen.alg)
    return not seen.encrypted and len(seen.parts) == 3 and length is not None and seen.parts[2].size not in (0, length)


def _rounds(seen: Seen) -> bool:
    rounds = seen.header.get("p2c")
    return isinstance(rounds, int) and rounds > MAX_PASSWORD_ROUNDS


HEADER_RULES = (
    Rule(
        "alg_none",
        Severity.DANGER,
        "It says that it is not signed: anybody can write one like it.",
        lambda seen: ["alg"] if seen.alg.lower() == "none" else [],
    ),
    Rule(
        "no_alg",
        Severity.DANGER,
        "It does not say which algorithm it was made with, so no verifier can take it.",
        lambda seen: ["alg"] if seen.header_read and not seen.alg else [],
    ),
    Rule(
        "weak_alg",
        Severity.DANGER,
        "Its algorithm is broken or too weak.",
        lambda seen: ["alg"] if seen.alg in RETIRED else [],
    ),
    Rule(
        "no_signature",
        Severity.DANGER,
        "Its signature is empty, so nothing holds together what it says.",
        lambda seen: ["signature"] if not seen.encrypted and len(seen.parts) == 3 and not seen.parts[2].text else [],
    ),
    Rule(
        "signature_length",
        Severity.DANGER,
        "The signature has another length than its algorithm makes: it is cut, or written in another form such as DER.",
        lambda seen: ["signature"] if _signature_length(seen) else [],
    ),
    Rule(
        "key_inside",
        Severity.DANGER,
        "It brings its own key, or the address of one: who trusts that trusts every forger.",
        lambda seen: [name for name in KEY_MEMBERS if name in seen.header],
    ),
    Rule(
        "critical_extension",
        Severity.WARNING,
        "It asks for an extension: who does not understand it must refuse the token (RFC 7515 section 4.1.11).",
        lambda seen: [name for name in ("crit", "b64") if name in seen.header],
    ),
    Rule(
        "odd_kid",
        Severity.WARNING,
        "Its key id has characters of paths, SQL or shells: it must never become part of one.",
        lambda seen: ["kid"] if _kid_words(seen) else [],
    ),
    Rule(
        "many_rounds",
        Severity.WARNING,
        "It demands so many rounds of password hashing that reading it could stop a server.",
        lambda seen: ["p2c"] if _rounds(seen) else [],
    ),
    Rule(
        "compressed",
        Severity.WARNING,
        "It is compressed: its length tells of its content, and unpacking it may fill the memory.",
        lambda seen: ["zip"] if "zip" in seen.header else [],
    ),
    Rule(
        "too_long",
        Severity.DANGER,
        f"It is longer than {LONGEST} characters: servers and verifiers stop reading there.",
        lambda seen: ["token"] if len(seen.token) > LONGEST else [],
    ),
    Rule(
        "no_cookie",
        Severity.WARNING,
        f"It is longer than {COOKIE} characters: no cookie can hold it.",
        lambda seen: ["token"] if COOKIE < len(seen.token) <= LONGEST else [],
    ),
    Rule(
        "shared_secret",
        Severity.NOTE,
        "One secret signs and verifies: every service that can check such tokens can also make them.",
        lambda seen: ["alg"] if seen.alg in SYMMETRIC else [],
    ),
    Rule(
        "vague_alg",
        Severity.NOTE,
        "EdDSA is the name of two algorithms; Ed25519 or Ed448 says which (RFC 9864).",
        lambda seen: ["alg"] if seen.alg == "EdDSA" else [],
    ),
    Rule(
        "no_typ",
        Severity.NOTE,
        "It does not say what kind of token it is, so one kind may pass for another (RFC 8725 section 3.11).",
        lambda seen: ["typ"] if seen.header_read and "typ" not in seen.header else [],
    ),
    Rule(
        "vague_typ",
        Severity.NOTE,
        "Every token may call itself JWT; at+jwt or a type of its own tells kinds apart (RFC 8725 section 3.11).",
        lambda seen: ["typ"] if str(seen.header.get("typ")).upper() in ("JWT", "APPLICATION/JWT") else [],
    ),
    Rule(
        "no_kid",
        Severity.NOTE,
        "It does not name its key, so keys cannot be changed without trying them all.",
        lambda seen: ["kid"] if seen.header_read and "kid" not in seen.header else [],
    ),
)
