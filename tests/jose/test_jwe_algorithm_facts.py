"""The RFCs' examples of encryption, value for value. Each name says the RFC and section."""

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from gatepass.jose import Key, jwe
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS
from tests.support import jwe_forge
from tests.support.forge import b64, unb64
from tests.support.rfc_encrypted import EXAMPLES

PLAINTEXTS = {
    "RFC 7516 A.1": b"The true sign of intelligence is not knowledge but imagination.",
    "RFC 7516 A.3": b"Live long and prosper.",
    "RFC 7520 5.3": (
        b'{"keys":[{"kty":"oct","kid":"77c7e2b8-6e13-45cf-8672-617b5b45243a","use":"enc","alg":"A128GCM",'
        b'"k":"XctOhJAkA-pD9Lh7ZgW_2A"},{"kty":"oct","kid":"81b20965-8332-43d9-a468-82160ad91ac8","use":"enc",'
        b'"alg":"A128KW","k":"GZy6sIZ6wl9NJOKB-jnmVQ"},{"kty":"oct","kid":"18ec08e1-bfa9-4d95-b205-2b4dd1d4321d",'
        b'"use":"enc","alg":"A256GCMKW","k":"qC57l_uxcm7Nm3K-ct4GFjx8tM1U8CZ0NLBvdQstiS8"}]}'
    ),
}
# RFC 7520 section 5, figure 72.
STICK = (
    "You can trust us to stick with you through thick and thin\u2013to the bitter end. And you can trust us to keep "
    "any secret of yours\u2013closer than you keep it yourself. But you cannot trust us to let you face trouble alone, "
    "and go off without a word. We are your friends, Frodo."
).encode()

# RFC 7518 appendix B: key and vector are counted up; the same text, associated data and vector for all three.
KERCKHOFFS = (
    b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy "
    b"without inconvenience"
)
KERCKHOFFS_AAD = b"The second principle of Auguste Kerckhoffs"
KERCKHOFFS_IV = bytes.fromhex("1af38c2dc2b96ffdd86694092341bc04")
KERCKHOFFS_RESULTS = {
    "A128CBC-HS256": (
        (
            "c80edfa32ddf39d5ef00c0b468834279a2e46a1b8049f792f76bfe54b903a9c9a94ac9b47ad2655c5f10f9aef71427e2"
            "fc6f9b3f399a221489f16362c703233609d45ac69864e3321cf82935ac4096c86e133314c54019e8ca7980dfa4b9cf1b"
            "384c486f3a54c51078158ee5d79de59fbd34d848b3d69550a67646344427ade54b8851ffb598f7f80074b9473c82e2db"
        ),
        "652c3fa36b0a7c5b3219fab3a30bc1c4",
    ),
    "A192CBC-HS384": (
        (
            "ea65da6b59e61edb419be62d19712ae5d303eeb50052d0dfd6697f77224c8edb000d279bdc14c1072654bd30944230c6"
            "57bed4ca0c9f4a8466f22b226d1746214bf8cfc2400add9f5126e479663fc90b3bed787a2f0ffcbf3904be2a641d5c21"
            "05bfe591bae23b1d7449e532eef60a9ac8bb6c6b01d35d49787bcd57ef484927f280adc91ac0c4e79c7b11efc60054e3"
        ),
        "8490ac0e58949bfe51875d733f93ac2075168039ccc733d7",
    ),
    "A256CBC-HS512": (
        (
            "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2"
            "e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3"
            "a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6"
        ),
        "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5",
    ),
}

# RFC 7518 appendix C: Bob's key, the header of Alice, and the key they agree on.
RFC7518_C_BOB = {
    "kty": "EC",
    "crv": "P-256",
    "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
    "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
    "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw",
    "alg": "ECDH-ES",
}
RFC7518_C_HEADER = {
    "alg": "ECDH-ES",
    "enc": "A128GCM",
    "apu": "QWxpY2U",
    "apv": "Qm9i",
    "epk": {
        "kty": "EC",
        "crv": "P-256",
        "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
    },
}
RFC7518_C_AGREED = unb64("VqqN6vgjbSBcIijNcacQGg")

# RFC 7517 appendix C: the password, the header, the content key and that key encrypted (C.1 to C.4).
RFC7517_C_PASSWORD = "Thus from my lips, by yours, my sin is purged."
RFC7517_C_HEADER = {
    "alg": "PBES2-HS256+A128KW",
    "p2s": "2WCTcJZ1Rvd_CJuJripQ1w",
    "p2c": 4096,
    "enc": "A128CBC-HS256",
    "cty": "jwk+json",
}
RFC7517_C_CEK = unb64("bxsZNEIdFE5csDjwQdBScKGDJDfK7LmsgReZwsMw_bY")
RFC7517_C_ENCRYPTED_KEY = unb64("TrqXOwuNUfDV9VPTNbyGvEJ9JMjefAVn-TR1uIxR9p6hsRQh9Tk7BA")

# RFC 8037 appendices A.6 and A.7: curve, Bob's or Dave's private and public key (RFC 7748 section 6), the
# sender's ephemeral public key, and what they agree on.
MONTGOMERY = [
    (
        ("X25519", "ECDH-ES+A128KW", "A128GCM"),
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    ),
    (
        ("X448", "ECDH-ES+A256KW", "A256GCM"),
        "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
        "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
        "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
        "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d",
    ),
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_decrypted(name: str) -> None:
    jwk, token = EXAMPLES[name]

    assert jwe.decrypt(token, Key.from_jwk(jwk)) == PLAINTEXTS.get(name, STICK)


@pytest.mark.parametrize("name", KERCKHOFFS_RESULTS)
def test_rfc_7518_appendix_b(name: str) -> None:
    """B.1 to B.3. Their associated data is no JWE header, so they are asked of the algorithm itself."""
    enc, (ciphertext, tag) = CONTENT_ENCRYPTIONS[name], map(bytes.fromhex, KERCKHOFFS_RESULTS[name])
    key = bytes(range(enc.key_bytes))

    assert enc.encrypt(key, KERCKHOFFS_IV, KERCKHOFFS, KERCKHOFFS_AAD) == (ciphertext, tag)
    assert enc.decrypt(key, KERCKHOFFS_IV, ciphertext, tag, KERCKHOFFS_AAD) == KERCKHOFFS


def test_rfc_7518_appendix_c() -> None:
    """The agreed key opens what is encrypted with the key that the appendix ends with."""
    token = jwe_forge.encrypted(RFC7518_C_HEADER, RFC7518_C_AGREED)

    assert jwe.decrypt(token, Key.from_jwk(RFC7518_C_BOB)) == jwe_forge.SECRET


def test_rfc_7517_appendix_c() -> None:
    """The password opens the content key that the appendix encrypts with it."""
    blocks = jwe_forge.cbc(RFC7517_C_CEK[16:], b"sixteen bytes!!!" + bytes([16] * 16))
    token = jwe_forge.encrypted_blocks(RFC7517_C_HEADER, RFC7517_C_CEK, blocks, RFC7517_C_ENCRYPTED_KEY)

    assert jwe.decrypt(token, Key.from_secret(RFC7517_C_PASSWORD, alg="PBES2-HS256+A128KW")) == b"sixteen bytes!!!"


@pytest.mark.parametrize(("names", "private", "public", "ephemeral", "agreed"), MONTGOMERY, ids=["A.6", "A.7"])
def test_rfc_8037_appendix_a(
    names: tuple[str, str, str], private: str, public: str, ephemeral: str, agreed: str
) -> None:
    """The content key, wrapped with what the appendix agrees on, is unwrapped."""
    crv, alg, enc = names
    d, x, epk_x = (b64(bytes.fromhex(text)) for text in (private, public, ephemeral))
    bits = int(enc[1:4])
    cek, kek = bytes(bits // 8), jwe_forge.concat_kdf(bytes.fromhex(agreed), alg, bits)
    header = {"alg": alg, "epk": {"kty": "OKP", "crv": crv, "x": epk_x}, "enc": enc, "kid": "Bob"}
    token = jwe_forge.encrypted(header, cek, aes_key_wrap(kek, cek))

    key = Key.from_jwk({"kty": "OKP", "crv": crv, "x": x, "d": d, "alg": alg})
    assert jwe.decrypt(token, key) == jwe_forge.SECRET
