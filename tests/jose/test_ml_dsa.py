"""ML-DSA: the values of RFC 9964, what an AKP key must be, and a machine whose OpenSSL does not know it."""

import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa

from gatepass.jose import Key, KeyRefused, Signer, TokenRefused, Verifier, jws
from tests.support import forge
from tests.support.jose_keys import made
from tests.support.rfc9964 import PAYLOAD, SEED, THUMBPRINTS, TOKENS

KINDS: dict[str, Any] = {
    "ML-DSA-44": mldsa.MLDSA44PrivateKey,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey,
}
SIZES = {"ML-DSA-44": (1312, 2420), "ML-DSA-65": (1952, 3309), "ML-DSA-87": (2592, 4627)}
"""Bytes of public key and signature (FIPS 204 table 2, repeated in RFC 9964 section 5)."""


def example(alg: str) -> dict[str, Any]:
    """The JWK of the seed that is all zeros (RFC 9964 appendix A.1)."""
    pub = KINDS[alg].from_seed_bytes(SEED).public_key().public_bytes_raw()
    return {"kty": "AKP", "alg": alg, "pub": forge.b64(pub), "priv": forge.b64(SEED), "kid": THUMBPRINTS[alg]}


@pytest.mark.parametrize("alg", KINDS)
def test_the_examples_of_rfc_9964_verify(alg: str) -> None:
    key = Key.from_jwk(example(alg))

    assert key.thumbprint() == THUMBPRINTS[alg]
    assert jws.verify(TOKENS[alg], key.public()) == PAYLOAD


@pytest.mark.parametrize("alg", KINDS)
def test_keys_and_signatures_have_the_sizes_of_fips_204(alg: str) -> None:
    jwk = made(alg).jwk(private=True)
    signature = jws.sign(b"x", made(alg)).rpartition(".")[2]

    assert (len(forge.unb64(jwk["pub"])), len(forge.unb64(signature))) == SIZES[alg]
    assert len(forge.unb64(jwk["priv"])) == 32
    assert made(alg).jwk().keys() == {"kty", "alg", "pub", "kid", "use"}


@pytest.mark.parametrize("alg", KINDS)
def test_a_signature_of_a_wrong_size_or_content_is_refused(alg: str) -> None:
    key = made(alg)
    signed, _, signature = jws.sign(b"x", key).rpartition(".")
    raw = forge.unb64(signature)

    for changed in (b"", raw[:-1], raw + b"\0", bytes(len(raw)), b"\xff" * len(raw), raw[:-1] + b"\xff"):
        with pytest.raises(TokenRefused, match="bad_signature"):
            jws.verify(f"{signed}.{forge.b64(changed)}", key)


def test_a_signature_made_in_another_context_is_refused() -> None:
    """RFC 9964 section 5: the context string is empty."""
    native = KINDS["ML-DSA-65"].generate()
    pub = forge.b64(native.public_key().public_bytes_raw())
    signed = f"{forge.segment({'alg': 'ML-DSA-65'})}.{forge.segment({'exp': 10})}"
    key = Key.from_jwk({"kty": "AKP", "alg": "ML-DSA-65", "pub": pub})

    assert jws.verify(f"{signed}.{forge.b64(native.sign(signed.encode()))}", key) == b'{"exp": 10}'
    with pytest.raises(TokenRefused, match="bad_signature"):
        jws.verify(f"{signed}.{forge.b64(native.sign(signed.encode(), b'JWT'))}", key)


def test_a_token_of_another_parameter_set_is_unknown() -> None:
    token = Signer(made("ML-DSA-44")).sign({"exp": 10})
    verifier = Verifier(made("ML-DSA-65"), issuer=None, audience=None, typ=None)

    with pytest.raises(TokenRefused, match="unknown_key"):
        verifier.verify(token, now=1)


def bad(alg: str = "ML-DSA-44", /, **changed: Any) -> dict[str, Any]:
    """An AKP key with some members changed; None takes one away."""
    return {name: value for name, value in {**example(alg), **changed}.items() if value is not None}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no alg": (bad(alg=None), "unsupported_key"),
    "alg of another kind": (bad(alg="ES256"), "unsupported_key"),
    "EdDSA": (bad(alg="EdDSA"), "unsupported_key"),
    "a hybrid nobody knows": (bad(alg="ML-DSA-65-ES256"), "unsupported_key"),
    "lower case": (bad(alg="ml-dsa-44"), "unsupported_key"),
    "for encryption": (bad(use="enc"), "unsupported_key"),
    "AKP as OKP": (bad(kty="OKP", crv="ML-DSA-44"), "unsupported_key"),
    "pub of another parameter set": (bad(alg="ML-DSA-65", priv=None), "malformed_key"),
    "no pub": (bad(pub=None), "malformed_key"),
    "pub short": (bad(pub=example("ML-DSA-44")["pub"][:-4], priv=None), "malformed_key"),
    "pub long": (bad(pub=example("ML-DSA-44")["pub"] + "AAAA", priv=None), "malformed_key"),
    "pub empty": (bad(pub="", priv=None), "malformed_key"),
    "pub a number": (bad(pub=5, priv=None), "malformed_key"),
    "priv of another pub": (bad(priv=forge.b64(b"x" * 32)), "malformed_key"),
    "priv short": (bad(priv=forge.b64(b"x" * 31)), "malformed_key"),
    "priv long": (bad(priv=forge.b64(bytes(33))), "malformed_key"),
    "priv expanded": (bad(priv=forge.b64(bytes(2560))), "malformed_key"),
    "priv padded": (bad(priv=example("ML-DSA-44")["priv"] + "="), "malformed_key"),
    "priv null": ({**bad(), "priv": None}, "malformed_key"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_akp_key_is_refused(name: str) -> None:
    """RFC 9964 sections 3 and 7.4."""
    jwk, code = BAD[name]
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk)
    assert caught.value.code == code


def test_without_ml_dsa_in_cryptography_the_rest_works() -> None:
    """Older versions lack it; then a key of this kind is refused with a reason, and ES256 goes on."""
    script = """
import sys
sys.modules["cryptography.hazmat.primitives.asymmetric.mldsa"] = None
from gatepass.jose import Key, KeyRefused, KeySet, jws
from gatepass.kernel.errors import Misuse
key = Key.generate("ES256")
assert jws.verify(jws.sign(b"x", key), key) == b"x"
jwk = {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA"}
try:
    Key.generate("ML-DSA-65")
except Misuse as error:
    print(error)
try:
    Key.from_jwk(jwk)
except KeyRefused as error:
    print(error.code, error.detail)
print(len(list(KeySet.from_jwks({"keys": [jwk, key.jwk()]}))))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    told = ran.stdout.splitlines()
    assert "ML-DSA-65 is unknown to the `cryptography` installed here" in told[0]
    assert told[1].startswith("unsupported_key ML-DSA-65 is unknown to the `cryptography` installed here")
    assert told[2] == "1"
