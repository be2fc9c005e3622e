"""Named attacks on the header, the algorithms and the keys of encrypted tokens, each with the refusal it must meet."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from tests.support import forge
from tests.support.forge import b64, segment, unb64
from tests.support.jwe_world import (
    CBC_KW,
    CEK,
    DIR,
    EC,
    ES,
    GCM,
    GOOD_JWE,
    IV,
    KEK,
    KW,
    OAEP_RSA,
    RSA,
    RSA_EVIL,
    WRAPPED,
    JweAttack,
    agreed,
    by_gcm,
    by_password,
    compact,
    directly,
    for_rsa,
    sealed,
)

WRONG_TYPES: dict[str, Any] = {
    "null": None,
    "a number": 1,
    "a fraction": 1.5,
    "true": True,
    "a list": ["A128KW"],
    "an object": {},
}
INFLATING = {"max_inflated": 1000}


def algorithm_attacks() -> list[JweAttack]:
    """The header names another algorithm than the key is bound to (RFC 8725 section 2.1)."""
    none = ["none", "None", "NONE", "nOnE", "", " ", "A128KW ", "a128kw", "A128KW\0"]
    pem = forge.pem(RSA.public_key())
    rsa1_5 = {**OAEP_RSA, "alg": "RSA1_5"}
    wrapped_by = {"the public key": pem[:16], "the modulus": RSA.public_key().public_numbers().n.to_bytes(256)[:16]}
    return [
        *(JweAttack(f"alg {alg!r}", sealed({**KW, "alg": alg}), "unknown_key") for alg in none),
        *(
            JweAttack(f"alg {alg!r}, no key", sealed({**KW, "alg": alg}, encrypted_key=""), "unknown_key")
            for alg in none
        ),
        *(
            JweAttack(f"alg {alg} for a key of another", sealed({**KW, "alg": alg}), "unknown_key")
            for alg in (
                "A192KW",
                "A256KW",
                "A128GCMKW",
                "dir",
                "RSA-OAEP",
                "ECDH-ES",
                "A128GCM",
                "HS256",
                "PBES2-HS256+A128KW",
            )
        ),
        JweAttack("RSA1_5, and well made", for_rsa(rsa1_5, scheme=padding.PKCS1v15()), "unknown_key"),
        JweAttack("RSA1_5 without kid", for_rsa({"alg": "RSA1_5", "enc": "A256GCM"}), "unknown_key"),
        JweAttack("RSA1_5 padding under the name of OAEP", for_rsa(scheme=padding.PKCS1v15()), "decryption_failed"),
        JweAttack("RSA-OAEP for a key of RSA-OAEP-256", for_rsa({**OAEP_RSA, "alg": "RSA-OAEP"}), "unknown_key"),
        JweAttack("ECDH-ES+A128KW for a key of ECDH-ES", agreed({**ES, "alg": "ECDH-ES+A128KW"}), "unknown_key"),
        JweAttack("dir with kid of the RSA key", directly({**DIR, "kid": "rsa"}, key=pem[:32]), "unknown_key"),
        JweAttack("dir with a key of zeros", directly(key=bytes(32)), "decryption_failed"),
        JweAttack("dir with a public key as the secret", directly(key=pem[:32]), "decryption_failed"),
        JweAttack(
            "dir where the key is to be unwrapped", sealed({**DIR, "kid": "kw"}, encrypted_key=""), "unknown_key"
        ),
        *(
            JweAttack(f"A128KW with {name}", sealed(encrypted_key=b64(aes_key_wrap(kek, CEK))), "decryption_failed")
            for name, kek in wrapped_by.items()
        ),
        JweAttack("a key that may only encrypt", sealed({**KW, "kid": "one way"}), "unknown_key"),
        JweAttack(
            "a key of which we hold the public half", for_rsa({**OAEP_RSA, "kid": "theirs"}, RSA_EVIL), "unknown_key"
        ),
        JweAttack("a key for signatures", sealed({**KW, "alg": "HS256", "kid": "hs"}), "unknown_key"),
        JweAttack("an algorithm that is not asked for", sealed(), "unknown_key", {"algorithms": ["dir"]}),
        JweAttack("no algorithm is asked for", sealed(), "unknown_key", {"algorithms": []}),
    ]


def method_attacks() -> list[JweAttack]:
    """The content is read by another method than it was written with."""
    unknown = ["A512GCM", "none", "", "a256gcm", "A256GCM ", "A256CBC", "A128CBC", "HS256", "dir"]
    found = [JweAttack(f"enc {enc!r}", sealed({**KW, "enc": enc}), "malformed_token") for enc in unknown]
    good, short = GOOD_JWE["A128KW"].split("."), b64(aes_key_wrap(KEK, CEK[:16]))
    stolen = ".".join(good[1:])
    for enc in ("A128GCM", "A192GCM"):
        found += [
            JweAttack(f"enc of a good token is {enc}", f"{segment({**KW, 'enc': enc})}.{stolen}", "decryption_failed"),
            JweAttack(f"a key of 32 bytes for {enc}", sealed({**KW, "enc": enc}), "decryption_failed"),
        ]
    as_cbc = compact(segment(CBC_KW), WRAPPED, [b64(IV + b"0000"), *good[3:]])
    return [
        *found,
        JweAttack("a key of 16 bytes for A256GCM", sealed(encrypted_key=short, cek=CEK[:16]), "decryption_failed"),
        JweAttack("no enc", sealed({"alg": "A128KW", "kid": "kw"}), "malformed_token"),
        JweAttack("GCM read as CBC", f"{segment(CBC_KW)}.{stolen}", "malformed_token"),
        JweAttack("GCM read as CBC, with a longer vector", as_cbc, "decryption_failed"),
        JweAttack("CBC read as GCM", f"{segment(KW)}.{GOOD_JWE['CBC'].partition('.')[2]}", "malformed_token"),
        JweAttack("a method that is not asked for", sealed(), "malformed_token", {"encryptions": ["A256CBC-HS512"]}),
        JweAttack("no method is asked for", sealed(), "malformed_token", {"encryptions": []}),
    ]


def header_attacks() -> list[JweAttack]:
    """RFC 7516 section 4: the header is not what it must be, and sealed so."""
    texts: dict[str, bytes] = {
        "alg twice": b'{"alg":"A128KW","alg":"dir","enc":"A256GCM","kid":"kw"}',
        "alg twice, the same": b'{"alg":"A128KW","alg":"A128KW","enc":"A256GCM","kid":"kw"}',
        "alg twice, once escaped": b'{"alg":"A128KW","\\u0061lg":"dir","enc":"A256GCM","kid":"kw"}',
        "enc twice": b'{"alg":"A128KW","enc":"A256GCM","enc":"A128GCM","kid":"kw"}',
        "kid twice": b'{"alg":"A128KW","enc":"A256GCM","kid":"kw","kid":"kw"}',
        "zip twice": b'{"alg":"A128KW","enc":"A256GCM","kid":"kw","zip":"DEF","zip":"DEF"}',
        "a name twice inside": b'{"alg":"A128KW","enc":"A256GCM","kid":"kw","x":{"y":1,"y":2}}',
        "nothing": b"",
        "a list": b'["A128KW"]',
        "a text": b'"A128KW"',
        "null": b"null",
        "an empty object": b"{}",
        "UTF-16": '{"alg":"A128KW","enc":"A256GCM"}'.encode("utf-16"),
        "a byte order mark": b'\xef\xbb\xbf{"alg":"A128KW","enc":"A256GCM"}',
        "bad UTF-8": b'{"alg":"A128KW","enc":"A256GCM","x":"\xff"}',
        "half a surrogate pair": b'{"alg":"A128KW","enc":"A256GCM","x":"\\ud800"}',
        "a comma too many": b'{"alg":"A128KW","enc":"A256GCM",}',
        "something after it": b'{"alg":"A128KW","enc":"A256GCM"}{}',
        "a comment": b'{"alg":"A128KW",/**/"enc":"A256GCM"}',
        "NaN": b'{"alg":"A128KW","enc":"A256GCM","x":NaN}',
        "1,000 brackets": b'{"alg":"A128KW","enc":"A256GCM","x":' + b"[" * 1000 + b"]" * 1000 + b"}",
        "4,000 letters": json.dumps({**KW, "x": "x" * 4000}).encode(),
    }
    extensions: dict[str, Any] = {
        "crit": {"crit": ["x"], "x": 1},
        "crit of nothing": {"crit": []},
        "crit of null": {"crit": None},
        "crit of what is known": {"crit": ["enc"]},
        "crit of b64": {"crit": ["b64"], "b64": False},
        "b64 false": {"b64": False},
        "b64 true": {"b64": True},
    }
    wrong = [
        JweAttack(f"{name} is {kind}", sealed({**KW, name: value}), "malformed_token", INFLATING)
        for name in ("alg", "enc", "kid", "typ", "zip")
        for kind, value in WRONG_TYPES.items()
    ]
    kids = ["", "x" * 257]
    unknown = ["nobody", "KW", "kw ", "kw\0", "../../dev/null", "' or 1=1--", "https://evil.test/key"]
    return [
        *(JweAttack(f"header: {name}", sealed(text), "malformed_token", INFLATING) for name, text in texts.items()),
        *(JweAttack(f"header: {name}", sealed({**KW, **more}), "malformed_token") for name, more in extensions.items()),
        *wrong,
        *(JweAttack(f"kid of {len(kid)} letters", sealed({**KW, "kid": kid}), "malformed_token") for kid in kids),
        *(JweAttack(f"kid {kid!r}", sealed({**KW, "kid": kid}), "unknown_key") for kid in unknown),
    ]


def embedded_attacks() -> list[JweAttack]:
    """RFC 8725 section 2.6: keys and addresses in the header are the sender's."""
    jwk = forge.rsa_jwk(RSA_EVIL.public_key())
    embedded = {"jwk": jwk, "jku": "https://evil.test/jwks", "x5u": "https://evil.test/x5c", "x5c": ["AAAA"]}
    found = []
    for name, value in embedded.items():
        header = {**OAEP_RSA, name: value}
        unnamed = {key: one for key, one in header.items() if key != "kid"}
        found += [
            JweAttack(f"a {name} and its key", for_rsa(header, RSA_EVIL), "decryption_failed"),
            JweAttack(f"a {name} and its kid", for_rsa({**header, "kid": "evil"}, RSA_EVIL), "unknown_key"),
            JweAttack(f"a {name} without kid", for_rsa(unnamed, RSA_EVIL), "decryption_failed"),
        ]
    return found


def agreement_attacks() -> list[JweAttack]:
    """RFC 7518 section 4.6: what a sender can do with the point he brings."""
    epk: dict[str, Any] = ES["epk"]  # type: ignore[assignment]
    other = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    x, y = (b64(number.to_bytes(48, "big")) for number in (other.x, other.y))
    zero, one = b64(bytes(32)), b64((1).to_bytes(32, "big"))
    points: dict[str, Any] = {
        "on no curve": {**epk, "y": one},
        "of zeros": {**epk, "x": zero, "y": zero},
        "of another curve": {"kty": "EC", "crv": "P-384", "x": x, "y": y},
        "of another curve by our curve's name": {**epk, "x": x, "y": y},
        "of another kind": {"kty": "OKP", "crv": "X25519", "x": zero},
        "and the private key": {**epk, "d": one},
        "with a longer x": {**epk, "x": b64(b"\0" + unb64(epk["x"]))},
        "with a shorter x": {**epk, "x": b64(unb64(epk["x"])[1:])},
        "with padding": {**epk, "x": epk["x"] + "="},
        "without y": {name: value for name, value in epk.items() if name != "y"},
        "of nothing": {},
        "as text": json.dumps(epk),
        "as a list": [epk],
        "as null": None,
    }
    return [
        *(
            JweAttack(f"a point {name}", agreed({**ES, "epk": value}), "malformed_token")
            for name, value in points.items()
        ),
        JweAttack("no point", agreed({name: ES[name] for name in ES if name != "epk"}), "malformed_token"),
        *(
            JweAttack(f"{name} is {kind}", agreed({**ES, name: value}), "malformed_token")
            for name in ("apu", "apv")
            for kind, value in WRONG_TYPES.items()
        ),
        JweAttack("apu with padding", agreed({**ES, "apu": "QQ=="}), "malformed_token"),
        JweAttack("apu that was not agreed on", agreed({**ES, "apu": "QQ"}), "decryption_failed"),
        JweAttack("our own point", agreed({**ES, "epk": forge.ec_jwk(EC.public_key())}), "decryption_failed"),
        JweAttack("an encrypted key beside the agreed one", agreed(encrypted_key=WRAPPED), "malformed_token"),
        JweAttack("an encrypted key beside the shared one", directly(encrypted_key=WRAPPED), "malformed_token"),
    ]


def parameter_attacks() -> list[JweAttack]:
    """RFC 7518 sections 4.7 and 4.8: parameters that come with the encrypted key."""
    counts: list[Any] = [0, 1, 999, -1000, 600_001, 2**31, 2**63, 1000.0, 1e30, "1000", True, None, [1000]]
    salts: list[Any] = ["", b64(b"short"), "c2FsdHNhbHQ=", 1, None, ["c2FsdHNhbHQ"]]
    sized: dict[str, Any] = {
        "short": b64(b"i" * 8),
        "long": b64(b"i" * 17),
        "null": [None],
        "a number": 1,
        "missing": None,
    }
    return [
        *(JweAttack(f"p2c {count!r}", by_password(p2c=count), "malformed_token") for count in counts),
        *(JweAttack(f"p2s {salt!r}", by_password(p2s=salt), "malformed_token") for salt in salts),
        JweAttack("p2c of more than asked for", by_password(), "malformed_token", {"max_p2c": 999}),
        JweAttack("another count", by_password(p2c=1001), "decryption_failed"),
        JweAttack("another salt", by_password(p2s=b64(b"saltsalT")), "decryption_failed"),
        *(
            JweAttack(f"{name} of the key is {how}", by_gcm(**{name: value}), "malformed_token")
            for name in ("iv", "tag")
            for how, value in sized.items()
        ),
        JweAttack("another tag of the key", by_gcm(tag=b64(bytes(16))), "decryption_failed"),
        JweAttack("another vector of the key", by_gcm(iv=b64(bytes(12))), "decryption_failed"),
        JweAttack("no key under GCM", sealed({**GCM, "tag": b64(bytes(16))}, encrypted_key=""), "decryption_failed"),
    ]


JWE_ATTACKS = [
    *algorithm_attacks(),
    *method_attacks(),
    *header_attacks(),
    *embedded_attacks(),
    *agreement_attacks(),
    *parameter_attacks(),
]
