"""Named attacks on the JSON forms of raw signatures: mixed forms, wrong types, texts and things that are no JSON."""

import json
from typing import Any

from tests.support.forge import segment
from tests.support.jws_world import (
    B64_FALSE,
    BODY,
    EVIL_BODY,
    HS,
    JwsAttack,
    compact,
    entry,
    flattened,
    general,
    malformed,
    none_entry,
    with_text,
)

_GOOD = flattened(entry(HS))


def form_attacks() -> list[JwsAttack]:
    """RFC 7515 section 7.2.2: one form only, and a bounded number of signatures."""
    good, both = general(entry(HS)), flattened(entry(HS))
    return [
        *(
            JwsAttack(f"{name} beside signatures", {**good, name: both[name]}, "malformed_token")
            for name in ("protected", "signature")
        ),
        *malformed(
            {
                "header beside signatures": {**good, "header": {"kid": "hs"}},
                "a good flattened signature beside a bad list": {**both, **general(none_entry())},
                "null signatures beside a good flattened one": {**both, "signatures": None},
                "empty signatures beside a good flattened one": {**both, "signatures": []},
                "no signatures": general(),
                "nothing but a payload": {"payload": BODY},
                "an empty object": {},
                "nine signatures": general(*[entry(HS)] * 9),
                "thousands of signatures": general(*[{}] * 4000),
                "a general token in a list": json.dumps([good]),
                "a compact token in an object": {"token": compact(HS)},
                "a compact token as JSON text": json.dumps(compact(HS)),
                "an entry within an entry": general({"signatures": [entry(HS)]}),
                "an encrypted token": {"ciphertext": BODY, "protected": segment(HS), "recipients": [{}]},
                "an entry with its own payload instead of ours": {"signatures": [{**entry(HS), "payload": BODY}]},
            }
        ),
    ]


def type_attacks() -> list[JwsAttack]:
    """Every member, with every other type of JSON in it."""
    wrong: dict[str, Any] = {"null": None, "a number": 1, "true": True, "a list": ["x"], "an object": {"x": "y"}}
    places: dict[str, Any] = {
        "payload": lambda value: {**_GOOD, "payload": value},
        "protected": lambda value: {**_GOOD, "protected": value},
        "signature": lambda value: {**_GOOD, "signature": value},
        "protected of an entry": lambda value: general({**entry(HS), "protected": value}),
        "signature of an entry": lambda value: general({**entry(HS), "signature": value}),
        "an entry": lambda value: general(entry(HS), value),
        "alg unprotected": lambda value: flattened(entry(None, unprotected={"alg": value})),
        "kid unprotected": lambda value: flattened(entry({"alg": "HS256"}, unprotected={"kid": value})),
        "typ unprotected": lambda value: flattened(entry(HS, unprotected={"typ": value})),
    }
    other = {**wrong, "text": "x"}
    return [
        *(
            JwsAttack(f"{place} is {name}", make(value), "malformed_token")
            for place, make in places.items()
            for name, value in wrong.items()
        ),
        *(
            JwsAttack(f"header is {name}", {**_GOOD, "header": value}, "malformed_token")
            for name, value in other.items()
            if name != "an object"
        ),
        *(
            JwsAttack(f"signatures is {name}", {"payload": BODY, "signatures": value}, "malformed_token")
            for name, value in other.items()
        ),
        *malformed(
            {
                "header is an empty object": {**_GOOD, "header": {}},
                "protected is empty text": flattened(entry(None, unprotected=HS) | {"protected": ""}),
                "an empty kid": flattened(entry({"alg": "HS256"}, unprotected={"kid": ""})),
                "a long kid": flattened(entry({"alg": "HS256"}, unprotected={"kid": "k" * 257})),
            }
        ),
    ]


def text_attacks() -> list[JwsAttack]:
    """Texts that two JSON readers take for different things, or that are made to exhaust one."""
    text = json.dumps(_GOOD)
    unencoded = flattened(entry({**HS, **B64_FALSE}, b"\xed\xa0\x80"), "@@")
    return [
        *malformed(
            {
                "UTF-16": text.encode("utf-16"),
                "UTF-16 without a mark": text.encode("utf-16-le"),
                "UTF-32": text.encode("utf-32-be"),
                "a byte order mark": b"\xef\xbb\xbf" + text.encode(),
                "a byte order mark in text": "\ufeff" + text,
                "bytes that are not UTF-8": text.encode().replace(BODY.encode(), b"\xff"),
                "an overlong UTF-8 zero": text.encode().replace(BODY.encode(), b"\xc0\x80"),
                "a lone surrogate in text": text.replace(BODY, "\ud800"),
                "a lone surrogate in a mapping": {**_GOOD, "x": "\udfff"},
                "a lone surrogate by escape": with_text(_GOOD, BODY, "\\ud800"),
                "a lone surrogate in an unencoded payload": with_text(unencoded, "@@", "\\ud800"),
                "a zero byte after the object": text + "\0",
                "two objects": text + text,
                "a comma too many": text[:-1] + ",}",
                "a comment": text[:-1] + "/**/}",
                "single quotes": text.replace('"', "'"),
                "cut short": text[:-1],
                "NaN": with_text({**_GOOD, "x": "@@"}, '"@@"', "NaN"),
                "Infinity": with_text({**_GOOD, "x": "@@"}, '"@@"', "Infinity"),
                "a raw line end in a string": text.replace(BODY, BODY + "\n"),
                "a vertical tab before": "\v" + text,
                "payload twice": f'{{"payload":"{EVIL_BODY}",{text[1:]}',
                "payload twice, the evil one last": f'{text[:-1]},"payload":"{EVIL_BODY}"}}',
                "payload twice by escape": f'{text[:-1]},"\\u0070ayload":"{EVIL_BODY}"}}',
                "signature twice": f'{text[:-1]},"signature":"AA"}}',
                "signatures twice": json.dumps(general(entry(HS)))[:-1] + ',"signatures":[]}',
                "an unknown member twice": f'{text[:-1]},"x":1,"x":1}}',
                "seventeen kilobytes": {**_GOOD, "x": "x" * 17_000},
                "a megabyte of white space": " " * 1_000_000 + text,
                "a long text of many bytes": {**_GOOD, "x": "\u20ac" * 6_000},
                "100,000 nested lists": '{"x":' + "[" * 100_000,
                "7,000 nested lists": f'{text[:-1]},"x":{"[" * 7_000}{"]" * 7_000}}}',
                "7,000 nested objects": f'{text[:-1]},"x":{"{" * 5_000}',
                "eight nested lists": {**_GOOD, "x": [[[[[[[[]]]]]]]]},
                "an empty text": "",
                "no bytes": b"",
                "compact as bytes": compact(HS).encode(),
            }
        ),
    ]


def object_attacks() -> list[JwsAttack]:
    """What is no text and no JSON."""
    deep: Any = {}
    for _ in range(100_000):
        deep = {"x": deep}
    endless = dict(_GOOD)
    endless["x"] = endless
    things: dict[str, Any] = {
        "None": None,
        "a number": 5,
        "a list": [_GOOD],
        "a tuple of segments": tuple(compact(HS).split(".")),
        "a set": {"payload"},
        "a mapping with bytes": {**_GOOD, "payload": BODY.encode()},
        "a mapping with NaN": {**_GOOD, "x": float("nan")},
        "a mapping with infinity": {**_GOOD, "x": float("inf")},
        "a mapping with a set": {**_GOOD, "x": {1}},
        "a mapping with a complex number": {**_GOOD, "x": 1j},
        "a mapping with a number and its text": {**_GOOD, 1: 1, "1": 2},
        "a mapping with a tuple for a name": {**_GOOD, (1,): 1},
        "a mapping of itself": endless,
        "a mapping of 100,000 floors": {**_GOOD, "x": deep},
        "a bytearray": bytearray(json.dumps(_GOOD).encode()),
    }
    return [JwsAttack(f"the token is {name}", thing, "malformed_token") for name, thing in things.items()]


JWS_JSON_ATTACKS = [
    *form_attacks(),
    *type_attacks(),
    *text_attacks(),
    *object_attacks(),
]
