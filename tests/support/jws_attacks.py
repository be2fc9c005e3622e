"""Named attacks on what raw signatures say and cover: extensions, headers, payloads; each with its refusal."""

from typing import Any

from tests.support.forge import b64, segment, unb64
from tests.support.jws_world import (
    B64_FALSE,
    BODY,
    ES,
    EVIL,
    EVIL_BODY,
    HS,
    PAYLOAD,
    PLAIN,
    JwsAttack,
    badly_signed,
    compact,
    entry,
    es_entry,
    flattened,
    general,
    malformed,
    none_entry,
    unknown_key,
    with_text,
)

_UNENCODED = {**HS, **B64_FALSE}


def crit_attacks() -> list[JwsAttack]:
    """RFC 7515 section 4.1.11, in the compact form and protected in JSON."""
    lists: dict[str, Any] = {
        "empty": [],
        "an unknown name": ["exp"],
        "b64 and an unknown name": ["b64", "exp"],
        "b64 twice": ["b64", "b64"],
        "a registered name": ["alg"],
        "itself": ["crit"],
        "b64 in upper case": ["B64"],
        "b64 with a space": ["b64 "],
        "a list in a list": [["b64"]],
        "null in a list": [None],
        "true in a list": [True],
        "null": None,
        "text": "b64",
        "true": True,
        "zero": 0,
        "an object": {"b64": 1},
    }
    found = []
    for name, crit in lists.items():
        header = {**HS, "exp": 1, "b64": True, "crit": crit}
        found += [
            JwsAttack(f"crit is {name}, compact", compact(header), "malformed_token"),
            JwsAttack(f"crit is {name}, JSON", flattened(entry(header)), "malformed_token"),
        ]
    beside = general(entry(HS), entry({**HS, "exp": 1, "crit": ["exp"]}))
    return [
        *found,
        *malformed(
            {
                "crit names a b64 that is not there": compact({**HS, "crit": ["b64"]}),
                "crit unprotected": flattened(entry({**HS, "b64": True}, unprotected={"crit": ["b64"]})),
                "all of crit and b64 unprotected": flattened(entry(HS, unprotected=B64_FALSE)),
                "crit in both headers": flattened(entry(_UNENCODED, PLAIN, {"crit": ["b64"]}), PLAIN.decode()),
                "an unknown extension in another's signature": beside,
            }
        ),
    ]


def b64_attacks() -> list[JwsAttack]:
    """RFC 7797: a payload that one reader decodes and another does not."""
    signs = {
        "a zero": "\0",
        "a line end": "\n",
        "a return": "\r",
        "a tab": "\t",
        "DEL": "\x7f",
        "an accent": "\xe9",
        "a Cyrillic letter": "\u0430",
        "a no-break space": "\xa0",
    }
    values: dict[str, Any] = {
        "null": None,
        "zero": 0,
        "one": 1,
        "0.0": 0.0,
        "text": "false",
        "a list": [],
        "an object": {},
    }
    return [
        *(
            JwsAttack(f"b64 is {name}", compact({**HS, "b64": value, "crit": ["b64"]}), "malformed_token")
            for name, value in values.items()
        ),
        *(
            JwsAttack(f"an unencoded payload with {name}", compact(_UNENCODED, f"pay{sign}ada"), "malformed_token")
            for name, sign in signs.items()
        ),
        *malformed(
            {
                "b64 is null without crit": compact({**HS, "b64": None}),
                "b64 false without crit, signed as plain": compact({**HS, "b64": False}, "pay"),
                "b64 false without crit, signed encoded": compact({**HS, "b64": False}),
                "b64 false without crit, JSON": flattened(entry({**HS, "b64": False}, PLAIN), PLAIN.decode()),
                "b64 unprotected": flattened(entry({**HS, "crit": ["b64"]}, PLAIN, {"b64": False}), PLAIN.decode()),
                "b64 in both headers": flattened(entry(_UNENCODED, PLAIN, {"b64": True}), PLAIN.decode()),
                "b64 true unprotected": flattened(entry(HS, unprotected={"b64": True})),
                "signatures differ in b64": general(entry(HS), entry(_UNENCODED, BODY)),
                "a stranger's signature differs in b64": general(entry(HS), none_entry(**B64_FALSE)),
                "an unencoded payload with a dot": compact(_UNENCODED, "$.02"),
                "an unencoded payload that is half a header": compact(_UNENCODED, f"{segment(HS)}.{BODY}"),
            }
        ),
        *badly_signed(
            {
                "encoded payload under a false b64": compact(_UNENCODED, BODY, PAYLOAD),
                "plain payload under a true b64": compact(HS, "pay", b64(b"pay")),
                "b64 taken out after signing": _reheaded(compact(_UNENCODED, "cGF5"), HS),
                "b64 put in after signing": _reheaded(compact(HS), _UNENCODED),
            }
        ),
    ]


def header_attacks() -> list[JwsAttack]:
    """RFC 7515 section 7.2.1: protected and unprotected headers have no name in common; neither widens anything."""
    twice = '{"alg":"HS256","alg":"none","kid":"hs"}'
    deep: Any = 1
    for _ in range(8):
        deep = [deep]
    return [
        *malformed(
            {
                "alg in both headers": flattened(entry(HS, unprotected={"alg": "HS256"})),
                "another alg unprotected": flattened(entry(HS, unprotected={"alg": "none"})),
                "kid in both headers": flattened(entry(HS, unprotected={"kid": "es"})),
                "an unknown name in both headers": flattened(entry({**HS, "x": 1}, unprotected={"x": 1})),
                "alg stripped": flattened(entry({"kid": "hs"})),
                "no header at all": flattened(entry(None)),
                "a repeated name in the protected header": flattened(entry(twice.encode())),
                "a repeated name in the header": with_text(
                    flattened(entry(None, unprotected=HS)), '"kid"', '"alg": "none", "kid"'
                ),
                "a name repeated by escape": with_text(
                    flattened(entry(None, unprotected=HS)), '"kid"', '"\\u0061lg": "none", "kid"'
                ),
                "a deep unprotected header": flattened(entry(HS, unprotected={"x": deep})),
                "a deep protected header": flattened(entry({**HS, "x": deep})),
                "a protected header too long": flattened(entry({**HS, "x": "x" * 4096})),
            }
        ),
        *unknown_key(
            {
                "alg none unprotected": flattened(entry(None, unprotected={"alg": "none"})),
                "alg none unprotected, our kid": flattened(entry(None, unprotected={**HS, "alg": "none"})),
                "HMAC with the key id of EC": flattened(entry(None, unprotected={**HS, "kid": "es"})),
                "alg of EC with the key id of the secret": flattened(entry(None, unprotected={**ES, "kid": "hs"})),
                "kid changed to another secret's": flattened(entry({"alg": "HS256"}, unprotected={"kid": "?"})),
            }
        ),
        *badly_signed(
            {
                "ES256 said of an HMAC": flattened(entry(None, unprotected=ES)),
                "unprotected header made protected": _protected_later(entry(None, unprotected=HS)),
                "protected header made unprotected": _unprotected_later(entry(HS)),
                "a key of the attacker's in the header": _with_own_key(),
            }
        ),
    ]


def signature_attacks() -> list[JwsAttack]:
    """Signatures that are none, in company that is good or not."""
    cut = {**entry(HS), "signature": b64(unb64(entry(HS)["signature"])[:-1])}
    swapped = {**es_entry(), "signature": entry(HS)["signature"]}
    bad = {**entry(HS), "signature": b64(b"\0" * 32)}
    return [
        *unknown_key(
            {
                "alg none in a general token": general(none_entry()),
                "alg none with our kid": general(none_entry(kid="hs")),
                "only strangers": general(*[entry({"alg": "HS256", "kid": f"k{n}"}) for n in range(8)]),
            }
        ),
        *badly_signed(
            {
                "alg none beside a bad signature": general(none_entry(), bad),
                "alg none after a bad signature that names no key": general(
                    entry({"alg": "HS256"}, secret=b"?" * 32), none_entry()
                ),
                "alg none beside a signature of another payload": general(none_entry(), entry(HS), payload=EVIL_BODY),
                "a bad signature of ours after a good one": general(entry(HS), swapped),
                "a bad signature of ours before a good one": general(swapped, entry(HS)),
                "the same signer twice, once bad": general(entry(HS), bad),
                "a signature of another payload beside a good one": general(entry(HS, EVIL_BODY), es_entry()),
                "signatures exchanged": general({**entry(HS), "signature": es_entry()["signature"]}, swapped),
                "a signature cut short": flattened(cut),
                "a signature of zeros": flattened(bad),
                "a signature by another secret": flattened(entry(HS, secret=b"?" * 32)),
            }
        ),
        *malformed(
            {
                "an empty signature": flattened({**entry(HS), "signature": ""}),
                "a padded signature": flattened({**entry(HS), "signature": entry(HS)["signature"] + "="}),
                "a stranger's signature that is no base64url": general(entry(HS), {**none_entry(), "signature": "?"}),
                "the signature left out": flattened({"protected": segment(HS)}),
                "the signature of an entry left out": general(entry(HS), {"protected": segment(HS)}),
            }
        ),
    ]


def payload_attacks() -> list[JwsAttack]:
    """Another payload, two payloads, or none."""
    bare, plain = entry(HS), entry(_UNENCODED, PLAIN)
    return [
        JwsAttack("another detached payload", bare, "bad_signature", EVIL),
        JwsAttack("another detached payload, compact", compact(HS, "", BODY), "bad_signature", EVIL),
        JwsAttack("another detached payload, unencoded", compact(_UNENCODED, "", PLAIN), "bad_signature", EVIL),
        JwsAttack("a detached payload in its encoded form", compact(HS, "", BODY), "bad_signature", BODY.encode()),
        JwsAttack(
            "a detached unencoded payload, encoded",
            compact(_UNENCODED, "", PLAIN),
            "bad_signature",
            b64(PLAIN).encode(),
        ),
        JwsAttack("an empty detached payload", bare, "bad_signature", b""),
        JwsAttack("a payload given and the same there", flattened(entry(HS)), "malformed_token", PAYLOAD),
        JwsAttack("a payload given and the same there, compact", compact(HS), "malformed_token", PAYLOAD),
        JwsAttack("a payload given and another there", flattened(entry(HS)), "malformed_token", EVIL),
        JwsAttack("a payload given and another there, compact", compact(HS), "malformed_token", EVIL),
        JwsAttack(
            "a payload given and one there, unencoded", compact(_UNENCODED, PLAIN.decode()), "malformed_token", PLAIN
        ),
        *badly_signed(
            {
                "another payload, flattened": flattened(entry(HS), EVIL_BODY),
                "another payload, general": general(entry(HS), es_entry(), payload=EVIL_BODY),
                "another payload, unencoded": flattened(plain, "pay eve 9 eur"),
                "an emptied payload": flattened(entry(HS), ""),
                "an emptied payload, compact": compact(HS, "", BODY),
            }
        ),
        *malformed(
            {
                "a payload taken away": bare,
                "a payload taken away, unencoded": plain,
                "a payload taken away, general": {"signatures": [bare]},
                "the header moved into the payload": _header_in_payload(),
                "a padded payload that was signed so": flattened(entry(HS, BODY + "=="), BODY + "=="),
                "a payload with a line end that was signed so": flattened(entry(HS, BODY + "\n"), BODY + "\n"),
                "a payload with a dot that was signed so": flattened(entry(HS, f"{BODY}.{BODY}"), f"{BODY}.{BODY}"),
                "a payload in Cyrillic letters that was signed so": flattened(
                    entry(HS, "\u0430\u0430"), "\u0430\u0430"
                ),
            }
        ),
    ]


def _reheaded(token: str, header: Any) -> str:
    return f"{segment(header)}.{token.partition('.')[2]}"


def _protected_later(one: Any) -> Any:
    return flattened({"protected": segment(one["header"]), "signature": one["signature"]})


def _unprotected_later(one: Any) -> Any:
    return flattened({"header": HS, "signature": one["signature"]})


def _header_in_payload() -> Any:
    """The octets that a compact token signs are `header.payload`; here all of them stand in the payload."""
    made = entry(HS)
    return {"payload": f"{made['protected']}.{BODY}", "protected": "", "header": HS, "signature": made["signature"]}


def _with_own_key() -> Any:
    secret = b"evil" * 8
    jwk = {"kty": "oct", "alg": "HS256", "k": b64(secret)}
    return flattened(entry({"alg": "HS256"}, unprotected={"jwk": jwk}, secret=secret))


JWS_ATTACKS = [
    *crit_attacks(),
    *b64_attacks(),
    *header_attacks(),
    *signature_attacks(),
    *payload_attacks(),
]
