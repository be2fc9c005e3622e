"""The world that forged encrypted tokens are aimed at: its keys, its good tokens, and tools to bend them.

`jwe.decrypt` accepts every token of `GOOD_JWE` with `KEYS`, and gives `PLAINTEXT`. What
seals here is written from RFC 7516 and RFC 7518, without a line of the engine.
"""

import hashlib
import hmac
import json
import zlib
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from gatepass.jose import Key, KeySet
from tests.support import forge
from tests.support.forge import b64, segment
from tests.support.jwe_forge import concat_kdf

PLAINTEXT, EVIL = b"pay ada 1 eur", b"pay eve 9 eur"
CEK = bytes(range(32))
"""The content key of all tokens: a stranger does not know it, and nobody but a test uses one twice."""

KEK, DIRECT, PASSWORD = b"k" * 16, b"d" * 32, b"a password that nobody guesses"
RSA, RSA_EVIL = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
EC, EC_EVIL = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

KEYS = KeySet(
    [
        Key.from_secret(KEK, alg="A128KW", kid="kw"),
        Key.from_secret(DIRECT, alg="dir", kid="dir"),
        Key.from_secret(PASSWORD, alg="PBES2-HS256+A128KW", kid="pw"),
        Key.from_secret(b"g" * 16, alg="A128GCMKW", kid="gcm"),
        Key.from_pem(forge.private_pem(RSA), alg="RSA-OAEP-256", kid="rsa"),
        Key.from_pem(forge.private_pem(EC), alg="ECDH-ES", kid="ec"),
        Key.from_pem(forge.pem(RSA_EVIL.public_key()), alg="RSA-OAEP-256", kid="theirs"),
        Key.from_jwk({"kty": "oct", "k": b64(KEK), "alg": "A128KW", "kid": "one way", "key_ops": ["wrapKey"]}),
        Key.from_secret(b"s" * 32, alg="HS256", kid="hs"),
    ]
)

KW = {"alg": "A128KW", "kid": "kw", "enc": "A256GCM"}
CBC_KW = {"alg": "A128KW", "kid": "kw", "enc": "A128CBC-HS256"}
DIR = {"alg": "dir", "kid": "dir", "enc": "A256GCM"}
PW = {"alg": "PBES2-HS256+A128KW", "kid": "pw", "enc": "A256GCM", "p2s": b64(b"saltsalt"), "p2c": 1000}
GCM = {"alg": "A128GCMKW", "kid": "gcm", "enc": "A256GCM", "iv": b64(b"i" * 12)}
OAEP_RSA = {"alg": "RSA-OAEP-256", "kid": "rsa", "enc": "A256GCM"}
ES = {"alg": "ECDH-ES", "kid": "ec", "enc": "A256GCM", "epk": forge.ec_jwk(EC_EVIL.public_key())}
WRAPPED = b64(aes_key_wrap(KEK, CEK))
IV = b"v" * 12


class JweAttack(NamedTuple):
    """One forged token and the refusal it must meet; `options` are what the receiver tells `jwe.decrypt`."""

    name: str
    token: Any
    code: str
    options: dict[str, Any] = {}


def gcm(aad: str, plaintext: bytes = PLAINTEXT, cek: bytes = CEK, iv: bytes = IV) -> list[str]:
    """Vector, ciphertext and tag as segments (RFC 7518 section 5.3)."""
    sealed = AESGCM(cek).encrypt(iv, plaintext, aad.encode())
    return [b64(iv), b64(sealed[:-16]), b64(sealed[-16:])]


def cbc(aad: str, padded: bytes, cek: bytes = CEK, aad_bits: int | None = None) -> list[str]:
    """Vector, ciphertext and the whole of the MAC, as bytes of a list of segments (RFC 7518 section 5.2.2.1)."""
    iv, bits = b"v" * 16, len(aad) * 8 if aad_bits is None else aad_bits
    encryptor = Cipher(AES(cek[16:]), CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    mac = hmac.digest(cek[:16], aad.encode() + iv + ciphertext + bits.to_bytes(8, "big"), "sha256")
    return [b64(iv), b64(ciphertext), b64(mac[:16])]


def pad(plaintext: bytes) -> bytes:
    """PKCS #7 (RFC 5652 section 6.3)."""
    missing = 16 - len(plaintext) % 16
    return plaintext + bytes([missing]) * missing


def compact(head: str, encrypted_key: str, rest: list[str]) -> str:
    """The five segments."""
    return ".".join([head, encrypted_key, *rest])


def sealed(header: Any = KW, plaintext: bytes = PLAINTEXT, encrypted_key: str = WRAPPED, cek: bytes = CEK) -> str:
    """What whoever may encrypt can make with A256GCM, whatever the header says."""
    head = segment(header)
    return compact(head, encrypted_key, gcm(head, plaintext, cek))


def spelled(head: str) -> str:
    """A token whose header segment is any text, sealed so."""
    return compact(head, WRAPPED, gcm(head.encode("ascii", "replace").decode()))


def cbc_sealed(padded: bytes | None = None, aad_bits: int | None = None) -> str:
    """A token with A128CBC-HS256."""
    head = segment(CBC_KW)
    return compact(head, WRAPPED, cbc(head, pad(PLAINTEXT) if padded is None else padded, aad_bits=aad_bits))


def directly(header: Any = DIR, encrypted_key: str = "", key: bytes = DIRECT) -> str:
    """A token with a shared content key."""
    return sealed(header, encrypted_key=encrypted_key, cek=key)


def for_rsa(header: Any = OAEP_RSA, key: Any = None, scheme: Any = OAEP) -> str:
    """A token for an RSA key, ours unless told."""
    return sealed(header, encrypted_key=b64((key or RSA).public_key().encrypt(CEK, scheme)))


def agreed(header: Any = ES, encrypted_key: str = "") -> str:
    """A token with a key that was agreed on with `EC` (RFC 7518 section 4.6.2)."""
    derived = concat_kdf(EC_EVIL.exchange(ec.ECDH(), EC.public_key()), "A256GCM", 256)
    return sealed(header, encrypted_key=encrypted_key, cek=derived)


def by_password(**changed: Any) -> str:
    """A token with a password (RFC 7518 section 4.8), its header changed; None takes a member out."""
    header = {name: value for name, value in {**PW, **changed}.items() if value is not None}
    salt = PW["alg"].encode() + b"\0saltsalt"  # type: ignore[attr-defined]
    kek = hashlib.pbkdf2_hmac("sha256", PASSWORD, salt, 1000, 16)
    return sealed(header, encrypted_key=b64(aes_key_wrap(kek, CEK)))


def by_gcm(**changed: Any) -> str:
    """A token with A128GCMKW (RFC 7518 section 4.7), its header changed; None takes a member out."""
    wrapped = AESGCM(b"g" * 16).encrypt(b"i" * 12, CEK, None)
    members = {**GCM, "tag": b64(wrapped[-16:]), **changed}
    header = {name: value for name, value in members.items() if value is not None}
    return sealed(header, encrypted_key=b64(wrapped[:-16]))


def deflated(compressed: bytes, **more: Any) -> str:
    """A token whose content says that it is compressed."""
    return sealed({**KW, "zip": "DEF", **more}, compressed)


def raw_deflate(data: bytes) -> bytes:
    """RFC 1951 without any wrapper."""
    return zlib.compress(data, 9, -15)


def in_json(protected: Any = KW, extra: Any = None, **more: Any) -> dict[str, Any]:
    """A token in the flattened form with `extra` data sealed in, any member changed; None takes a member out."""
    head = segment(protected)
    iv, ciphertext, tag = gcm(head if extra is None else f"{head}.{b64(extra)}")
    members = {"protected": head, "encrypted_key": WRAPPED, "iv": iv, "ciphertext": ciphertext, "tag": tag}
    members |= {} if extra is None else {"aad": b64(extra)}
    return {name: value for name, value in {**members, **more}.items() if value is not None}


def general(*recipients: Any, protected: Any = None, **more: Any) -> dict[str, Any]:
    """A token in the general form."""
    made = in_json({"enc": "A256GCM"} if protected is None else protected, encrypted_key=None, **more)
    return {**made, "recipients": list(recipients)}


def recipient(encrypted_key: Any = WRAPPED, **header: Any) -> dict[str, Any]:
    """One of several, ours unless told."""
    own = {"alg": "A128KW", "kid": "kw"} | header
    return {"header": own, "encrypted_key": encrypted_key}


THEIRS = {"header": {"alg": "RSA-OAEP", "kid": "somebody"}, "encrypted_key": b64(b"x" * 256)}

GOOD_JWE: dict[str, Any] = {
    "A128KW": sealed(),
    "CBC": cbc_sealed(),
    "dir": directly(),
    "RSA-OAEP-256": for_rsa(),
    "ECDH-ES": agreed(),
    "PBES2": by_password(),
    "A128GCMKW": by_gcm(),
    "no kid": sealed({"alg": "A128KW", "enc": "A256GCM"}),
    "unknown members": sealed({**KW, "cty": "x", "jku": "https://evil.test", "x": [1], "typ": "y"}),
    "white space in the header": sealed(b'{"alg" : "A128KW",\r\n "enc":"A256GCM"}'),
    "flattened": in_json(),
    "flattened text": json.dumps(in_json(), indent=1),
    "flattened UTF-8": json.dumps(in_json()).encode(),
    "a header for all": in_json({"enc": "A256GCM"}, unprotected={"alg": "A128KW", "kid": "kw"}),
    "a header of one's own": in_json({"enc": "A256GCM", "kid": "kw"}, header={"alg": "A128KW"}),
    "additional data": in_json(extra=b"for all to read"),
    "members of nobody": in_json(other=[1], note="x"),
    "general": general(recipient()),
    "one of several": general(THEIRS, recipient(), THEIRS),
    "one after a stranger's algorithm": general(recipient(alg="RSA1_5", kid="x"), recipient(alg="none"), recipient()),
    "the second try": general(recipient(b64(b"x" * 40)), recipient()),
    "eight recipients": general(*[THEIRS] * 7, recipient()),
}
