"""Keys: bound to one algorithm, strict about what they are made of, silent about what they hold."""

import copy
import functools
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from gatepass.jose import Key, KeyRefused, KeySet, Signer, Verifier, jws
from gatepass.jose.algorithms import SIGNATURES
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from tests.support import forge
from tests.support.jose_keys import made

EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
RSA_SMALL = rsa.generate_private_key(65537, 1024)
SECRET = b"0123456789abcdef0123456789abcdef"
ASYMMETRIC = [alg for alg in SIGNATURES if not alg.startswith("HS")]


@pytest.mark.parametrize("alg", SIGNATURES)
def test_a_generated_key_is_named_by_its_thumbprint(alg: str) -> None:
    key = made(alg)

    assert (key.alg, key.private, key.kid) == (alg, True, key.thumbprint())
    assert len(key.thumbprint()) == 43


def test_a_generated_key_takes_the_name_it_is_given() -> None:
    assert Key.generate("ES256", kid="mine").kid == "mine"


@pytest.mark.parametrize("alg", SIGNATURES)
def test_a_private_jwk_brings_the_same_key_back(alg: str) -> None:
    key = made(alg)
    again = Key.from_jwk(json.loads(json.dumps(key.jwk(private=True))))

    assert again.jwk(private=True) == key.jwk(private=True)
    assert jws.verify(jws.sign(b"x", again), key) == b"x"


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_the_public_half_verifies_and_cannot_sign(alg: str) -> None:
    key = made(alg)
    public = key.public()

    assert (public.private, public.signs, public.verifies) == (False, False, True)
    assert (public.kid, public.thumbprint()) == (key.kid, key.thumbprint())
    assert public.public() is public
    with pytest.raises(Misuse):
        Signer(public)
    with pytest.raises(Misuse):
        public.jwk(private=True)


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_a_public_jwk_holds_no_private_member(alg: str) -> None:
    assert made(alg).jwk().keys() <= {"kty", "crv", "x", "y", "n", "e", "pub", "alg", "kid", "use"}


def test_a_secret_has_no_public_form() -> None:
    key = Key.generate("HS256")

    for ask in (Key.public, Key.jwk):
        with pytest.raises(Misuse):
            ask(key)
    assert set(key.jwk(private=True)) == {"kty", "k", "alg", "kid", "use"}


@pytest.mark.parametrize("alg", SIGNATURES)
def test_a_key_shows_its_type_algorithm_and_kid_only(alg: str) -> None:
    key = made(alg)
    shown = f"{key!r} {key} {[key]}"

    assert alg in shown
    assert str(key.kid) in shown
    assert not [name for name in ("d", "k", "p", "n", "x") if str(key.jwk(private=True).get(name, "\0")) in shown]


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
def test_keys_and_sets_refuse_to_be_copied_out(leave: Any) -> None:
    key = Key.generate("ES256")
    for thing in (key, KeySet([key])):
        with pytest.raises(Misuse):
            leave(thing)


def test_keys_compare_by_identity_only() -> None:
    """So no comparison of secrets can be timed, and a key cannot stand in for another by its looks."""
    jwk = made("HS256").jwk(private=True)
    one, other = Key.from_jwk(jwk), Key.from_jwk(jwk)

    assert one != other
    assert len({one, other, one}) == 2


def test_a_key_cannot_be_changed() -> None:
    key = Key.generate("HS256", kid="a")
    for name in ("kid", "alg", "private"):
        with pytest.raises(AttributeError):
            setattr(key, name, "b")


@pytest.mark.parametrize("alg", ["none", "", "HS128", "hs256", "EdDSA", "RSA1_5", "A256GCM", None, 5, ["HS256"]])
def test_an_unknown_algorithm_is_a_mistake(alg: Any) -> None:
    makers: list[Callable[[], Key]] = [
        lambda: Key.generate(alg),
        lambda: Key.from_secret(SECRET, alg=alg),
        lambda: Key.from_pem(forge.pem(EC.public_key()), alg=alg),
    ]
    for make in makers:
        with pytest.raises(Misuse):
            make()


@pytest.mark.parametrize(("alg", "size"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_as_long_as_the_hash(alg: str, size: int) -> None:
    """RFC 7518 section 3.2."""
    assert Key.from_secret(b"\xf0" * size, alg=alg).alg == alg
    with pytest.raises(Misuse, match=f"at least {size} bytes"):
        Key.from_secret(b"\xf0" * (size - 1), alg=alg)
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk({"kty": "oct", "alg": alg, "k": forge.b64(b"\xf0" * (size - 1))})
    assert caught.value.code == "weak_key"


@pytest.mark.parametrize("secret", [SECRET.decode(), SECRET, Secret(SECRET)])
def test_a_secret_may_be_text_bytes_or_secret(secret: Any) -> None:
    key = Key.from_secret(secret, alg="HS256")

    assert key.kid is None
    assert key.jwk(private=True)["k"] == forge.b64(SECRET)


@pytest.mark.parametrize("secret", [None, 5, "", b"", ["x" * 32], "\ud800" * 32])
def test_anything_else_is_no_secret(secret: Any) -> None:
    with pytest.raises(Misuse):
        Key.from_secret(secret, alg="HS256")


@functools.cache
def key_texts() -> dict[str, bytes]:
    """Texts that hold a key, which nobody means as a shared secret."""
    openssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    private_der = EC.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    sealed_der = EC.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"pw")
    )
    return {
        "public PEM": forge.pem(RSA.public_key()),
        "private PEM": forge.private_pem(EC),
        "PEM after a line of text": b"the key:\n" + forge.pem(EC.public_key()),
        "public DER": forge.der(RSA.public_key()),
        "private DER": private_der,
        "encrypted DER": sealed_der,
        "OpenSSH ECDSA": EC.public_key().public_bytes(*openssh),
        "OpenSSH RSA": RSA.public_key().public_bytes(*openssh),
        "JWK": json.dumps(forge.ec_jwk(EC.public_key())).encode(),
        "JWK with white space": b" \n" + json.dumps(forge.ec_jwk(EC.public_key()), indent=1).encode(),
        "JWK set": json.dumps({"keys": [forge.rsa_jwk(RSA.public_key())]}).encode(),
        "certificate": b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    }


@pytest.mark.parametrize("name", key_texts())
def test_the_text_of_a_key_is_no_secret(name: str) -> None:
    """Otherwise whoever can read the public key could sign (RFC 8725 section 2.1)."""
    with pytest.raises(Misuse, match="text of a key"):
        Key.from_secret(key_texts()[name], alg="HS256")


def test_random_bytes_that_begin_like_der_are_a_secret() -> None:
    assert Key.from_secret(b"\x30\x82" + SECRET, alg="HS256").private


@pytest.mark.parametrize("size", [64, 65, 127, 128, 129, 300])
@pytest.mark.parametrize(("alg", "hash_name"), [("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")])
def test_a_secret_may_be_longer_than_the_block_of_the_hash(alg: str, hash_name: str, size: int) -> None:
    """RFC 2104 section 2: it is hashed first."""
    secret = bytes(range(size % 256)) + b"\xf0" * (size - size % 256)
    key = Key.from_secret(secret, alg=alg)

    assert jws.sign(b"x", key) == forge.mac(jws.sign(b"x", key).rpartition(".")[0], secret, hash_name)


def test_a_secret_is_for_hmac_only() -> None:
    with pytest.raises(Misuse):
        Key.from_secret(SECRET, alg="ES256")


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_pem_texts_are_read(alg: str) -> None:
    """Both halves, as text or bytes, with a password of any type."""
    key = made(alg)
    native = key._native
    for pem, password in (
        (forge.private_pem(native), None),
        (forge.private_pem(native).decode(), None),
        (forge.private_pem(native, b"pw"), b"pw"),
        (forge.private_pem(native, b"pw"), "pw"),
        (forge.private_pem(native, b"pw"), Secret("pw")),
    ):
        read = Key.from_pem(pem, alg=alg, password=password, kid="k")
        assert (read.thumbprint(), read.private, read.kid) == (key.thumbprint(), True, "k")
    public = Key.from_pem(forge.pem(native.public_key()), alg=alg)
    assert (public.thumbprint(), public.private, public.kid) == (key.thumbprint(), False, None)


@functools.cache
def bad_pems() -> dict[str, tuple[Any, str, Any]]:
    """PEM text, algorithm and password that do not go together."""
    sealed = forge.private_pem(EC, b"pw")
    p384 = ec.generate_private_key(ec.SECP384R1())
    return {
        "no text": (None, "ES256", None),
        "a number": (5, "ES256", None),
        "empty": ("", "ES256", None),
        "no PEM": ("hello", "ES256", None),
        "half a surrogate pair": ("\ud800", "ES256", None),
        "cut off": (forge.pem(EC.public_key())[:80], "ES256", None),
        "no password": (sealed, "ES256", None),
        "wrong password": (sealed, "ES256", "wrong"),
        "empty password": (sealed, "ES256", ""),
        "password of no use": (forge.private_pem(EC), "ES256", "pw"),
        "password for a public key": (forge.pem(EC.public_key()), "ES256", "pw"),
        "password of a wrong type": (sealed, "ES256", 5),
        "another curve": (forge.pem(p384.public_key()), "ES256", None),
        "another type": (forge.pem(EC.public_key()), "RS256", None),
        "RSA for EC": (forge.pem(RSA.public_key()), "ES256", None),
        "EC for Ed25519": (forge.pem(EC.public_key()), "Ed25519", None),
        "a key pair for HMAC": (forge.private_pem(EC), "HS256", None),
        "small RSA": (forge.private_pem(RSA_SMALL), "RS256", None),
        "small public RSA": (forge.pem(RSA_SMALL.public_key()), "PS256", None),
        "RSA of 8193 bits": (forge.pem(rsa.RSAPublicNumbers(65537, 2**8192 + 1).public_key()), "RS256", None),
        "DSA": (forge.pem(dsa.generate_private_key(1024).public_key()), "RS256", None),
        "certificate": (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "RS256", None),
    }


@pytest.mark.parametrize("name", bad_pems())
def test_a_pem_that_does_not_fit_is_a_mistake(name: str) -> None:
    pem, alg, password = bad_pems()[name]
    with pytest.raises(Misuse):
        Key.from_pem(pem, alg=alg, password=password)


@pytest.mark.parametrize("kid", ["", "k" * 257, 5, b"k", ["k"]])
def test_a_kid_is_text_of_bounded_length(kid: Any) -> None:
    makers: list[Callable[[], Key]] = [
        lambda: Key.generate("HS256", kid=kid),
        lambda: Key.from_secret(SECRET, alg="HS256", kid=kid),
        lambda: Key.from_pem(forge.pem(EC.public_key()), alg="ES256", kid=kid),
    ]
    for make in makers:
        with pytest.raises(Misuse):
            make()
    with pytest.raises(KeyRefused):
        Key.from_jwk(forge.ec_jwk(EC.public_key(), kid=kid))


def test_messages_of_refusals_hold_no_key() -> None:
    jwk = {**forge.ec_jwk(EC.public_key()), "x": "A" * 43}
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk)
    assert "AAAA" not in f"{caught.value} {caught.value.detail}"


def test_a_verifier_never_signs_with_the_private_key_it_was_given() -> None:
    """It needs the public half, and works with either."""
    key = Key.generate("ES256")
    token = Signer(key).sign({"exp": 10})
    for one in (key, key.public()):
        assert Verifier(one, issuer=None, audience=None, typ=None).verify(token, now=1) == {"exp": 10}
