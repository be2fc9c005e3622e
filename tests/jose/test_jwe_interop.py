"""What Gatepass encrypts two other JOSE libraries decrypt, and the reverse, for every algorithm they share."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc import jwe as joserfc_jwe
from joserfc import jwk as joserfc_jwk
from joserfc.errors import InvalidHeaderValueError
from jwcrypto import jwa as jwcrypto_jwa  # type: ignore[import-untyped]
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk

from gatepass.jose import Key, jwe
from gatepass.jose.encryption.content import CONTENT_ENCRYPTIONS
from gatepass.jose.encryption.registry import KEY_MANAGEMENT
from tests.support.forge import private_pem
from tests.support.jose_keys import made

CONTENT = "Gr\u00fc\u00dfe".encode()
PARTIES = {"apu": "QWxpY2U", "apv": "Qm9i"}
PASSWORDS = [alg for alg in KEY_MANAGEMENT if alg.startswith("PBES2")]
TOO_COSTLY_FOR_JOSERFC = ["PBES2-HS256+A128KW"]
"""It takes no more than 300,000 iterations, and this cannot be set."""

CURVES: dict[str, Callable[[], Any]] = {
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "X25519": X25519PrivateKey.generate,
    "X448": X448PrivateKey.generate,
}
AGREED = [alg for alg in KEY_MANAGEMENT if alg.startswith("ECDH")]

everything = pytest.mark.parametrize(
    ("alg", "enc"),
    [(alg, enc) for alg in KEY_MANAGEMENT if alg not in PASSWORDS for enc in CONTENT_ENCRYPTIONS]
    + [(alg, "A128CBC-HS256") for alg in PASSWORDS],
)
every_curve = pytest.mark.parametrize(("crv", "alg"), [(crv, alg) for crv in CURVES for alg in AGREED])


def key_for(alg: str, enc: str) -> Key:
    if alg != "dir":
        return made(alg)
    return Key.from_secret(bytes(range(CONTENT_ENCRYPTIONS[enc].key_bytes)), alg="dir")


def key_on(crv: str, alg: str) -> Key:
    return Key.from_pem(private_pem(CURVES[crv]()), alg=alg)


def public_jwk(key: Key) -> dict[str, Any]:
    return key.jwk(private=key.symmetric)


def by_joserfc(key: Key, enc: str, **more: str) -> str:
    header: Any = {"alg": key.alg, "enc": enc, **more}
    return joserfc_jwe.encrypt_compact(
        header, CONTENT, joserfc_jwk.import_key(public_jwk(key)), algorithms=[key.alg, enc]
    )


def joserfc_reads(token: str, key: Key, enc: str) -> bytes | None:
    private = joserfc_jwk.import_key(key.jwk(private=True))
    return joserfc_jwe.decrypt_compact(token, private, algorithms=[key.alg, enc]).plaintext


def by_jwcrypto(key: Key, enc: str, **more: str) -> str:
    header = json.dumps({"alg": key.alg, "enc": enc, **more})
    made_there = jwcrypto_jwe.JWE(CONTENT, protected=header, recipient=jwcrypto_jwk.JWK(**public_jwk(key)))
    return str(made_there.serialize(compact=True))


def jwcrypto_reads(token: str, key: Key) -> Any:
    received = jwcrypto_jwe.JWE()
    received.deserialize(token, jwcrypto_jwk.JWK(**key.jwk(private=True)))
    return received.payload


@everything
def test_we_read_what_joserfc_encrypts(alg: str, enc: str) -> None:
    key = key_for(alg, enc)

    assert jwe.decrypt(by_joserfc(key, enc), key) == CONTENT


@everything
def test_joserfc_reads_what_we_encrypt(alg: str, enc: str) -> None:
    key = key_for(alg, enc)
    token = jwe.encrypt(CONTENT, key, enc=enc)

    if alg in TOO_COSTLY_FOR_JOSERFC:
        with pytest.raises(InvalidHeaderValueError, match="p2c"):
            joserfc_reads(token, key, enc)
        return
    assert joserfc_reads(token, key, enc) == CONTENT


@everything
def test_we_read_what_jwcrypto_encrypts(alg: str, enc: str) -> None:
    key = key_for(alg, enc)

    assert jwe.decrypt(by_jwcrypto(key, enc), key) == CONTENT


@everything
def test_jwcrypto_reads_what_we_encrypt(monkeypatch: pytest.MonkeyPatch, alg: str, enc: str) -> None:
    """Once it is told to take as many iterations as we write."""
    monkeypatch.setattr(jwcrypto_jwa, "default_max_pbkdf2_iterations", 600_000)
    key = key_for(alg, enc)

    assert jwcrypto_reads(jwe.encrypt(CONTENT, key, enc=enc), key) == CONTENT


@every_curve
def test_all_agree_on_every_curve(crv: str, alg: str) -> None:
    key, enc = key_on(crv, alg), "A256CBC-HS512"
    token = jwe.encrypt(CONTENT, key.public(), enc=enc, header=PARTIES)

    assert joserfc_reads(token, key, enc) == jwcrypto_reads(token, key) == CONTENT
    assert jwe.decrypt(by_joserfc(key, enc, **PARTIES), key) == CONTENT
    assert jwe.decrypt(by_jwcrypto(key, enc, **PARTIES), key) == CONTENT
