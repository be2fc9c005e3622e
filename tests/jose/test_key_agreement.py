"""ECDH-ES: whose ephemeral key is no good, or not on our curve, learns nothing of our private key."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gatepass.jose import Key, KeyRefused, TokenRefused, jwe
from gatepass.kernel.errors import Misuse
from tests.support import jwe_forge
from tests.support.forge import b64, private_pem, unb64
from tests.support.jwe_forge import SECRET, concat_kdf

MATERIAL: dict[str, Any] = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "X25519": X25519PrivateKey.generate(),
    "X448": X448PrivateKey.generate(),
}
ALGS = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]
P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P25519 = 2**255 - 19
P448 = 2**448 - 2**224 - 1
# RFC 7748 section 6: multiplied with any private key of ours they give zero.
SMALL_ORDER = {
    "X25519": [
        *(number.to_bytes(32, "little") for number in (0, 1, P25519 - 1, P25519, P25519 + 1, 2**255, 2**255 + 1)),
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    ],
    "X448": [number.to_bytes(56, "little") for number in (0, 1, P448 - 1, P448, P448 + 1)],
}
SMALL_POINTS = [(crv, x) for crv, points in SMALL_ORDER.items() for x in points]


def key_on(crv: str, alg: str = "ECDH-ES") -> Key:
    return Key.from_pem(private_pem(MATERIAL[crv]), alg=alg)


def epk_for(crv: str, /, **changes: Any) -> dict[str, Any]:
    """The ephemeral key of a token that is fine, with changes; None takes a member away."""
    token = jwe.encrypt(SECRET, key_on(crv), enc="A128GCM")
    members = {**json.loads(jwe_forge.part(token, 0))["epk"], **changes}
    return {name: value for name, value in members.items() if value is not None}


def refused(header: dict[str, Any], key: Key, cek: bytes = bytes(16)) -> str:
    """The code of the refusal of a token with that header."""
    with pytest.raises(TokenRefused) as caught:
        jwe.decrypt(jwe_forge.encrypted({"alg": key.alg, "enc": "A128GCM", **header}, cek), key)
    return caught.value.code


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("crv", MATERIAL)
def test_every_curve_agrees(crv: str, alg: str) -> None:
    key = key_on(crv, alg)
    header = {"apu": b64(b"Alice"), "apv": b64(b"Bob")}

    for enc in ("A128GCM", "A256CBC-HS512"):
        token = jwe.encrypt(SECRET, key.public(), enc=enc, header=header)
        assert jwe.decrypt(token, key) == SECRET
    members = {"kty", "crv", "x", "y"} if crv.startswith("P") else {"kty", "crv", "x"}
    assert json.loads(jwe_forge.part(token, 0))["epk"].keys() == members


WRONG_EPK: dict[str, Any] = {
    "none": None,
    "text": "epk",
    "a list": [epk_for("P-256")],
    "a number": 1,
    "true": True,
    "empty": {},
    "of no type": epk_for("P-256", kty=None),
    "of another type": epk_for("P-256", kty="OKP"),
    "of a type that is a list": epk_for("P-256", kty=["EC"]),
    "of no curve": epk_for("P-256", crv=None),
    "of a curve that is a list": epk_for("P-256", crv=["P-256"]),
    "of an unknown curve": epk_for("P-256", crv="P-255"),
    "of secp256k1": epk_for("P-256", crv="secp256k1"),
    "of P-384": epk_for("P-384"),
    "of P-384 that says P-256": epk_for("P-384", crv="P-256"),
    "of X25519": epk_for("X25519"),
    "with a private member": epk_for("P-256", d=b64(bytes(32))),
    "a private key": Key.generate("ECDH-ES").jwk(private=True),
    "with a private member that is no text": epk_for("P-256", d=0),
    "without x": epk_for("P-256", x=None),
    "without y": epk_for("P-256", y=None),
    "off the curve": epk_for("P-256", y=b64(bytes(31) + b"\1")),
    "the point at infinity": epk_for("P-256", x=b64(bytes(32)), y=b64(bytes(32))),
    "x beyond the field": epk_for("P-256", x=b64(b"\xff" * 32)),
    "x and y shifted by the field": epk_for("P-256", x=b64(P256.to_bytes(32, "big")), y=b64(P256.to_bytes(32, "big"))),
    "x a byte short": epk_for("P-256", x=b64(bytes(31))),
    "x a byte long": epk_for("P-256", x=b64(bytes(33))),
    "x padded": epk_for("P-256", x=b64(bytes(32)) + "="),
    "x not base64url": epk_for("P-256", x="+" * 43),
    "x a number": epk_for("P-256", x=7),
    "x a list": epk_for("P-256", x=["AAAA"]),
    "x empty": epk_for("P-256", x=""),
}


@pytest.mark.parametrize("epk", WRONG_EPK.values(), ids=WRONG_EPK)
@pytest.mark.parametrize("alg", ALGS[:2])
def test_an_ephemeral_key_of_another_kind_is_refused(alg: str, epk: Any) -> None:
    """Off our curve each answer would tell a part of our private key (invalid curve attack)."""
    assert refused({"epk": epk}, key_on("P-256", alg)) == "malformed_token"


def test_a_token_without_an_ephemeral_key_is_refused() -> None:
    assert refused({}, key_on("P-256")) == "malformed_token"


@pytest.mark.parametrize("crv", MATERIAL)
def test_an_ephemeral_key_of_any_other_curve_is_refused(crv: str) -> None:
    for other in MATERIAL:
        if other != crv:
            assert refused({"epk": epk_for(other)}, key_on(crv)) == "malformed_token"
            assert refused({"epk": epk_for(other, crv=crv)}, key_on(crv)) == "malformed_token"


@pytest.mark.parametrize(("crv", "size"), [("X25519", 32), ("X448", 56)])
def test_an_ephemeral_key_of_a_montgomery_curve_has_one_length(crv: str, size: int) -> None:
    for wrong in (0, 1, size - 1, size + 1, size * 2):
        assert refused({"epk": epk_for(crv, x=b64(b"\x09" * wrong))}, key_on(crv)) == "malformed_token"


@pytest.mark.parametrize(("crv", "x"), SMALL_POINTS)
def test_an_ephemeral_point_of_small_order_is_refused(crv: str, x: bytes) -> None:
    """Everybody would know what is agreed on: with the key made of zero the content is even right."""
    zero = bytes(32 if crv == "X25519" else 56)

    cek = concat_kdf(zero, "A128GCM", 128)
    assert refused({"epk": epk_for(crv, x=b64(x))}, key_on(crv), cek) == "malformed_token"


@pytest.mark.parametrize(("crv", "x"), SMALL_POINTS)
def test_a_recipient_whose_point_has_small_order_is_refused(crv: str, x: bytes) -> None:
    """Else everybody could read what is encrypted for him."""
    with pytest.raises(KeyRefused, match="weak_key"):
        Key.from_jwk({"kty": "OKP", "crv": crv, "x": b64(x), "alg": "ECDH-ES"})


@pytest.mark.parametrize("value", [None, 1, True, [], {}, "A", "AAAA=", "++++", "\u00e9", "A B"])
@pytest.mark.parametrize("name", ["apu", "apv"])
def test_names_of_the_parties_are_base64url_text(name: str, value: Any) -> None:
    header = {"epk": epk_for("P-256"), name: value}

    assert refused(header, key_on("P-256")) == "malformed_token"
    with pytest.raises(Misuse):
        jwe.encrypt(SECRET, key_on("P-256"), enc="A128GCM", header={name: value})


def ephemeral_for(key: Key) -> tuple[dict[str, str], bytes]:
    """A new ephemeral key for a P-256 key, and what is agreed on with it."""
    ephemeral, jwk = ec.generate_private_key(ec.SECP256R1()), key.jwk()
    x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in "xy")
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    own = ephemeral.public_key().public_numbers()
    epk = {"kty": "EC", "crv": "P-256", "x": b64(own.x.to_bytes(32, "big")), "y": b64(own.y.to_bytes(32, "big"))}
    return epk, ephemeral.exchange(ec.ECDH(), public)


@pytest.mark.parametrize(("apu", "apv"), [(b"Bob", b"Alice"), (b"AliceBob", b""), (b"", b"AliceBob"), (b"", b"")])
def test_a_key_agreed_on_for_other_parties_opens_nothing(apu: bytes, apv: bytes) -> None:
    key = key_on("P-256")
    epk, agreed = ephemeral_for(key)
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "epk": epk, "apu": b64(b"Alice"), "apv": b64(b"Bob")}

    good = jwe_forge.encrypted(header, concat_kdf(agreed, "A128GCM", 128, b"Alice", b"Bob"))
    assert jwe.decrypt(good, key) == SECRET
    assert refused(header, key, concat_kdf(agreed, "A128GCM", 128, apu, apv)) == "decryption_failed"


@pytest.mark.parametrize("purpose", ["", "ECDH-ES", "A192GCM", "A128CBC-HS256", "ECDH-ES+A128KW"])
def test_a_key_agreed_on_for_another_purpose_opens_nothing(purpose: str) -> None:
    """RFC 7518 section 4.6.2: `enc`, or the key wrap, is part of what is hashed."""
    key = key_on("P-256")
    epk, agreed = ephemeral_for(key)

    assert refused({"epk": epk}, key, concat_kdf(agreed, purpose, 128)) == "decryption_failed"


def test_further_members_of_an_ephemeral_key_are_not_looked_at() -> None:
    """RFC 7518 section 4.6.1.1 lets a reader ignore them."""
    key = key_on("P-256")
    epk, agreed = ephemeral_for(key)
    more = {"kid": ["?"], "use": "sig", "key_ops": 1, "x5u": "http://169.254.169.254/"}
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "epk": {**epk, **more}}

    assert jwe.decrypt(jwe_forge.encrypted(header, concat_kdf(agreed, "A128GCM", 128)), key) == SECRET
