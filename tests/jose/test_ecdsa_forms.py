"""ECDSA signatures of every shape: r or s short, with a set top bit, or of no size at all (RFC 7518 section 3.4)."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gatepass.jose import Key, TokenRefused, jws
from tests.support import forge

ALGS = {"ES256": 32, "ES384": 48, "ES512": 66, "ES256K": 32}
HASHES = {"ES256": hashes.SHA256(), "ES384": hashes.SHA384(), "ES512": hashes.SHA512(), "ES256K": hashes.SHA256()}


def shape(raw: bytes) -> tuple[str, str]:
    """What r and s begin with."""
    firsts = (raw[0], raw[len(raw) // 2])
    r, s = ("zero" if first == 0 else "top" if first > 127 else "low" for first in firsts)
    return r, s


@pytest.mark.parametrize("alg", ["ES256", "ES256K", "ES512"])
def test_signatures_of_every_shape_are_written_in_full_and_read_by_others(alg: str) -> None:
    key, size = Key.generate(alg), ALGS[alg]
    public = public_half(key)
    shapes = set()
    for number in range(20_000):
        token = jws.sign(str(number).encode(), key)
        signed, _, signature = token.rpartition(".")
        raw = forge.unb64(signature)
        assert len(raw) == 2 * size
        new = shape(raw) not in shapes
        shapes.add(shape(raw))
        if new:
            assert jws.verify(token, key) == str(number).encode()
            r, s = int.from_bytes(raw[:size], "big"), int.from_bytes(raw[size:], "big")
            public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(HASHES[alg]))
        if len(shapes) >= (4 if alg == "ES512" else 8):
            break
    else:
        pytest.fail("twenty thousand signatures did not show the shapes")


@pytest.mark.parametrize("alg", ALGS)
def test_a_part_that_is_zero_or_of_another_size_is_refused(alg: str) -> None:
    key, size = Key.generate(alg), ALGS[alg]
    signed, _, signature = jws.sign(b"x", key).rpartition(".")
    raw = forge.unb64(signature)
    zero = bytes(size)
    for bad in (
        *(zero + raw[size:], raw[:size] + zero, zero + zero, b""),
        *(raw[1:], raw[:-1], raw + b"\0", b"\0" + raw, raw[:size], b"\xff" * 2 * size),
    ):
        with pytest.raises(TokenRefused) as caught:
            jws.verify(f"{signed}.{forge.b64(bad)}", key)
        assert caught.value.code == "bad_signature"


def public_half(key: Key) -> ec.EllipticCurvePublicKey:
    curves = {"P-256": ec.SECP256R1(), "P-521": ec.SECP521R1(), "secp256k1": ec.SECP256K1()}
    jwk = key.public().jwk()
    x, y = (int.from_bytes(forge.unb64(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, curves[jwk["crv"]]).public_key()
