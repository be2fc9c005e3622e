"""Named attacks on the form, signature and claims of a token, each with the refusal it must meet."""

import gzip
import json
from typing import Any

from tests.support import forge
from tests.support.forge import SPOILED, segment
from tests.support.token_world import (
    CLAIMS,
    EC,
    GOOD,
    HS,
    NOW,
    RSA,
    SECRET,
    Attack,
    bent,
    following,
    raw_claims,
    signed,
    standard,
    with_signature,
    without,
)


def encoding_attacks() -> list[Attack]:
    """RFC 7515 section 2: many texts for one value."""
    head, payload, signature = GOOD["HS256"].split(".")
    found = []
    for name, form in SPOILED.items():
        found += [
            Attack(f"header with {name}", f"{form.format(head)}.{payload}.{signature}", "malformed_token"),
            Attack(f"signature with {name}", f"{head}.{payload}.{form.format(signature)}", "malformed_token"),
        ]
        if form.isascii():
            sealed = forge.mac(f"{head}.{form.format(payload)}", SECRET)
            found.append(Attack(f"payload with {name}, signed so", sealed, "malformed_token"))
    return [
        *found,
        Attack("header with unused bits", forge.mac(f"{bent(HS)}.{payload}", SECRET), "malformed_token"),
        Attack("payload with unused bits", forge.mac(f"{head}.{bent(CLAIMS)}", SECRET), "malformed_token"),
        Attack(
            "signature with unused bits", f"{head}.{payload}.{signature[:-1]}{following(signature)}", "malformed_token"
        ),
        Attack(
            "a lone character after the header",
            forge.mac(f"{segment({**HS, 'x': ''})}A.{payload}", SECRET),
            "malformed_token",
        ),
        Attack("payload in standard base64", forge.mac(f"{head}.{standard()}", SECRET), "malformed_token"),
    ]


def form_attacks() -> list[Attack]:
    """RFC 7515 section 7.1: what a compact token is; none of these is one."""
    good = GOOD["HS256"]
    head, payload, signature = good.split(".")
    flattened = {"protected": head, "payload": payload, "signature": signature}
    texts = {
        "nothing": "",
        "a dot": ".",
        "two dots": "..",
        "three dots": "...",
        "one part": head,
        "a leading dot": f".{good}",
        "a trailing dot": f"{good}.",
        "a fourth part": f"{good}.{signature}",
        "five parts, as JWE has": f"{good}.{head}.{head}",
        "no header": f".{payload}.{signature}",
        "a doubled dot": f"{head}..{payload}.{signature}",
        "two tokens": f"{good} {good}",
        "two tokens glued": good + good,
        "a scheme before it": f"Bearer {good}",
        "quotes": f'"{good}"',
        "a line folded": f"{head}\r\n .{payload}.{signature}",
        "flattened JSON": json.dumps(flattened),
        "general JSON": json.dumps({"payload": payload, "signatures": [{"protected": head, "signature": signature}]}),
        "a million letters": "A" * 1_000_000,
        "a million dots": "." * 1_000_000,
        "a good token in a million spaces": good.ljust(1_000_000),
        "a payload of 16 KiB": signed(HS, {**CLAIMS, "x": "x" * 16384}),
        "100,000 brackets": signed(HS, b'{"x":' + b"[" * 100_000),
        "another dot": good.replace(".", "\uff0e"),
        "a list's text": str([good]),
    }
    things = {
        "None": None,
        "bytes": good.encode(),
        "an object": flattened,
        "a list": [good],
        "a tuple": (head, payload, signature),
        "a number": 1,
    }
    return [
        *(Attack(f"token: {name}", text, "malformed_token") for name, text in texts.items()),
        *(Attack(f"token is {name}", thing, "malformed_token") for name, thing in things.items()),
    ]


def signature_attacks() -> list[Attack]:
    """RFC 7515 section 5.2 step 8: a signature that is almost one."""
    hs, es, rs, ed = (GOOD[name] for name in ("HS256", "ES256", "RS256", "Ed25519"))
    code, modulus = forge.unb64(hs.rpartition(".")[2]), RSA.key_size // 8
    rsa_value, ed_value = forge.unb64(rs.rpartition(".")[2]), forge.unb64(ed.rpartition(".")[2])
    r, s = forge.ec_signature(es.rpartition(".")[0], EC)
    n, n_of_rsa = forge.P256_ORDER, RSA.public_key().public_numbers().n
    s_plus_order = int.from_bytes(ed_value[32:], "little") + forge.ED25519_ORDER
    tried: dict[str, tuple[str, bytes]] = {
        "HMAC empty": (hs, b""),
        "HMAC cut in half": (hs, code[:16]),
        "HMAC one byte short": (hs, code[:-1]),
        "HMAC one byte long": (hs, code + b"\0"),
        "HMAC of zeros": (hs, bytes(32)),
        "HMAC doubled": (hs, code * 2),
        "HMAC in hexadecimal": (hs, code.hex().encode()),
        "HMAC turned round": (hs, code[::-1]),
        "HMAC with one bit changed": (hs, bytes([code[0] ^ 1]) + code[1:]),
        "ECDSA in DER": (es, forge.ec_der(es.rpartition(".")[0], EC)),
        "ECDSA r and s zero": (es, bytes(64)),
        "ECDSA r zero": (es, forge.rs(0, s)),
        "ECDSA s zero": (es, forge.rs(r, 0)),
        "ECDSA r one, s one": (es, forge.rs(1, 1)),
        "ECDSA r the order": (es, forge.rs(n, s)),
        "ECDSA s the order": (es, forge.rs(r, n)),
        "ECDSA all ones": (es, b"\xff" * 64),
        "ECDSA s plus the order": (es, forge.rs(r, s + n, 33)),
        "ECDSA swapped": (es, forge.rs(s, r)),
        "ECDSA over-long": (es, forge.rs(r, s, 33)),
        "ECDSA with a zero before it": (es, b"\0" + forge.rs(r, s)),
        "ECDSA with a zero after it": (es, forge.rs(r, s) + b"\0"),
        "ECDSA one byte short": (es, forge.rs(r, s)[:-1]),
        "ECDSA only r": (es, forge.rs(r, s)[:32]),
        "ECDSA of P-521 size": (es, forge.rs(r, s, 66)),
        "RSA empty": (rs, b""),
        "RSA zero": (rs, bytes(modulus)),
        "RSA one": (rs, bytes(modulus - 1) + b"\1"),
        "RSA all ones": (rs, b"\xff" * modulus),
        "RSA with a zero before it": (rs, b"\0" + rsa_value),
        "RSA with a zero after it": (rs, rsa_value + b"\0"),
        "RSA plus the modulus": (rs, (int.from_bytes(rsa_value, "big") + n_of_rsa).to_bytes(modulus + 1, "big")),
        "RSA one byte short": (rs, rsa_value[:-1]),
        "RSA of the text itself": (rs, rs.rpartition(".")[0].encode()[:modulus]),
        "Ed25519 empty": (ed, b""),
        "Ed25519 zero": (ed, bytes(64)),
        "Ed25519 one byte short": (ed, ed_value[:-1]),
        "Ed25519 one byte long": (ed, ed_value + b"\0"),
        "Ed25519 s plus the order": (ed, ed_value[:32] + s_plus_order.to_bytes(32, "little")),
        "Ed25519 of the neutral point": (ed, b"\1" + bytes(63)),
        "Ed25519 of a point that is none": (ed, b"\2" + bytes(63)),
        "Ed25519 halves swapped": (ed, ed_value[32:] + ed_value[:32]),
        "the signature of another token": (es, forge.rs(*forge.ec_signature(ed.rpartition(".")[0], EC))),
    }
    moved = es.split(".")[1]
    return [
        *(Attack(name, with_signature(good, value), "bad_signature") for name, (good, value) in tried.items()),
        Attack(
            "the payload of another token",
            ".".join((hs.split(".")[0], bent(CLAIMS), hs.split(".")[2])),
            "bad_signature",
        ),
        Attack("the header of another key", ".".join((es.split(".")[0], moved, hs.split(".")[2])), "bad_signature"),
        Attack("no payload", ".".join((hs.split(".")[0], "", hs.split(".")[2])), "bad_signature"),
        Attack("one letter of the payload", hs.replace(f".{moved[:5]}", f".{moved[:4]}5"), "bad_signature"),
    ]


def claim_attacks() -> list[Attack]:
    """RFC 7519 section 4.1: registered claims of a wrong type. Good signatures all."""
    dates = [
        "[1700000300]",
        '"1700000300"',
        "true",
        "false",
        "null",
        "{}",
        '""',
        "-1",
        "-0.5",
        "1e400",
        "1e30",
        "9" * 30,
    ]
    dates += ["253402300800", '"2023-11-14T22:18:20Z"', '"1700000300.0"']
    strings = ["1", "null", "true", "[]", '["https://id.test"]', "{}", "1.5"]
    audiences = [
        "1",
        "null",
        "true",
        "{}",
        "[1]",
        '["https://shop.test",1]',
        '["https://shop.test",null]',
        '[["https://shop.test"]]',
    ]
    wrong = {
        **dict.fromkeys(("exp", "nbf", "iat"), dates),
        **dict.fromkeys(("iss", "sub", "jti"), strings),
        "aud": audiences,
    }
    found = [
        Attack(f"{name}: {text[:30]}", signed(HS, raw_claims(name, text)), "bad_claim", name)
        for name, texts in wrong.items()
        for text in texts
    ]
    no_json = ("NaN", "Infinity", "-Infinity", "1_7", "01", "+1", "0x10", "1.", ".5", "nan", "1e", "'1'")
    found += [
        Attack(f"{name}: {text}", signed(HS, raw_claims(name, text)), "malformed_token")
        for name in ("exp", "nbf", "iat")
        for text in no_json
    ]
    return [
        *found,
        *(Attack(f"no {n}", signed(HS, without(n)), "missing_claim", n) for n in ("iss", "aud", "sub", "exp")),
    ]


def value_attacks() -> list[Attack]:
    """RFC 7519 section 4.1, RFC 8725 sections 3.8 and 3.9: a good token for, from or of another place or time."""
    places = ["", "https://evil.test", "https://id.test/", "HTTPS://ID.TEST", " https://id.test", "https://id.test\x00"]
    others: list[Any] = [
        "",
        "https://other.test",
        "https://shop.test/",
        "https://shop.tes",
        "https://SHOP.test",
        "*",
        [],
    ]
    others += [["https://other.test"], ["https://shop.test,https://other.test"], [""]]
    return [
        *(Attack(f"iss {iss!r}", signed(HS, {**CLAIMS, "iss": iss}), "wrong_issuer", "iss") for iss in places),
        *(Attack(f"aud {aud!r}", signed(HS, {**CLAIMS, "aud": aud}), "wrong_audience", "aud") for aud in others),
        *(
            Attack(f"exp {exp - NOW:+}", signed(HS, {**CLAIMS, "exp": exp}), "token_expired", "exp")
            for exp in (0, NOW - 86400, NOW - 1, NOW)
        ),
        *(
            Attack(f"nbf {nbf - NOW:+}", signed(HS, {**CLAIMS, "nbf": nbf}), "token_not_yet_valid", "nbf")
            for nbf in (NOW + 0.5, NOW + 1, NOW + 86400, 253402300799)
        ),
        Attack(
            "exp twice, the last one past", signed(HS, raw_claims("exp", f'{NOW + 9},"exp":1')), "token_expired", "exp"
        ),
    ]


def payload_attacks() -> list[Attack]:
    """RFC 7519 section 7.2 step 10: the payload is one JSON object in UTF-8. Good signatures all."""
    text = json.dumps(CLAIMS).encode()
    payloads = {
        "empty": b"",
        "a list": b"[" + text + b"]",
        "text": json.dumps(text.decode()).encode(),
        "a number": b"1",
        "null": b"null",
        "true": b"true",
        "no JSON": b"sub=42",
        "cut off": text[:-1],
        "two objects": text + text,
        "a comma too many": text[:-1] + b",}",
        "something after it": text + b"x",
        "NUL after it": text + b"\0",
        "UTF-16": text.decode().encode("utf-16"),
        "UTF-32": text.decode().encode("utf-32"),
        "a byte order mark": b"\xef\xbb\xbf" + text,
        "bad UTF-8 in a claim": raw_claims("sub", '"@"').replace(b"@", b"\xff"),
        "bad UTF-8 in a claim nobody asked for": raw_claims("y", '"@"').replace(b"@", b"\xff"),
        "surrogates in UTF-8": raw_claims("sub", '"@"').replace(b"@", b"\xed\xa0\x80"),
        "half a surrogate pair": raw_claims("sub", '"\\ud800"'),
        "a control character": raw_claims("sub", '"@"').replace(b"@", b"\x01"),
        "5,000 brackets": raw_claims("x", "[" * 5000 + "]" * 5000),
        "2,000 braces": raw_claims("x", '{"a":' * 2000 + "1" + "}" * 2000),
        "compressed": gzip.compress(text),
        "a token inside": GOOD["HS256"].encode(),
    }
    return [Attack(f"payload: {name}", signed(HS, payload), "malformed_token") for name, payload in payloads.items()]


TOKEN_ATTACKS = [
    *encoding_attacks(),
    *form_attacks(),
    *signature_attacks(),
    *claim_attacks(),
    *value_attacks(),
    *payload_attacks(),
]
