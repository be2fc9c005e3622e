"""Keys made to measure, and keys as PEM and DER: what comes in, what goes out, and who may see it."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.jose import Key
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from tests.support import forge
from tests.support.jose_keys import KEY_PAIRS, made, made_on

CURVES = ["P-256", "P-384", "P-521", "X25519", "X448"]
SECRET_ALGS = ["HS256", "dir", "A128KW", "A256GCMKW", "PBES2-HS256+A128KW"]


@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"])
@pytest.mark.parametrize("crv", CURVES)
def test_key_agreement_chooses_among_curves(alg: str, crv: str) -> None:
    key = made_on(alg, crv)

    assert (key.alg, key.jwk()["crv"], key.kid, key.decrypts) == (alg, crv, key.thumbprint(), True)


def test_a_curve_may_be_named_where_there_is_one_only() -> None:
    assert Key.generate("Ed25519", crv="Ed25519").jwk()["crv"] == "Ed25519"
    assert Key.generate("ECDH-ES").jwk()["crv"] == "P-256"


@pytest.mark.parametrize(("alg", "bits"), [("RS256", 2056), ("PS256", 2048), ("RSA-OAEP", 2048)])
def test_an_rsa_key_has_the_size_that_was_asked_for(alg: str, bits: int) -> None:
    assert len(forge.unb64(Key.generate(alg, bits=bits).jwk()["n"])) == bits // 8


@pytest.mark.parametrize(
    ("alg", "bits"),
    [("HS256", 256), ("HS256", 8192), ("HS512", 520), ("dir", 128), ("dir", 512), ("A192KW", 192), ("A256GCMKW", 256)],
)
def test_a_secret_has_the_size_that_was_asked_for(alg: str, bits: int) -> None:
    assert len(forge.unb64(Key.generate(alg, bits=bits).jwk(private=True)["k"])) == bits // 8


@pytest.mark.parametrize(
    ("alg", "asked"),
    [
        *(("ES256", {"crv": crv}) for crv in ("P-384", "Ed25519", "", 5, ["P-256"])),
        *(("ECDH-ES", {"crv": crv}) for crv in ("secp256k1", "Ed25519", "P-192")),
        *((alg, {"crv": "P-256"}) for alg in ("RS256", "HS256", "dir", "ML-DSA-65", "X25519")),
        *((alg, {"bits": 256}) for alg in ("ES256", "Ed25519", "ECDH-ES", "ML-DSA-44")),
        *(("RS256", {"bits": bits}) for bits in (0, 8, 1024, 2047, 2049, 8200, 10**9, -2048, True, 2048.0, "2048")),
        *(("HS256", {"bits": bits}) for bits in (0, 8, 248, 257, 8200)),
        *(("dir", {"bits": bits}) for bits in (64, 136, 1024)),
        *(("A128KW", {"bits": bits}) for bits in (120, 192, 256)),
    ],
)
def test_a_curve_or_size_that_an_algorithm_does_not_have_is_a_mistake(alg: str, asked: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        Key.generate(alg, **asked)


@pytest.mark.parametrize("name", KEY_PAIRS)
def test_every_key_pair_goes_out_and_comes_back(name: str) -> None:
    key = KEY_PAIRS[name]()
    private = Key.from_pem(key.pem(private=True), alg=key.alg, kid=key.kid)
    public = Key.from_pem(key.pem(), alg=key.alg, kid=key.kid)

    assert private.jwk(private=True) == key.jwk(private=True)
    assert (public.jwk(), public.private) == (key.jwk(), False)
    assert Key.from_der(key.der(private=True), alg=key.alg, kid=key.kid).jwk(private=True) == key.jwk(private=True)
    assert Key.from_der(key.der(), alg=key.alg, kid=key.kid).jwk() == key.jwk()
    assert public.pem() == key.public().pem() == key.pem()


@pytest.mark.parametrize("name", KEY_PAIRS)
def test_what_goes_out_is_what_others_read(name: str) -> None:
    key = KEY_PAIRS[name]()

    assert key.pem().startswith("-----BEGIN PUBLIC KEY-----\n")
    assert key.pem(private=True).startswith("-----BEGIN PRIVATE KEY-----\n")
    serialization.load_pem_private_key(key.pem(private=True).encode(), None)
    serialization.load_der_public_key(key.der())


@pytest.mark.parametrize("name", ["ES256", "RS256", "Ed25519", "ML-DSA-65", "ECDH-ES X25519"])
@pytest.mark.parametrize("password", ["pässword", b"\x00\xff", Secret("s"), "x" * 1023])
def test_a_password_protects_the_private_key(name: str, password: Any) -> None:
    key = KEY_PAIRS[name]()
    sealed = key.pem(private=True, password=password)

    assert sealed.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert Key.from_pem(sealed, alg=key.alg, password=password).thumbprint() == key.thumbprint()
    der = key.der(private=True, password=password)
    assert Key.from_der(der, alg=key.alg, password=password).thumbprint() == key.thumbprint()
    for wrong in (None, "wrong", b"wrong"):
        with pytest.raises(Misuse):
            Key.from_pem(sealed, alg=key.alg, password=wrong)
        with pytest.raises(Misuse):
            Key.from_der(der, alg=key.alg, password=wrong)


@pytest.mark.parametrize("password", ["", b"", 5, ["pw"], "x" * 1024, "\ud800", bytearray()])
def test_a_password_that_protects_nothing_is_a_mistake(password: Any) -> None:
    for write in (made("ES256").pem, made("ES256").der):
        with pytest.raises(Misuse):
            write(private=True, password=password)


def test_a_public_key_is_not_shown_with_a_password() -> None:
    """Who gives one expects the private key to be in there."""
    for write in (made("ES256").pem, made("ES256").der):
        with pytest.raises(Misuse, match="private=True"):
            write(password="pw")


def test_a_public_key_has_no_private_text() -> None:
    for write in (made("ES256").public().pem, made("ES256").public().der):
        with pytest.raises(Misuse):
            write(private=True)


@pytest.mark.parametrize("alg", SECRET_ALGS)
@pytest.mark.parametrize("private", [False, True])
def test_a_secret_has_no_pem_or_der(alg: str, private: bool) -> None:
    for write in (made(alg).pem, made(alg).der):
        with pytest.raises(Misuse, match="shared secret"):
            write(private=private)


def test_the_older_private_forms_are_read() -> None:
    """PKCS 1 and SEC 1, with the parameters that `openssl ecparam` writes in front."""
    old = serialization.PrivateFormat.TraditionalOpenSSL
    native = ec.generate_private_key(ec.SECP256R1())
    pem = native.private_bytes(serialization.Encoding.PEM, old, serialization.NoEncryption())
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    der = native.private_bytes(serialization.Encoding.DER, old, serialization.NoEncryption())

    thumbprint = Key.from_pem(forge.private_pem(native), alg="ES256").thumbprint()
    assert Key.from_pem(parameters + pem, alg="ES256").thumbprint() == thumbprint
    assert Key.from_der(der, alg="ES256").thumbprint() == thumbprint


SMALL_RSA = rsa.generate_private_key(65537, 1024)
BAD_DER: dict[str, tuple[Any, str, Any]] = {
    "text": (made("ES256").pem(), "ES256", None),
    "PEM": (made("ES256").pem().encode(), "ES256", None),
    "empty": (b"", "ES256", None),
    "None": (None, "ES256", None),
    "a number": (5, "ES256", None),
    "zeros": (bytes(100), "ES256", None),
    "an empty sequence": (b"\x30\x00", "ES256", None),
    "a length of 2 GB": (b"\x30\x84\x7f\xff\xff\xff", "ES256", None),
    "too long": (made("ES256").der() + bytes(64 * 1024), "ES256", None),
    "something behind": (made("ES256").der() + b"\0", "ES256", None),
    "cut off": (made("ES256").der(private=True)[:-1], "ES256", None),
    "another curve": (made("ES384").der(), "ES256", None),
    "another kind": (made("RS256").der(private=True), "ES256", None),
    "another parameter set": (made("ML-DSA-44").der(), "ML-DSA-65", None),
    "for a secret": (made("ES256").der(), "HS256", None),
    "small RSA": (forge.der(SMALL_RSA.public_key()), "RS256", None),
    "a password for a public key": (made("ES256").der(), "ES256", "pw"),
    "a password of no use": (made("ES256").der(private=True), "ES256", "pw"),
    "an unknown algorithm": (made("ES256").der(), "ES257", None),
    "a point at infinity": (made("ES256").der()[:-65].replace(b"\x03\x42\x00", b"\x03\x02\x00") + b"\0", "ES256", None),
    "Ed25519 of small order": (bytes.fromhex("302a300506032b6570032100") + b"\1" + bytes(31), "Ed25519", None),
    "X25519 of small order": (bytes.fromhex("302a300506032b656e032100") + bytes(32), "ECDH-ES", None),
}


@pytest.mark.parametrize("name", BAD_DER)
def test_der_that_does_not_fit_is_a_mistake(name: str) -> None:
    der, alg, password = BAD_DER[name]
    with pytest.raises(Misuse):
        Key.from_der(der, alg=alg, password=password)


def test_a_certificate_is_not_taken_for_its_key() -> None:
    """Else its dates, names and signature would look as if they had been checked."""
    pem = f"-----BEGIN CERTIFICATE-----\n{'A' * 64}\n-----END CERTIFICATE-----\n"
    with pytest.raises(Misuse, match="certificate"):
        Key.from_pem(pem, alg="ES256")


def test_a_pem_of_more_than_64_kib_is_not_looked_at() -> None:
    with pytest.raises(Misuse, match="not longer"):
        Key.from_pem(" " * 64 * 1024 + made("ES256").pem(), alg="ES256")


@settings(max_examples=150, deadline=None)
@given(data=st.data(), private=st.booleans(), name=st.sampled_from(["ES256", "RS256", "Ed25519", "ML-DSA-44"]))
def test_whatever_is_changed_in_der_only_our_errors_come_out(data: st.DataObject, private: bool, name: str) -> None:
    der = bytearray(made(name).der(private=private))
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, min(len(der), 64) - 1))] = data.draw(st.integers(0, 255))
    try:
        key = Key.from_der(bytes(der), alg=name)
    except Misuse:
        return
    assert key.alg == name
