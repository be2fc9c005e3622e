"""Named attacks on encrypted tokens in JSON and on nested ones, each with the refusal it must meet."""

import json
from typing import Any

from tests.support import forge
from tests.support.forge import b64, segment
from tests.support.jwe_world import (
    DIR,
    ES,
    GOOD_JWE,
    KW,
    PW,
    THEIRS,
    WRAPPED,
    JweAttack,
    agreed,
    deflated,
    directly,
    gcm,
    general,
    in_json,
    raw_deflate,
    recipient,
    sealed,
)
from tests.support.token_world import CLAIMS, GOOD

ENC = {"enc": "A256GCM"}
NAMED = {"alg": "A128KW", "kid": "kw"}
INFLATING = {"max_inflated": 1000}
WRONG_TYPES: dict[str, Any] = {"a number": 1, "true": True, "a list": ["x"], "an object": {"x": 1}, "empty": ""}
BAD_TEXT = {"padding": "AAAA=", "a plus": "A+AA", "a line end": "AAAA\n", "unused bits": "AB", "a lone letter": "AAAAA"}


def malformed(tokens: dict[str, Any], before: str = "", **options: Any) -> list[JweAttack]:
    """Attacks that are all found in the form."""
    return [JweAttack(f"{before}{name}", token, "malformed_token", options) for name, token in tokens.items()]


def text_attacks() -> list[JweAttack]:
    """RFC 7516 section 7.2: the text is no JSON object that all read alike."""
    good = json.dumps(in_json())
    twice = {
        name: good.replace("{", f'{{"{name}":"AAAA",', 1)
        for name in ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    }
    tricky: dict[str, Any] = {
        "a byte order mark": b"\xef\xbb\xbf" + good.encode(),
        "UTF-16": good.encode("utf-16"),
        "bad UTF-8": good[:-1].encode() + b',"x":"\xff"}',
        "half a surrogate pair": good[:-1] + ',"x":"\ud800"}',
        "half a surrogate pair, escaped": good[:-1] + ',"x":"\\ud800"}',
        "cut off": good[:-1],
        "something after it": good + "{}",
        "a comma too many": good[:-1] + ",}",
        "a comment": good[:-1] + "/**/}",
        "NaN": good[:-1] + ',"x":NaN}',
        "100,000 brackets": good[:-1] + ',"x":' + "[" * 100_000,
        "nesting nine deep": good[:-1] + ',"x":' + "[" * 9 + "]" * 9 + "}",
        "in a list": f"[{good}]",
        "a text": json.dumps(good),
        "a megabyte of space": good + " " * 1_000_000,
        "an empty object": "{}",
        "a signature, flattened": json.dumps({"payload": "", "protected": segment(KW), "signature": "AAAA"}),
    }
    decoded: dict[str, Any] = {
        "nothing": {},
        "bytes inside": in_json(tag=b"x" * 16),
        "NaN inside": in_json(x=float("nan")),
        "itself inside": _circle(),
        "a set inside": in_json(x={1}),
        "a megabyte": in_json(x="x" * 1_000_000),
    }
    return [
        *malformed(twice, "JSON: a second "),
        *malformed({"once escaped": good.replace("{", '{"\\u0069v":"AAAA",', 1)}, "JSON: a second vector, "),
        *malformed(tricky, "JSON: "),
        *malformed(decoded, "decoded: "),
    ]


def member_attacks() -> list[JweAttack]:
    """RFC 7516 section 7.2.1: members that are missing, of a wrong type, empty or altered."""
    found = []
    for name in ("protected", "iv", "ciphertext", "tag"):
        found += malformed({name: in_json(**{name: None})}, "JSON: no ")
    for name in ("protected", "unprotected", "header", "encrypted_key", "iv", "ciphertext", "tag", "aad", "recipients"):
        wrong = {kind: value for kind, value in WRONG_TYPES.items() if not _fits(name, kind)}
        found += malformed({kind: in_json(**{name: value}) for kind, value in wrong.items()}, f"JSON: {name} is ")
        found += malformed({"null": {**in_json(), name: None}}, f"JSON: {name} is ")
    for name in ("protected", "encrypted_key", "iv", "ciphertext", "tag", "aad"):
        found += malformed({how: in_json(**{name: text}) for how, text in BAD_TEXT.items()}, f"JSON: {name} with ")
    return [
        *found,
        *malformed({name: in_json(**{name: {}}) for name in ("unprotected", "header")}, "JSON: empty "),
        *malformed(
            {name: in_json(**{name: "AAAA"}) for name in ("payload", "signature", "signatures")}, "JSON: also a "
        ),
        JweAttack("JSON: no encrypted key", in_json(encrypted_key=None), "decryption_failed"),
        JweAttack("JSON: an empty encrypted key", in_json(encrypted_key=""), "decryption_failed"),
        JweAttack("JSON: additional data added", in_json() | {"aad": "QQ"}, "decryption_failed"),
        JweAttack("JSON: additional data altered", in_json(extra=b"a") | {"aad": "QQ"}, "decryption_failed"),
        JweAttack("JSON: additional data taken out", _without(in_json(extra=b"a"), "aad"), "decryption_failed"),
        JweAttack("JSON: additional data in the header", _shifted(), "malformed_token"),
        JweAttack(
            "JSON: other additional data than asked for", in_json(extra=b"a"), "decryption_failed", {"aad": b"b"}
        ),
        JweAttack(
            "JSON: additional data that is not asked for", in_json(extra=b"a"), "decryption_failed", {"aad": b""}
        ),
        JweAttack("JSON: no additional data", in_json(), "decryption_failed", {"aad": b"a"}),
        JweAttack("no additional data", GOOD_JWE["A128KW"], "decryption_failed", {"aad": b"a"}),
    ]


def header_place_attacks() -> list[JweAttack]:
    """RFC 7516 section 7.2.1: a name in two places, or in one where anybody can change it."""
    places: dict[str, Any] = {
        "alg protected and shared": in_json(KW, unprotected={"alg": "dir"}),
        "alg protected and shared, the same": in_json(KW, unprotected={"alg": "A128KW"}),
        "alg protected and own": in_json(KW, header={"alg": "dir"}),
        "alg shared and own": in_json({**ENC, "kid": "kw"}, unprotected={"alg": "dir"}, header={"alg": "A128KW"}),
        "kid protected and own": in_json(KW, header={"kid": "kw"}),
        "kid shared and own": in_json({**ENC, "alg": "A128KW"}, unprotected={"kid": "kw"}, header={"kid": "dir"}),
        "an unknown name in two": in_json({**KW, "x": 1}, header={"x": 2}),
        "enc shared": in_json(NAMED, unprotected=ENC),
        "enc own": in_json(NAMED, header=ENC),
        "enc protected and shared": in_json(KW, unprotected={"enc": "A128GCM"}),
        "enc for one of several": general(recipient(enc="A128GCM"), recipient()),
        "zip shared": in_json(KW, unprotected={"zip": "DEF"}),
        "zip own": in_json(KW, header={"zip": "DEF"}),
        "crit shared": in_json(KW, unprotected={"crit": ["x"], "x": 1}),
        "crit own": in_json(KW, header={"crit": ["x"], "x": 1}),
        "b64 own": in_json(KW, header={"b64": False}),
        "no alg": in_json({**ENC, "kid": "kw"}),
        "no alg for one of several": general({"header": {"kid": "kw"}, "encrypted_key": WRAPPED}, recipient()),
        "only shared headers": _unprotected(),
    }
    chosen = {"alg": "dir", "kid": "dir"}
    return [
        *malformed(places, "JSON: ", **INFLATING),
        JweAttack("JSON: own alg changed", in_json(ENC, header={"alg": "dir", "kid": "kw"}), "unknown_key"),
        JweAttack("JSON: own alg none", in_json(ENC, header={"alg": "none"}), "unknown_key"),
        JweAttack("JSON: own kid changed", in_json(ENC, header={"alg": "A128KW", "kid": "dir"}), "unknown_key"),
        JweAttack("JSON: own alg and kid of dir", in_json(ENC, header=chosen, encrypted_key=None), "decryption_failed"),
        JweAttack("JSON: own alg and kid of dir, and a key", in_json(ENC, header=chosen), "malformed_token"),
        JweAttack("JSON: own count of two milliards", in_json(ENC, header=_password(p2c=2**31)), "malformed_token"),
        JweAttack(
            "JSON: shared count of two milliards", in_json(ENC, unprotected=_password(p2c=2**31)), "malformed_token"
        ),
        JweAttack("JSON: own point on no curve", in_json(ENC, header=_point(), encrypted_key=None), "malformed_token"),
    ]


def recipient_attacks() -> list[JweAttack]:
    """RFC 7516 section 7.2.1: many recipients, few of them honest."""
    direct, agreeing = (
        {"header": {"alg": "dir", "kid": "dir"}},
        {"header": {"alg": "ECDH-ES", "kid": "x", "epk": ES["epk"]}},
    )
    ours_altered = recipient(b64(b"x" * 40))
    lists: dict[str, Any] = {
        "none": general(),
        "nine": general(*[THEIRS] * 8, recipient()),
        "10,000": general(*[THEIRS] * 10_000),
        "50,000 empty ones": general(*[{}] * 50_000),
        "texts": general("x"),
        "null": general(None, recipient()),
        "a list": general([recipient()]),
        "one is empty": general({}, recipient()),
        "an own header that is empty": general({"header": {}, "encrypted_key": WRAPPED}, protected=KW),
        "an encrypted key that is a number": general({**recipient(), "encrypted_key": 1}),
        "an encrypted key with padding": general({**THEIRS, "encrypted_key": "QQ=="}, recipient()),
        "kid is a number": general(recipient(kid=1)),
        "shared and own direct keys": general(direct, recipient()),
        "a direct key after ours": general(recipient(), direct),
        "an agreed key after ours": general(recipient(), agreeing),
        "two direct keys": general(direct, direct),
        "beside a header": {**general(recipient()), "header": NAMED},
        "beside an encrypted key": {**general(recipient()), "encrypted_key": WRAPPED},
        "beside both": {**general(recipient()), **recipient()},
    }
    unnamed = {"header": {"alg": "A128KW"}, "encrypted_key": b64(b"x" * 40)}
    return [
        *malformed(lists, "recipients: "),
        JweAttack(
            "recipients: more than asked for", general(THEIRS, recipient()), "malformed_token", {"max_recipients": 1}
        ),
        JweAttack("recipients: none is ours", general(THEIRS, THEIRS), "unknown_key"),
        JweAttack(
            "recipients: all of unknown algorithms",
            general(recipient(alg="none"), recipient(alg="RSA1_5")),
            "unknown_key",
        ),
        JweAttack("recipients: ours is altered", general(THEIRS, ours_altered), "decryption_failed"),
        JweAttack("recipients: four times altered", general(*[ours_altered] * 4), "decryption_failed"),
        JweAttack("recipients: more tries than four", general(*[ours_altered] * 4, recipient()), "unknown_key"),
        JweAttack("recipients: more tries than four without kid", general(*[unnamed] * 4, recipient()), "unknown_key"),
        JweAttack("recipients: one with a bad count", general(_pw_recipient(2**31), recipient()), "malformed_token"),
    ]


def nested_attacks() -> list[JweAttack]:
    """RFC 7519 section 5.2, RFC 8725 section 2.3: what is taken for a signed token though it is none."""
    inner = GOOD["HS256"].encode()
    jwt = {**KW, "cty": "JWT"}
    ctys: list[Any] = ["", "jws", "JWE", "JWT2", "jwt ", "at+jwt", "text/jwt", None, 1, ["JWT"], {"JWT": 1}, True]
    contents = {
        "claims that nobody signed": json.dumps(CLAIMS).encode(),
        "a token without signature": f"{forge.token({'alg': 'none'}, CLAIMS)}".encode(),
        "a token encrypted twice": sealed(jwt, inner).encode(),
        "a signature in JSON": json.dumps({"payload": "AA", "protected": "AA", "signature": "AA"}).encode(),
        "nothing": b"",
        "two dots": b"..",
        "a header alone": inner.split(b".")[0] + b"..",
        "four parts": inner + b".AAAA",
        "a token and a line end in it": inner.replace(b".", b"\n.", 1)[:-1] + b"\xe9",
        "bytes": bytes(range(256)),
        "a token after its scheme": b"Bearer " + inner,
        "a header that is none": b"AAAA.AAAA.AAAA",
        "critical extensions": forge.token({"alg": "HS256", "crit": ["x"], "x": 1}, CLAIMS, b"x").encode(),
    }
    head = segment(jwt)
    iv, ciphertext, tag = gcm(head, inner)
    flat = {"protected": head, "encrypted_key": WRAPPED, "iv": iv, "ciphertext": ciphertext, "tag": tag}
    return [
        *(JweAttack(f"cty {cty!r}", sealed({**KW, "cty": cty}, inner), "wrong_type") for cty in ctys),
        JweAttack("no cty", sealed(KW, inner), "wrong_type"),
        JweAttack("typ in the place of cty", sealed({**KW, "typ": "JWT"}, inner), "wrong_type"),
        *(JweAttack(f"nested: {name}", sealed(jwt, text), "malformed_token") for name, text in contents.items()),
        JweAttack("nested: not encrypted", GOOD["HS256"], "malformed_token"),
        JweAttack("nested in JSON", flat, "malformed_token"),
        JweAttack("nested in JSON text", json.dumps(flat), "malformed_token"),
        JweAttack("nested and compressed", deflated(raw_deflate(inner), cty="JWT"), "malformed_token"),
        JweAttack("nested under another key", sealed(jwt, inner, cek=bytes(32)), "decryption_failed"),
        JweAttack(
            "nested: cty put in afterwards", f"{head}.{sealed(KW, inner).partition('.')[2]}", "decryption_failed"
        ),
        JweAttack("nested for nobody", sealed({**jwt, "kid": "x"}, inner), "unknown_key"),
        JweAttack("nested for none", sealed({**jwt, "alg": "none"}, inner, encrypted_key=""), "unknown_key"),
        JweAttack("no token at all", None, "malformed_token"),
        JweAttack("content that is no token", directly({**DIR, "cty": "JWT"}), "malformed_token"),
        JweAttack("agreed content that is no token", agreed({**ES, "cty": "JWT"}), "malformed_token"),
    ]


def _circle() -> dict[str, Any]:
    made = in_json()
    made["x"] = made
    return made


def _fits(name: str, kind: str) -> bool:
    """What is no wrong type, or meets another refusal."""
    return (name in ("header", "unprotected") and kind == "an object") or (name, kind) in {
        ("ciphertext", "empty"),
        ("encrypted_key", "empty"),
    }


def _without(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


def _shifted() -> dict[str, Any]:
    """Header and additional data stand side by side in what is authenticated: the dot between them moves."""
    good = in_json(extra=b"a")
    return {**_without(good, "aad"), "protected": f"{good['protected']}.{good['aad']}"}


def _unprotected() -> dict[str, Any]:
    """RFC 7520 section 5.12 allows it: nothing of the header is authenticated."""
    iv, ciphertext, tag = gcm("")
    return {"unprotected": KW, "encrypted_key": WRAPPED, "iv": iv, "ciphertext": ciphertext, "tag": tag}


def _password(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in {**PW, **changed}.items() if name != "enc"}


def _pw_recipient(count: int) -> dict[str, Any]:
    return {"header": _password(p2c=count), "encrypted_key": WRAPPED}


def _point() -> dict[str, Any]:
    point = {**ES["epk"], "y": b64(bytes(31) + b"\1")}  # type: ignore[dict-item]
    return {"alg": "ECDH-ES", "kid": "ec", "epk": point}


JSON_ATTACKS = [*text_attacks(), *member_attacks(), *header_place_attacks(), *recipient_attacks()]
NESTED_ATTACKS = nested_attacks()
