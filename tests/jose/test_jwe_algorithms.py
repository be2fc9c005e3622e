"""Every algorithm of JWE: what is encrypted comes back, and whatever was altered on the way is refused."""

import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from gatepass.jose import Key, KeyRefused, TokenRefused, jwe
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS
from gatepass.jose.encryption.registry import KEY_MANAGEMENT
from gatepass.kernel.errors import Misuse
from tests.support import jwe_forge
from tests.support.forge import b64, unb64
from tests.support.jose_keys import made
from tests.support.jwe_forge import SECRET

ENCS = list(CONTENT_ENCRYPTIONS)
PASSWORDS = [alg for alg in KEY_MANAGEMENT if alg.startswith("PBES2")]
ALGS = [alg for alg in KEY_MANAGEMENT if alg not in PASSWORDS]
DIRECT = ["dir", "ECDH-ES"]
SENT = [alg for alg in ALGS if alg not in DIRECT]
# A password takes its time by intention: two methods, of the shortest and the longest key, are enough.
PAIRS = [(alg, enc) for alg in ALGS for enc in ENCS]
PAIRS += [(alg, enc) for alg in PASSWORDS for enc in ("A128GCM", "A256CBC-HS512")]
SIZES = [0, 1, 15, 16, 17, 10_000]


def key_for(alg: str, enc: str) -> Key:
    """A key for the algorithm; for `dir` one of the size that `enc` needs."""
    if alg != "dir":
        return made(alg)
    return Key.from_secret(bytes(range(CONTENT_ENCRYPTIONS[enc].key_bytes)), alg="dir")


def refused(token: str, key: Key) -> str:
    """The code of the refusal."""
    with pytest.raises(TokenRefused) as caught:
        jwe.decrypt(token, key)
    return caught.value.code


def flipped(data: bytes, at: int) -> bytes:
    """The same bytes with one bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1 if at else 128
    return bytes(changed)


@pytest.mark.parametrize(("alg", "enc"), PAIRS)
def test_what_is_encrypted_comes_back(alg: str, enc: str) -> None:
    key = key_for(alg, enc)

    assert jwe.decrypt(jwe.encrypt(SECRET, key, enc=enc), key) == SECRET


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("enc", ENCS)
def test_content_of_any_size_comes_back(enc: str, size: int) -> None:
    content, key = os.urandom(size), made("A256KW")

    assert jwe.decrypt(jwe.encrypt(content, key, enc=enc), key) == content


@pytest.mark.parametrize("alg", ALGS)
def test_no_two_tokens_are_alike(alg: str) -> None:
    """Key, vectors and ephemeral key are new each time, so the ciphertexts of one content tell nothing."""
    first, second = (jwe.encrypt(SECRET, made(alg), enc="A256GCM") for _ in range(2))

    headers = [json.loads(jwe_forge.part(token, 0)) for token in (first, second)]
    assert all(headers[0][name] != headers[1][name] for name in ("iv", "tag", "epk") if name in headers[0])
    parts = (2, 3, 4) if alg in DIRECT else (1, 2, 3, 4)
    assert all(jwe_forge.part(first, at) != jwe_forge.part(second, at) for at in parts)


@pytest.mark.parametrize("alg", DIRECT)
def test_a_shared_or_agreed_key_is_not_sent(alg: str) -> None:
    assert jwe_forge.part(jwe.encrypt(SECRET, made(alg), enc="A256GCM"), 1) == b""


@pytest.mark.parametrize("alg", DIRECT)
def test_a_key_that_is_not_sent_must_not_be_there(alg: str) -> None:
    """RFC 7516 section 5.2 step 10."""
    token = jwe_forge.with_part(jwe.encrypt(SECRET, made(alg), enc="A256GCM"), 1, b"k")

    assert refused(token, made(alg)) == "malformed_token"


@pytest.mark.parametrize("alg", [*ALGS, PASSWORDS[1]])
def test_another_key_of_the_same_kind_opens_nothing(alg: str) -> None:
    token = jwe.encrypt(SECRET, Key.generate(alg, kid="k"), enc="A256GCM")

    assert refused(token, Key.generate(alg, kid="k")) == "decryption_failed"


@pytest.mark.parametrize("part", [1, 2, 3, 4], ids=["key", "vector", "content", "tag"])
@pytest.mark.parametrize(("alg", "enc"), [*((alg, "A256GCM") for alg in SENT), *(("A256KW", enc) for enc in ENCS)])
def test_a_bit_changed_anywhere_is_refused_alike(alg: str, enc: str, part: int) -> None:
    """RFC 7516 section 11.5: the answer does not tell which part was wrong."""
    token = jwe.encrypt(SECRET, made(alg), enc=enc)
    good = jwe_forge.part(token, part)

    for at in (0, len(good) // 2, -1):
        assert refused(jwe_forge.with_part(token, part, flipped(good, at)), made(alg)) == "decryption_failed"


@pytest.mark.parametrize("alg", [*SENT, PASSWORDS[1]])
def test_an_encrypted_key_of_another_length_is_refused_as_a_wrong_one(alg: str) -> None:
    token = jwe.encrypt(SECRET, made(alg), enc="A256GCM")
    good = jwe_forge.part(token, 1)

    lengths = [b"", good[:-1], good[1:], good[:-8], good + b"\0", good + bytes(8), b"\0" + good, good * 20]
    for wrong in lengths if alg in SENT else lengths[:2]:
        assert refused(jwe_forge.with_part(token, 1, wrong), made(alg)) == "decryption_failed"


def sixteen_bytes_for(alg: str) -> tuple[dict[str, str], bytes]:
    """A content key of 16 zero bytes, encrypted for the key of that algorithm, and the header members with it."""
    jwk, cek, iv = made(alg).jwk(private=True), bytes(16), bytes(12)
    if alg == "A256KW":
        return {}, aes_key_wrap(unb64(jwk["k"]), cek)
    if alg == "A256GCMKW":
        sealed = AESGCM(unb64(jwk["k"])).encrypt(iv, cek, None)
        return {"iv": b64(iv), "tag": b64(sealed[-16:])}, sealed[:-16]
    e, n = (int.from_bytes(unb64(jwk[name]), "big") for name in "en")
    return {}, RSAPublicNumbers(e, n).public_key().encrypt(cek, OAEP(MGF1(SHA256()), SHA256(), None))


@pytest.mark.parametrize("alg", ["A256KW", "A256GCMKW", "RSA-OAEP-256"])
def test_a_content_key_of_another_size_than_enc_asks_for_is_refused_as_a_wrong_one(alg: str) -> None:
    """Whoever may encrypt for us can encrypt any bytes as content key."""
    members, encrypted_key = sixteen_bytes_for(alg)
    header = {"alg": alg, **members}

    fitting = jwe_forge.encrypted({**header, "enc": "A128GCM"}, bytes(16), encrypted_key)
    assert jwe.decrypt(fitting, made(alg)) == SECRET
    other = jwe_forge.encrypted({**header, "enc": "A256GCM"}, bytes(16), encrypted_key)
    assert refused(other, made(alg)) == "decryption_failed"


BLOCK = b"sixteen letters."
BAD_BLOCKS = {
    "nothing at all": b"",
    "padding of zero bytes": bytes(16),
    "padding of 17": BLOCK + bytes([17] * 16),
    "padding of 255": BLOCK + bytes([255] * 16),
    "padding that is not all the same": BLOCK + bytes([1] * 15 + [2]),
    "no padding": BLOCK,
}


@pytest.mark.parametrize("enc", ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"])
@pytest.mark.parametrize("blocks", BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_bad_padding_looks_like_a_bad_tag(enc: str, blocks: bytes) -> None:
    """Only a holder of the key can write this: the tag is good."""
    key, cek = key_for("dir", enc), bytes(range(CONTENT_ENCRYPTIONS[enc].key_bytes))
    header = {"alg": "dir", "enc": enc}

    good = jwe_forge.cbc(cek[len(cek) // 2 :], BLOCK + bytes([16] * 16))
    assert jwe.decrypt(jwe_forge.encrypted_blocks(header, cek, good), key) == BLOCK
    bad = jwe_forge.cbc(cek[len(cek) // 2 :], blocks)
    assert refused(jwe_forge.encrypted_blocks(header, cek, bad), key) == "decryption_failed"
    assert refused(jwe_forge.encrypted_blocks(header, cek, good[:-1]), key) == "decryption_failed"


@pytest.mark.parametrize("part", [2, 4], ids=["vector", "tag"])
@pytest.mark.parametrize("enc", ENCS)
def test_a_vector_or_tag_of_another_size_is_refused(enc: str, part: int) -> None:
    """A tag of one byte is right once in 256 tries."""
    token = jwe.encrypt(SECRET, made("A256KW"), enc=enc)
    good = jwe_forge.part(token, part)

    for wrong in (b"", good[:1], good[:-1], good + b"\0", good * 100):
        assert refused(jwe_forge.with_part(token, part, wrong), made("A256KW")) == "malformed_token"


@pytest.mark.parametrize(
    "value", [None, "", 1, True, [], {}, b64(bytes(11)), b64(bytes(17)), "AAAA=", "\u00e9", "++++"]
)
@pytest.mark.parametrize("name", ["iv", "tag"])
def test_the_vector_and_tag_of_a_gcm_key_wrap_are_of_one_size(name: str, value: Any) -> None:
    members, encrypted_key = sixteen_bytes_for("A256GCMKW")
    header = {"alg": "A256GCMKW", "enc": "A128GCM", **members}
    without = {other: text for other, text in header.items() if other != name}

    for bad in ({**header, name: value}, without):
        assert refused(jwe_forge.encrypted(bad, bytes(16), encrypted_key), made("A256GCMKW")) == "malformed_token"


@pytest.mark.parametrize(("name", "size"), [("iv", 12), ("tag", 16)])
def test_a_wrong_vector_or_tag_of_a_gcm_key_wrap_is_refused_as_a_wrong_key(name: str, size: int) -> None:
    members, encrypted_key = sixteen_bytes_for("A256GCMKW")
    header = {"alg": "A256GCMKW", "enc": "A128GCM", **members, name: b64(b"?" * size)}

    assert refused(jwe_forge.encrypted(header, bytes(16), encrypted_key), made("A256GCMKW")) == "decryption_failed"


KEY_SIZES = {
    "dir": [16, 24, 32, 48, 64],
    **{f"A{bits}{kind}": [bits // 8] for bits in (128, 192, 256) for kind in ("KW", "GCMKW")},
}


@pytest.mark.parametrize("alg", KEY_SIZES)
def test_a_secret_has_exactly_the_size_that_its_algorithm_needs(alg: str) -> None:
    fitting = KEY_SIZES[alg]
    for size in range(100):
        secret = os.urandom(size)
        if size in fitting:
            assert Key.from_secret(secret, alg=alg).decrypts
            continue
        with pytest.raises(Misuse):
            Key.from_secret(secret, alg=alg)
        with pytest.raises(KeyRefused, match="weak_key" if size < min(fitting) else "unsupported_key"):
            Key.from_jwk({"kty": "oct", "k": b64(secret), "alg": alg})


@pytest.mark.parametrize("enc", ENCS)
def test_a_shared_key_encrypts_only_by_methods_of_its_size(enc: str) -> None:
    for other in ENCS:
        if CONTENT_ENCRYPTIONS[other].key_bytes != CONTENT_ENCRYPTIONS[enc].key_bytes:
            with pytest.raises(Misuse):
                jwe.encrypt(SECRET, key_for("dir", enc), enc=other)


def test_a_shared_key_that_does_not_fit_enc_opens_nothing() -> None:
    """Not even where the sender cut his own copy of it to size."""
    secret = bytes(range(32))
    token = jwe_forge.encrypted({"alg": "dir", "enc": "A128GCM"}, secret[:16])

    assert refused(token, Key.from_secret(secret, alg="dir")) == "decryption_failed"


OPS = {
    "dir": ("encrypt", "decrypt"),
    "A128KW": ("wrapKey", "unwrapKey"),
    "A128GCMKW": ("wrapKey", "unwrapKey"),
    "RSA-OAEP": ("wrapKey", "unwrapKey"),
    "RSA-OAEP-256": ("encrypt", "decrypt"),
    "ECDH-ES": ("deriveKey", "deriveBits"),
    "ECDH-ES+A128KW": ("deriveBits", "deriveKey"),
    "PBES2-HS256+A128KW": ("deriveKey", "deriveBits"),
}


@pytest.mark.parametrize("alg", OPS)
def test_key_ops_of_rfc_7517_section_4_3_are_understood(alg: str) -> None:
    jwk = {name: value for name, value in made(alg).jwk(private=True).items() if name != "use"}
    key = Key.from_jwk({**jwk, "key_ops": list(OPS[alg])})
    assert key.encrypts
    assert key.decrypts

    with pytest.raises(KeyRefused, match="unsupported_key"):
        Key.from_jwk({**jwk, "key_ops": ["sign", "verify"]})


@pytest.mark.parametrize("alg", ["dir", "A128KW", "A128GCMKW"])
def test_a_secret_that_may_only_encrypt_does_not_decrypt(alg: str) -> None:
    jwk = {name: value for name, value in made(alg).jwk(private=True).items() if name != "use"}
    to, fro = (Key.from_jwk({**jwk, "key_ops": [op]}) for op in OPS[alg])
    token = jwe.encrypt(SECRET, to, enc="A256GCM")

    assert jwe.decrypt(token, fro) == SECRET
    assert refused(token, to) == "unknown_key"
    with pytest.raises(Misuse):
        jwe.encrypt(SECRET, fro, enc="A256GCM")


@pytest.mark.parametrize("alg", ["RSA1_5", "none", "A256GCM", "ECDH-1PU", ""])
def test_other_algorithms_are_not_there(alg: str) -> None:
    """RSA1_5 tells a patient asker the content key (RFC 8725 section 3.2)."""
    with pytest.raises(Misuse):
        Key.generate(alg)


@pytest.mark.parametrize(("kind", "alg"), [("RS256", "RSA-OAEP-256"), ("ES256", "ECDH-ES"), ("ES384", "ECDH-ES")])
def test_a_key_for_encryption_that_names_no_algorithm_is_taken_for_the_usual_one(kind: str, alg: str) -> None:
    jwk = {name: value for name, value in made(kind).jwk().items() if name != "alg"}

    assert Key.from_jwk({**jwk, "use": "enc"}).alg == alg
