"""Named attacks on what a token says of its key, algorithm and type, each with the refusal it must meet."""

import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.support import forge
from tests.support.forge import b64, mac_token, segment
from tests.support.token_world import (
    CLAIMS,
    EC,
    EC_EVIL,
    EC_SEALING,
    ED,
    ED_EVIL,
    ES,
    GOOD,
    HS,
    OKP,
    RS,
    RSA,
    RSA_EVIL,
    SEALING,
    SECRET,
    SENDING,
    Attack,
    signed,
)


def none_attacks() -> list[Attack]:
    """RFC 8725 section 2.1: the token says that it needs no signature."""
    found = []
    for alg in ("none", "None", "NONE", "nOnE", " none", "none ", "none\x00", "non\u0435", ""):
        header = {**HS, "alg": alg}
        found += [
            Attack(f"alg {alg!r} with an empty signature", forge.token(header, CLAIMS), "unknown_key"),
            Attack(f"alg {alg!r} with a signature", signed(header), "unknown_key"),
        ]
    wrong: dict[str, Any] = {"null": None, "a list": ["HS256"], "an object": {"HS256": 1}, "true": True, "a number": 1}
    return [
        *found,
        *(Attack(f"alg is {name}", signed({**HS, "alg": alg}), "malformed_token") for name, alg in wrong.items()),
        Attack("alg none without kid", forge.token({"alg": "none"}, CLAIMS), "unknown_key"),
        Attack("no alg", signed({"kid": "hs", "typ": "at+jwt"}), "malformed_token"),
        Attack("signature cut off", GOOD["ES256"].rpartition(".")[0] + ".", "bad_signature"),
        Attack("signature and its dot cut off", GOOD["ES256"].rpartition(".")[0], "malformed_token"),
    ]


def confusion_attacks() -> list[Attack]:
    """RFC 8725 section 2.1: a key is used with an algorithm that it is not for."""
    texts = {
        "the RSA PEM": forge.pem(RSA.public_key()),
        "the RSA PEM without line end": forge.pem(RSA.public_key()).strip(),
        "the RSA DER": forge.der(RSA.public_key()),
        "the EC PEM": forge.pem(EC.public_key()),
        "the EC JWK": json.dumps(forge.ec_jwk(EC.public_key())).encode(),
        "the Ed25519 bytes": ED.public_key().public_bytes_raw(),
        "an empty secret": b"",
    }
    found = []
    for name, text in texts.items():
        found += [
            Attack(f"HMAC with {name}, kid of RSA", mac_token({**HS, "kid": "rs"}, CLAIMS, text), "unknown_key"),
            Attack(f"HMAC with {name}, kid of EC", mac_token({**HS, "kid": "es"}, CLAIMS, text), "unknown_key"),
            Attack(f"HMAC with {name}, kid of the secret", mac_token(HS, CLAIMS, text), "bad_signature"),
            Attack(f"HMAC with {name}, no kid", mac_token({"alg": "HS256"}, CLAIMS, text), "bad_signature"),
        ]
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return [
        *found,
        Attack(
            "HS512 with the HS256 secret", mac_token({**HS, "alg": "HS512"}, CLAIMS, SECRET, "sha512"), "unknown_key"
        ),
        Attack(
            "HS384 with the HS256 secret", mac_token({**HS, "alg": "HS384"}, CLAIMS, SECRET, "sha384"), "unknown_key"
        ),
        Attack("SHA-512 under the name HS256", mac_token(HS, CLAIMS, SECRET, "sha512"), "bad_signature"),
        Attack("alg in lower case", signed({**HS, "alg": "hs256"}), "unknown_key"),
        Attack("alg with a space", signed({**HS, "alg": "HS256 "}), "unknown_key"),
        Attack("alg RS256 for the secret", signed({**HS, "alg": "RS256"}), "unknown_key"),
        Attack("alg dir", signed({**HS, "alg": "dir", "enc": "A256GCM"}), "unknown_key"),
        Attack("alg RSA1_5", signed({**RS, "alg": "RSA1_5"}), "unknown_key"),
        Attack("PS256 with the RS256 key", forge.rsa_token({**RS, "alg": "PS256"}, CLAIMS, RSA, pss), "unknown_key"),
        Attack("a PSS signature under the name RS256", forge.rsa_token(RS, CLAIMS, RSA, pss), "bad_signature"),
        Attack(
            "RS512 with the RS256 key",
            forge.rsa_token({**RS, "alg": "RS512"}, CLAIMS, RSA, None, hashes.SHA512()),
            "unknown_key",
        ),
        Attack(
            "SHA-512 under the name RS256", forge.rsa_token(RS, CLAIMS, RSA, None, hashes.SHA512()), "bad_signature"
        ),
        Attack("ES256K with the P-256 key", forge.es256_token({**ES, "alg": "ES256K"}, CLAIMS, EC), "unknown_key"),
        Attack("ES384 with the P-256 key", forge.es256_token({**ES, "alg": "ES384"}, CLAIMS, EC), "unknown_key"),
        Attack("ES256 with the kid of RSA", forge.es256_token({**ES, "kid": "rs"}, CLAIMS, EC), "unknown_key"),
        Attack("RS256 with the kid of EC", forge.rsa_token({**RS, "kid": "es"}, CLAIMS, RSA), "unknown_key"),
        Attack("Ed448 with the Ed25519 key", forge.ed_token({**OKP, "alg": "Ed448"}, CLAIMS, ED), "unknown_key"),
        Attack(
            "EdDSA with the kid of EC", forge.ed_token({**OKP, "alg": "EdDSA", "kid": "es"}, CLAIMS, ED), "unknown_key"
        ),
        Attack("somebody else's EC key", forge.es256_token(ES, CLAIMS, EC_EVIL), "bad_signature"),
        Attack("somebody else's RSA key", forge.rsa_token(RS, CLAIMS, RSA_EVIL), "bad_signature"),
        Attack("somebody else's Ed25519 key", forge.ed_token(OKP, CLAIMS, ED_EVIL), "bad_signature"),
        Attack("somebody else's secret", mac_token(HS, CLAIMS, b"x" * 32), "bad_signature"),
    ]


def use_attacks() -> list[Attack]:
    """RFC 7517 sections 4.2 and 4.3: a key that is there for another purpose, and a signature that is right for it."""
    tried: dict[str, str] = {
        "HS256 with a secret for encryption": mac_token({**HS, "kid": "kw"}, CLAIMS, SEALING),
        "A256KW as if it signed": mac_token({**HS, "kid": "kw", "alg": "A256KW"}, CLAIMS, SEALING),
        "A256KW as if it signed, without kid": mac_token({"alg": "A256KW"}, CLAIMS, SEALING),
        "HS256 with a secret that may only sign": mac_token({**HS, "kid": "so"}, CLAIMS, SENDING),
        "ES256 with a key for encryption": forge.es256_token({**ES, "kid": "ecdh"}, CLAIMS, EC_SEALING),
        "ECDH-ES as if it signed": forge.es256_token({**ES, "kid": "ecdh", "alg": "ECDH-ES"}, CLAIMS, EC_SEALING),
    }
    return [
        *(Attack(name, token, "unknown_key") for name, token in tried.items()),
        Attack(
            "HS256 with a secret that may only sign, without kid",
            mac_token({"alg": "HS256"}, CLAIMS, SENDING),
            "bad_signature",
        ),
    ]


def kid_attacks() -> list[Attack]:
    """RFC 8725 section 3.10: the kid is a stranger's text."""
    texts = [
        "../../../../dev/null",
        "hs' UNION SELECT 'x",
        "hs\x00",
        "HS",
        " hs",
        "hs ",
        "\u0125s",
        "|id",
        "es,hs",
        "k" * 256,
    ]
    wrong: dict[str, Any] = {
        "empty": "",
        "too long": "k" * 257,
        "null": None,
        "a list": ["hs"],
        "an object": {},
        "a number": 1,
        "true": True,
    }
    return [
        *(Attack(f"kid {kid[:20]!r}", mac_token({**HS, "kid": kid}, CLAIMS, b""), "unknown_key") for kid in texts),
        *(Attack(f"kid is {name}", signed({**HS, "kid": kid}), "malformed_token") for name, kid in wrong.items()),
    ]


def embedded_attacks() -> list[Attack]:
    """RFC 8725 section 2.9 and CVE-2018-0114: the token brings, or points to, its own key."""
    evil = forge.ec_jwk(EC_EVIL.public_key())
    brought: dict[str, Any] = {
        "jwk": evil,
        "jku": "https://evil.test/jwks.json",
        "x5u": "https://evil.test/chain.pem",
        "x5c": [b64(forge.der(EC_EVIL.public_key()))],
        "x5t": b64(forge.hash_of(b"evil")[:20]),
        "x5t#S256": b64(forge.hash_of(b"evil")),
        "jwks": {"keys": [evil]},
        "keys": [evil],
        "url": "https://evil.test/",
    }
    found = []
    for name, value in brought.items():
        header = {"alg": "ES256", "typ": "at+jwt", name: value}
        found += [
            Attack(
                f"{name} with a kid of its own",
                forge.es256_token({**header, "kid": "e"}, CLAIMS, EC_EVIL),
                "unknown_key",
            ),
            Attack(
                f"{name} with our kid", forge.es256_token({**header, "kid": "es"}, CLAIMS, EC_EVIL), "bad_signature"
            ),
            Attack(f"{name} without kid", forge.es256_token(header, CLAIMS, EC_EVIL), "bad_signature"),
        ]
    secret = {**HS, "jwk": {"kty": "oct", "k": b64(b"x" * 32)}}
    return [*found, Attack("jwk with a secret", mac_token(secret, CLAIMS, b"x" * 32), "bad_signature")]


def header_attacks() -> list[Attack]:
    """RFC 7515 section 4: what a header may be. All are signed with the right secret."""
    extensions: dict[str, dict[str, Any]] = {
        "crit of an unknown name": {"crit": ["x"], "x": 1},
        "crit of a known claim": {"crit": ["exp"], "exp": 1},
        "crit of alg": {"crit": ["alg"]},
        "crit empty": {"crit": []},
        "crit null": {"crit": None},
        "crit as text": {"crit": "b64"},
        "crit b64 false": {"crit": ["b64"], "b64": False},
        "crit b64 true": {"crit": ["b64"], "b64": True},
        "b64 false without crit": {"b64": False},
        "b64 null": {"b64": None},
    }
    texts: dict[str, bytes] = {
        "a list": b'["HS256"]',
        "text": b'"HS256"',
        "a number": b"1",
        "null": b"null",
        "empty text": b"",
        "an empty object": b"{}",
        "alg twice": b'{"alg":"none","alg":"HS256","kid":"hs","typ":"at+jwt"}',
        "alg twice, once escaped": b'{"alg":"HS256","\\u0061lg":"HS256","kid":"hs"}',
        "kid twice": b'{"alg":"HS256","kid":"es","kid":"hs"}',
        "a name twice inside": b'{"alg":"HS256","kid":"hs","jwk":{"a":1,"a":2}}',
        "UTF-16": '{"alg":"HS256","kid":"hs"}'.encode("utf-16"),
        "UTF-16 without mark": '{"alg":"HS256","kid":"hs"}'.encode("utf-16-le"),
        "a byte order mark": b'\xef\xbb\xbf{"alg":"HS256","kid":"hs"}',
        "bad UTF-8": b'{"alg":"HS256","kid":"hs","x":"\xff"}',
        "overlong UTF-8": b'{"alg":"HS256","kid":"hs","x":"\xc0\xaf"}',
        "half a surrogate pair": b'{"alg":"HS256","kid":"hs\\ud800"}',
        "a comma too many": b'{"alg":"HS256","kid":"hs",}',
        "something after it": b'{"alg":"HS256","kid":"hs"}{}',
        "single quotes": b"{'alg':'HS256','kid':'hs'}",
        "a comment": b'{"alg":"HS256",/**/"kid":"hs"}',
        "NaN": b'{"alg":"HS256","kid":"hs","x":NaN}',
        "NUL after it": b'{"alg":"HS256","kid":"hs"}\x00',
        "deep nesting": b'{"alg":"HS256","kid":"hs","x":' + b"[" * 1000 + b"]" * 1000 + b"}",
        "nesting five deep": b'{"alg":"HS256","kid":"hs","x":[[[[]]]]}',
        "a little too long": json.dumps({**HS, "x": "x" * 3100}).encode(),
        "too long": json.dumps({**HS, "x": "x" * 4096}).encode(),
    }
    types: dict[str, Any] = {"null": None, "a number": 1, "a list": ["at+jwt"], "an object": {}, "true": True}
    unencoded = segment({**HS, "crit": ["b64"], "b64": False})
    return [
        *(Attack(name, signed({**HS, **more}), "malformed_token") for name, more in extensions.items()),
        Attack("b64 false and an unencoded payload", forge.mac(f"{unencoded}.{{}}", SECRET), "malformed_token"),
        *(Attack(f"header: {name}", signed(text), "malformed_token") for name, text in texts.items()),
        *(Attack(f"typ is {name}", signed({**HS, "typ": typ}), "malformed_token") for name, typ in types.items()),
    ]


def type_attacks() -> list[Attack]:
    """RFC 8725 section 2.8: a token of one kind is used as another."""
    others = ["", "JWT", "id+jwt", "dpop+jwt", "logout+jwt", "statuslist+jwt", "at+jwt ", "at", "text/at+jwt"]
    found = [Attack(f"typ {typ!r}", signed({**HS, "typ": typ}), "wrong_type") for typ in others]
    return [*found, Attack("no typ", signed({"alg": "HS256", "kid": "hs"}), "wrong_type")]


HEADER_ATTACKS = [
    *none_attacks(),
    *confusion_attacks(),
    *use_attacks(),
    *kid_attacks(),
    *embedded_attacks(),
    *header_attacks(),
    *type_attacks(),
]
