"""Named attacks on the form, the encoding and the content of encrypted tokens, each with the refusal it must meet."""

import gzip
import json
import zlib
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from tests.support.forge import SPOILED, b64, segment, unb64
from tests.support.jwe_world import (
    CEK,
    EVIL,
    GOOD_JWE,
    KEK,
    KW,
    PLAINTEXT,
    RSA_EVIL,
    WRAPPED,
    JweAttack,
    cbc_sealed,
    compact,
    deflated,
    for_rsa,
    gcm,
    raw_deflate,
    sealed,
    spelled,
)
from tests.support.token_world import GOOD, following

SEGMENTS = ("header", "encrypted key", "vector", "ciphertext", "tag")
INFLATING = {"max_inflated": 1000}


def encoding_attacks() -> list[JweAttack]:
    """RFC 7516 section 5.2 step 2: many texts for one value, in each of the segments."""
    found = []
    for at, which in enumerate(SEGMENTS):
        parts = GOOD_JWE["CBC"].split(".")
        for name, form in SPOILED.items():
            changed = [*parts[:at], form.format(parts[at]), *parts[at + 1 :]]
            found.append(JweAttack(f"{which} with {name}", ".".join(changed), "malformed_token"))
        if len(parts[at]) % 4:
            changed = [*parts[:at], parts[at][:-1] + following(parts[at]), *parts[at + 1 :]]
            found.append(JweAttack(f"{which} with unused bits", ".".join(changed), "malformed_token"))
    head = segment({**KW, "x": ""})
    return [
        *found,
        JweAttack("header with unused bits", spelled(_bent(KW)), "malformed_token"),
        JweAttack("header with padding, sealed so", spelled(f"{head}{'=' * (-len(head) % 4)}="), "malformed_token"),
        JweAttack(
            "a lone letter after the header",
            spelled(f"{segment(KW)}AAAAA"[: len(segment(KW)) // 4 * 4 + 1]),
            "malformed_token",
        ),
        JweAttack("ciphertext of GCM with unused bits", _with(GOOD_JWE["A128KW"], 3, _loose), "malformed_token"),
    ]


def form_attacks() -> list[JweAttack]:
    """RFC 7516 section 7.1: what a compact token is; none of these is one."""
    good: str = GOOD_JWE["A128KW"]
    parts = good.split(".")
    texts = {
        "nothing": "",
        "a dot": ".",
        "four dots": "....",
        "a million dots": "." * 1_000_000,
        "a million letters": "A" * 1_000_000,
        "a good token in a million spaces": good.ljust(1_000_000),
        "one part": parts[0],
        "four parts": ".".join(parts[:4]),
        "six parts": f"{good}.AAAA",
        "a leading dot": f".{good}",
        "a trailing dot": f"{good}.",
        "a doubled dot": f"{parts[0]}.{good.partition('.')[2].replace('.', '..', 1)}",
        "another dot": good.replace(".", "\uff0e"),
        "no header": f".{'.'.join(parts[1:])}",
        "three parts: signed": GOOD["HS256"],
        "three parts: a wrapped key as the signature": ".".join([parts[0], parts[3], parts[1]]),
        "a scheme before it": f"Bearer {good}",
        "quotes": f'"{good}"',
        "a line folded": good.replace(".", "\r\n .", 1),
        "two tokens": f"{good} {good}",
        "a list's text": str([good]),
        "300,000 letters of content": sealed(plaintext=b"x" * 300_000),
    }
    things = {"None": None, "bytes": good.encode(), "a list": [good], "a tuple": tuple(parts), "a number": 1}
    return [
        *(JweAttack(f"token: {name}", text, "malformed_token") for name, text in texts.items()),
        *(JweAttack(f"token is {name}", thing, "malformed_token") for name, thing in things.items()),
        JweAttack("a token one letter too long", good, "malformed_token", {"max_bytes": len(good) - 1}),
    ]


def size_attacks() -> list[JweAttack]:
    """Vector and tag have one size each: a tag of one byte takes 256 tries."""
    found = []
    for method in ("A128KW", "CBC"):
        parts = GOOD_JWE[method].split(".")
        for at, which in enumerate(SEGMENTS[2:], 2):
            octets = unb64(parts[at])
            code = "decryption_failed" if which == "ciphertext" else "malformed_token"
            cut = {
                "empty": b"",
                "one byte": octets[:1],
                "short": octets[:-1],
                "longer": octets + b"\0",
                "long": octets * 2,
            }
            for how, changed in cut.items():
                token = ".".join([*parts[:at], b64(changed), *parts[at + 1 :]])
                found.append(JweAttack(f"{method}: {which} is {how}", token, code))
    head, long_iv = segment(KW), b"v" * 16
    long_gcm = AESGCM(CEK).encrypt(long_iv, PLAINTEXT, head.encode())
    sealed_so = [b64(long_iv), b64(long_gcm[:-16]), b64(long_gcm[-16:])]
    iv, ciphertext, tag = gcm(head)
    return [
        *found,
        JweAttack("a vector of 16 bytes, sealed so", compact(head, WRAPPED, sealed_so), "malformed_token"),
        *(
            JweAttack(
                f"a good tag of {size} bytes",
                compact(head, WRAPPED, [iv, ciphertext, b64(unb64(tag)[:size])]),
                "malformed_token",
            )
            for size in (4, 8, 12)
        ),
    ]


def content_attacks() -> list[JweAttack]:
    """Something was altered, or is not what the key's holder wrote; every refusal is the same."""
    found = []
    for name, good in GOOD_JWE.items():
        if not isinstance(good, str) or good.startswith("{"):
            continue
        for at, which in enumerate(SEGMENTS[1:], 1):
            if good.split(".")[at]:
                found += [
                    JweAttack(f"{name}: first bit of the {which}", _with(good, at, _first_bit), "decryption_failed"),
                    JweAttack(f"{name}: last bit of the {which}", _with(good, at, _last_bit), "decryption_failed"),
                ]
    keys = {
        "empty": "",
        "of zeros": b64(bytes(40)),
        "short": b64(unb64(WRAPPED)[:-8]),
        "long": WRAPPED + b64(bytes(9)),
        "in the clear": b64(CEK),
        "of 30,000 bytes": b64(bytes(30_000)),
    }
    bad_padding = {
        "no padding": PLAINTEXT + b"abc",
        "zero padding": PLAINTEXT + bytes(3),
        "17 as padding": b"\x11" * 16,
        "no block at all": b"",
        "uneven padding": PLAINTEXT + b"\1\2\3",
    }
    return [
        *found,
        *(
            JweAttack(f"encrypted key {how}", sealed(encrypted_key=key), "decryption_failed")
            for how, key in keys.items()
        ),
        *(JweAttack(f"CBC with {how}", cbc_sealed(padded), "decryption_failed") for how, padded in bad_padding.items()),
        JweAttack("CBC with a MAC over no header", cbc_sealed(aad_bits=0), "decryption_failed"),
        JweAttack("CBC with a MAC over a longer header", cbc_sealed(aad_bits=2**40), "decryption_failed"),
        JweAttack("a key of somebody else", for_rsa(key=RSA_EVIL), "decryption_failed"),
        JweAttack(
            "a key that is too short", sealed(encrypted_key=b64(aes_key_wrap(KEK, bytes(16)))), "decryption_failed"
        ),
        JweAttack(
            "a key that is too long", sealed(encrypted_key=b64(aes_key_wrap(KEK, bytes(64)))), "decryption_failed"
        ),
        JweAttack(
            "a header that was not sealed",
            f"{segment({**KW, 'x': 1})}.{GOOD_JWE['A128KW'].partition('.')[2]}",
            "decryption_failed",
        ),
        JweAttack(
            "a header spelled in another way",
            f"{segment(json.dumps(KW, indent=1).encode())}.{GOOD_JWE['A128KW'].partition('.')[2]}",
            "decryption_failed",
        ),
        *_swapped(),
    ]


def _swapped() -> list[JweAttack]:
    """Segments of two tokens for the same holder, put together anew."""
    ours = GOOD_JWE["A128KW"].split(".")
    head = segment({**KW, "typ": "other"})
    sealed_evil = AESGCM(bytes(32)).encrypt(b"w" * 12, EVIL, head.encode())
    wrapped = b64(aes_key_wrap(KEK, bytes(32)))
    theirs = compact(head, wrapped, [b64(b"w" * 12), b64(sealed_evil[:-16]), b64(sealed_evil[-16:])]).split(".")
    return [
        JweAttack(
            f"the {which} of another token", ".".join([*ours[:at], theirs[at], *ours[at + 1 :]]), "decryption_failed"
        )
        for at, which in enumerate(SEGMENTS)
    ]


def zip_attacks() -> list[JweAttack]:
    """RFC 7516 section 4.1.3: small tokens that grow, and what is no DEFLATE. All are sealed with the right key."""
    zeros = raw_deflate(bytes(10_000_000))
    good = raw_deflate(b"x" * 100)
    texts = {
        "ten megabytes in ten thousand": zeros,
        "a gigabyte, twice compressed": raw_deflate(raw_deflate(bytes(2**26)) * 16),
        "a byte too many": raw_deflate(b"x" * 1001),
        "a byte too many, not compressed": _stored(b"x" * 1001),
        "cut off": good[:-1],
        "cut off in the middle": zeros[:20],
        "something after it": good + b"\0",
        "twice": good + good,
        "nothing": b"",
        "a wrapper of zlib": zlib.compress(b"x" * 100),
        "a wrapper of gzip": gzip.compress(b"x" * 100),
        "not compressed": PLAINTEXT,
        "a block of no kind": b"\x07",
        "a block that promises more": b"\x01\xff\xff\x00\x00x",
        "endless empty blocks": b"\x00\x00\x00\xff\xff" * 1000,
    }
    names = ["def", "DEFLATE", "GZIP", "", "DEF ", "zlib"]
    return [
        *(JweAttack(f"zip: {name}", deflated(text), "malformed_token", INFLATING) for name, text in texts.items()),
        *(JweAttack(f"zip {name!r}", deflated(good, zip=name), "malformed_token", INFLATING) for name in names),
        JweAttack("zip that is not asked for", deflated(good), "malformed_token"),
        JweAttack("zip of a byte, which is not asked for", deflated(raw_deflate(b"x")), "malformed_token"),
        JweAttack("zip of nothing, which is not asked for", deflated(raw_deflate(b"")), "malformed_token"),
        JweAttack(
            "zip put into the header afterwards",
            f"{segment({**KW, 'zip': 'DEF'})}.{GOOD_JWE['A128KW'].partition('.')[2]}",
            "decryption_failed",
            INFLATING,
        ),
        JweAttack(
            "zip taken out of the header",
            f"{segment(KW)}.{deflated(good).partition('.')[2]}",
            "decryption_failed",
            INFLATING,
        ),
    ]


def _stored(data: bytes) -> bytes:
    """RFC 1951 section 3.2.4."""
    return b"\1" + len(data).to_bytes(2, "little") + (0xFFFF - len(data)).to_bytes(2, "little") + data


def _bent(header: dict[str, Any]) -> str:
    text = next(text for n in range(3) if len(text := segment({**header, "x": "x" * n})) % 4)
    return text[:-1] + following(text)


def _with(token: str, at: int, change: Any) -> str:
    parts = token.split(".")
    return ".".join([*parts[:at], change(parts[at]), *parts[at + 1 :]])


def _first_bit(text: str) -> str:
    octets = unb64(text)
    return b64(bytes([octets[0] ^ 128]) + octets[1:])


def _last_bit(text: str) -> str:
    octets = unb64(text)
    return b64(octets[:-1] + bytes([octets[-1] ^ 1]))


def _loose(text: str) -> str:
    return text[:-1] + following(text)


CONTENT_ATTACKS = [
    *encoding_attacks(),
    *form_attacks(),
    *size_attacks(),
    *content_attacks(),
    *zip_attacks(),
]
