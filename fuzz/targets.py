"""What is fuzzed: each parser of the token engine that reads what a stranger wrote.

A target takes any bytes. Only the refusal that the parser documents may come out of it;
and what it accepts must be something that was really signed, encrypted or is really a
key. Most parsers lie behind a signature, which no fuzzer can make: bytes that begin with
`SEALED` are therefore signed or encrypted here first, as by a partner turned hostile.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatepass import jose
from gatepass.errors import Misuse
from gatepass.jose import base64url
from gatepass.jose.algorithms import ALGORITHMS

RAW, SEALED = b"r", b"s"
NOW = 1_700_000_000
PAYLOAD = b'{"aud":"https://shop.test","exp":1700000300,"iss":"https://id.test","sub":"42"}'
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

_EC = ec.derive_private_key(0x5EED, ec.SECP256R1())
_ED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_SECRET, _CONTENT_KEY, _NONCE = b"s" * 32, b"c" * 32, bytes(12)


def _jwk_of(native: Any, **more: str) -> dict[str, Any]:
    """The private JWK of an EC or Ed25519 key: the same in every run, so that a corpus stays good."""
    if isinstance(native, Ed25519PrivateKey):
        members = {"x": native.public_key().public_bytes_raw(), "d": native.private_bytes_raw()}
    else:
        numbers = native.private_numbers()
        point = numbers.public_numbers
        whole = {"x": point.x, "y": point.y, "d": numbers.private_value}
        members = {name: number.to_bytes(32, "big") for name, number in whole.items()}
    return {**{name: base64url.encode(value) for name, value in members.items()}, **more}


_EC_KEY = jose.Key.from_jwk(_jwk_of(_EC, kty="EC", crv="P-256", kid="ec"))
_ED_KEY = jose.Key.from_jwk(_jwk_of(_ED, kty="OKP", crv="Ed25519", kid="ed"))
_MAC_KEY = jose.Key.from_secret(_SECRET, alg="HS256", kid="mac")
_SHARED = jose.Key.from_secret(_CONTENT_KEY, alg="dir", kid="dir")
_WRAPPING = jose.Key.from_secret(_SECRET, alg="A256KW", kid="kw")
_PASSWORD = jose.Key.from_secret(b"password password", alg="PBES2-HS256+A128KW", kid="pw")
_AGREEING = jose.Key.from_jwk(_jwk_of(_EC, kty="EC", crv="P-256", kid="ecdh", alg="ECDH-ES"))
SIGNERS = jose.KeySet([_EC_KEY, _ED_KEY, _MAC_KEY])
READERS = jose.KeySet([_SHARED, _WRAPPING, _PASSWORD, _AGREEING])
VERIFIER = jose.Verifier(SIGNERS, issuer="https://id.test", audience="https://shop.test", typ=None, cache=16)


class Target(NamedTuple):
    """One parser: `run` takes any bytes, `seeds` are where mutation begins."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def _text(data: bytes) -> str:
    """Any text a caller may pass on, lone surrogates included."""
    return data.decode("utf-8", "surrogateescape")


def _signed(head: str, content: bytes) -> str:
    return base64url.encode(hmac.digest(_SECRET, head.encode() + b"." + content, hashlib.sha256))


def verify_token(data: bytes) -> None:
    """`Verifier.verify`. Sealed: a header, a line end, and claims."""
    sealed = data[:1] == SEALED
    token = _text(data[1:])
    if sealed:
        header, _, payload = data[1:].partition(b"\n")
        head, body = base64url.encode(header), base64url.encode(payload)
        token = f"{head}.{body}.{_signed(head, body.encode())}"
    try:
        claims = VERIFIER.verify(token, now=NOW)
    except jose.TokenRefused:
        return
    assert claims["iss"] == "https://id.test"
    assert sealed or claims == json.loads(PAYLOAD), "forged"


def verify_signed_json(data: bytes) -> None:
    """`jws.verify` of JSON. Sealed: a protected header, an unprotected one, and a payload as JSON text, in lines."""
    sealed = data[:1] == SEALED
    token = data[1:]
    if sealed:
        protected, _, rest = data[1:].partition(b"\n")
        unprotected, _, payload = rest.partition(b"\n")
        head = base64url.encode(protected)
        signature = _signed(head, payload.strip(b'"'))
        token = b'{"protected":"%b","header":%b,"payload":%b,"signature":"%b"}' % (
            *(head.encode(), unprotected, payload),
            signature.encode(),
        )
    for shape in (token, _text(token)):
        try:
            found = jose.jws.verify(shape, SIGNERS)
        except jose.TokenRefused:
            continue
        assert sealed or found == PAYLOAD, "forged"


def decrypt(data: bytes) -> None:
    """`jwe.decrypt` of compact and JSON tokens. Sealed: a header, a line end, and a content."""
    sealed = data[:1] == SEALED
    token = _text(data[1:])
    if sealed:
        header, _, content = data[1:].partition(b"\n")
        head = base64url.encode(header)
        whole = AESGCM(_CONTENT_KEY).encrypt(_NONCE, content, head.encode())
        token = ".".join((head, "", *map(base64url.encode, (_NONCE, whole[:-16], whole[-16:]))))
    for shape in (token, token.encode("utf-8", "surrogateescape")):
        try:
            found = jose.jwe.decrypt(shape, READERS, max_inflated=10_000)
        except jose.TokenRefused:
            continue
        assert len(found) <= 64 * 1024
        assert sealed or found == PAYLOAD, "forged"


def read_jwk(data: bytes) -> None:
    """`Key.from_jwk`, of whatever `json` makes of the bytes: it is laxer than any caller's decoder."""
    try:
        jwk = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        key = jose.Key.from_jwk(jwk)
    except jose.KeyRefused:
        return
    again = jose.Key.from_jwk(key.jwk(private=key.private))
    assert (again.thumbprint(), again.alg, again.kid) == (key.thumbprint(), key.alg, key.kid)
    assert key.symmetric or not PRIVATE_MEMBERS & key.jwk().keys()


def read_jwks(data: bytes) -> None:
    """`KeySet.from_jwks`, and the use of all its keys."""
    try:
        keys = jose.KeySet.from_jwks(data)
    except jose.KeyRefused:
        return
    assert len(list(keys)) <= len(keys)
    assert not [jwk for jwk in keys.jwks()["keys"] if PRIVATE_MEMBERS & jwk.keys()]


def read_pem(data: bytes) -> None:
    """`Key.from_pem`, for the algorithm that the first byte chooses."""
    alg = [*ALGORITHMS][data[0] % len(ALGORITHMS) if data else 0]
    try:
        key = jose.Key.from_pem(data[1:], alg=alg)
    except Misuse:
        return
    assert key.alg == alg


def token_seeds() -> list[bytes]:
    tokens = [jose.jws.sign(PAYLOAD, key) for key in SIGNERS]
    header = b'{"alg":"HS256","kid":"mac"}\n'
    odd = [b'{"exp":NaN}', b'{"exp":1e400,"aud":[[]]}', b'{"sub":"\xed\xa0\x80"}', b"[" * 50]
    return [*(RAW + token.encode() for token in tokens), *(SEALED + header + claims for claims in (PAYLOAD, *odd))]


def signed_json_seeds() -> list[bytes]:
    tokens = [jose.jws.sign_json(PAYLOAD, keys, b64=b64) for keys in (_EC_KEY, SIGNERS) for b64 in (True, False)]
    return [
        *(RAW + json.dumps(token).encode() for token in tokens),
        SEALED + b'{"alg":"HS256"}\n{"kid":"mac"}\n"QUJD"',
        SEALED + b'{"alg":"HS256","b64":false,"crit":["b64"]}\n{"kid":"mac"}\n"$.02"',
    ]


def encrypted_seeds() -> list[bytes]:
    holders = [_SHARED, _WRAPPING, _PASSWORD, _AGREEING]
    tokens = [jose.jwe.encrypt(PAYLOAD, key, enc="A256GCM") for key in holders]
    tokens += [json.dumps(jose.jwe.encrypt_json(PAYLOAD, keys, enc="A256GCM")) for keys in (_SHARED, [_WRAPPING])]
    plain = b'{"alg":"dir","enc":"A256GCM","kid":"dir"}\n'
    zipped = b'{"alg":"dir","enc":"A256GCM","kid":"dir","zip":"DEF"}\n\x4b\x04\x00'
    return [*(RAW + token.encode() for token in tokens), SEALED + plain + PAYLOAD, SEALED + zipped]


def jwk_seeds() -> list[bytes]:
    algorithms = ("HS256", "RS256", "ES256", "ES512", "Ed25519", "Ed448", "A128KW", "RSA-OAEP", "ECDH-ES+A256KW")
    keys = [jose.Key.generate(alg) for alg in algorithms]
    private = [key.jwk(private=True) for key in keys]
    return [json.dumps(jwk).encode() for jwk in private + [key.jwk() for key in keys if not key.symmetric]]


def jwks_seeds() -> list[bytes]:
    single = jwk_seeds()
    return [b'{"keys":[' + b",".join(some) + b"]}" for some in (single[:1], single[1:4], single, [])]


def pem_seeds() -> list[bytes]:
    names = [*ALGORITHMS]
    keys = {alg: jose.Key.generate(alg) for alg in ("RS256", "ES256", "Ed25519", "ECDH-ES")}
    found = []
    for alg, key in keys.items():
        found += [bytes([names.index(alg)]) + key.pem(private=side).encode() for side in (True, False)]
    return found


TARGETS = {
    "verifier": Target(verify_token, token_seeds),
    "jws": Target(verify_signed_json, signed_json_seeds),
    "jwe": Target(decrypt, encrypted_seeds),
    "jwk": Target(read_jwk, jwk_seeds),
    "jwks": Target(read_jwks, jwks_seeds),
    "pem": Target(read_pem, pem_seeds),
}
