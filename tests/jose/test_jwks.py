"""JWKs that a stranger wrote: what is in them binds, and what is wrong in them is found."""

from typing import Any

import pytest

from gatepass.jose import Key, KeyRefused, KeySet, Signer, TokenRefused, Verifier, jws
from gatepass.kernel.errors import Misuse
from tests.support import forge
from tests.support.bad_jwks import EC, EC_JWK, RSA_JWK, SECRET_JWK, bad_jwks, private, text
from tests.support.jose_keys import made

BAD = bad_jwks()


@pytest.mark.parametrize("name", BAD)
def test_a_bad_jwk_is_refused(name: str) -> None:
    jwk, code = BAD[name]
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk)
    assert caught.value.code == code


@pytest.mark.parametrize("name", BAD)
def test_a_set_leaves_a_bad_jwk_out(name: str) -> None:
    """RFC 7517 section 5: the rest of the set still works."""
    keys = KeySet.from_jwks({"keys": [BAD[name][0], {**EC_JWK, "kid": "good"}]})

    assert [key.kid for key in keys] == ["good"]
    assert [key["kid"] for key in keys.jwks()["keys"]] == ["good"]


@pytest.mark.parametrize(
    ("jwk", "alg"),
    [
        (EC_JWK, "ES256"),
        (RSA_JWK, "RS256"),
        ({**RSA_JWK, "alg": "PS512"}, "PS512"),
        ({**private("Ed25519"), "alg": "EdDSA"}, "Ed25519"),
        ({**private("Ed448"), "alg": "EdDSA"}, "Ed448"),
        (private("Ed25519", alg=None), "Ed25519"),
        (private("ES256K", alg=None), "ES256K"),
        (SECRET_JWK, "HS256"),
        ({**RSA_JWK, "use": "enc"}, "RSA-OAEP-256"),
        ({**EC_JWK, "use": "enc"}, "ECDH-ES"),
        ({"kty": "OKP", "crv": "X25519", "x": text(9)}, "ECDH-ES"),
        ({**EC_JWK, "alg": "ECDH-ES+A256KW"}, "ECDH-ES+A256KW"),
        ({**EC_JWK, "use": "sig", "x5t": "no certificate", "x5u": "https://evil.test", "other": 5}, "ES256"),
    ],
)
def test_a_jwk_is_bound_to_one_algorithm(jwk: dict[str, Any], alg: str) -> None:
    assert Key.from_jwk(jwk).alg == alg


def test_rsa_factors_may_be_missing_together() -> None:
    """RFC 7518 section 6.3.2: d alone is enough."""
    key = Key.from_jwk(private("RS256", p=None, q=None, dp=None, dq=None, qi=None))

    assert jws.verify(jws.sign(b"x", key), made("RS256").public()) == b"x"


@pytest.mark.parametrize(
    ("jwk", "alg"),
    [
        (RSA_JWK, "PS256"),
        (RSA_JWK, "RSA-OAEP"),
        ({**RSA_JWK, "use": "sig"}, "RS512"),
        (EC_JWK, "ECDH-ES+A128KW"),
        ({"kty": "oct", "k": SECRET_JWK["k"]}, "HS256"),
        ({"kty": "oct", "k": SECRET_JWK["k"], "use": "enc"}, "A256KW"),
        (SECRET_JWK, "HS256"),
        ({**made("Ed25519").jwk(), "alg": "EdDSA"}, "Ed25519"),
    ],
)
def test_a_jwk_that_says_no_algorithm_takes_the_one_asked_for(jwk: dict[str, Any], alg: str) -> None:
    key = Key.from_jwk(jwk, alg=alg)

    assert (key.alg, key.jwk(private=key.symmetric)["alg"]) == (alg, alg)


@pytest.mark.parametrize(
    ("jwk", "alg"),
    [
        ({**RSA_JWK, "alg": "RS256"}, "PS256"),
        ({**RSA_JWK, "alg": "RSA-OAEP"}, "RSA-OAEP-256"),
        ({**RSA_JWK, "use": "enc"}, "RS256"),
        ({**RSA_JWK, "use": "sig"}, "RSA-OAEP"),
        ({**RSA_JWK, "key_ops": ["verify"]}, "RSA-OAEP"),
        (RSA_JWK, "ES256"),
        (RSA_JWK, "HS256"),
        (EC_JWK, "ES384"),
        (SECRET_JWK, "A256KW"),
        ({**made("Ed25519").jwk(), "alg": "EdDSA"}, "Ed448"),
        (made("ML-DSA-44").jwk(), "ML-DSA-65"),
    ],
)
def test_a_jwk_for_another_algorithm_than_the_one_asked_for_is_refused(jwk: dict[str, Any], alg: str) -> None:
    """The JWK may be a stranger's: it is no mistake of the programmer's."""
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk, alg=alg)
    assert caught.value.code == "unsupported_key"


def test_an_akp_key_says_its_algorithm_even_if_one_is_asked_for() -> None:
    """RFC 9964 section 3: alg is required."""
    jwk = {name: value for name, value in made("ML-DSA-44").jwk().items() if name != "alg"}
    with pytest.raises(KeyRefused) as caught:
        Key.from_jwk(jwk, alg="ML-DSA-44")
    assert caught.value.code == "malformed_key"


@pytest.mark.parametrize("alg", ["none", "", "EdDSA", "rs256", 5, ["RS256"]])
def test_asking_for_an_algorithm_that_there_is_not_is_a_mistake(alg: Any) -> None:
    with pytest.raises(Misuse):
        Key.from_jwk(RSA_JWK, alg=alg)


def test_members_that_nobody_knows_are_left_alone() -> None:
    """RFC 7517 section 4."""
    more = {"ext": True, "iat": 5, "nbf": [], "\u00e4": {"x": None}, "x5u": "https://evil.test", "d5": "A"}
    key = Key.from_jwk({**EC_JWK, **more})

    assert key.jwk() == {**EC_JWK, "alg": "ES256", "use": "sig"}


@pytest.mark.parametrize("kid", ["k", "k" * 256, "\u00e4" * 256, "\U0001f511", "a b\n", "../../etc", "0"])
def test_a_kid_may_be_any_text(kid: str) -> None:
    key = Key.from_jwk({**private("ES256"), "kid": kid})

    assert key.kid == key.jwk()["kid"] == kid
    assert jws.verify(jws.sign(b"x", key), KeySet([key])) == b"x"


def test_use_and_key_ops_may_agree() -> None:
    """RFC 7517 section 4.3; operations that nobody knows are allowed, and not passed on."""
    for jwk in ({**EC_JWK, "use": "sig", "key_ops": ["verify"]}, {**EC_JWK, "key_ops": ["verify", "dance"]}):
        assert Key.from_jwk(jwk).verifies
    assert Key.from_jwk({**RSA_JWK, "use": "enc", "key_ops": ["wrapKey"]}).encrypts
    pair = Key.from_jwk(private("ES256", use=None, key_ops=["sign", "dance"]))
    assert (pair.jwk(private=True)["key_ops"], pair.jwk()["key_ops"]) == (["sign"], ["verify"])


@pytest.mark.parametrize(
    ("alg", "ops", "encrypts", "decrypts", "published"),
    [
        ("RSA-OAEP", ["unwrapKey"], True, True, ["wrapKey"]),
        ("RSA-OAEP", ["decrypt", "unwrapKey"], True, True, ["encrypt", "wrapKey"]),
        ("RSA-OAEP", ["wrapKey"], True, False, ["wrapKey"]),
        ("ECDH-ES", ["deriveKey"], True, True, ["deriveKey"]),
        ("ECDH-ES", ["deriveBits", "deriveKey"], True, True, ["deriveBits", "deriveKey"]),
    ],
)
def test_key_ops_bind_a_key_pair_for_encryption(
    alg: str, ops: list[str], encrypts: bool, decrypts: bool, published: list[str]
) -> None:
    key = Key.from_jwk(private(alg, use=None, key_ops=ops))

    assert (key.encrypts, key.decrypts, key.signs, key.verifies) == (encrypts, decrypts, False, False)
    assert key.jwk(private=True)["key_ops"] == ops
    assert key.public().jwk()["key_ops"] == key.jwk()["key_ops"] == published
    assert (key.public().encrypts, key.public().decrypts) == (True, False)


@pytest.mark.parametrize(
    ("alg", "ops", "encrypts", "decrypts"),
    [
        ("dir", ["encrypt"], True, False),
        ("dir", ["decrypt"], False, True),
        ("A128KW", ["wrapKey"], True, False),
        ("A128KW", ["unwrapKey", "wrapKey"], True, True),
    ],
)
def test_key_ops_bind_a_secret_for_encryption(alg: str, ops: list[str], encrypts: bool, decrypts: bool) -> None:
    key = Key.from_jwk(private(alg, use=None, key_ops=ops))

    assert (key.encrypts, key.decrypts) == (encrypts, decrypts)


def test_key_ops_decide_who_may_sign() -> None:
    """RFC 7517 section 4.3."""
    verifying = Key.from_jwk(private("ES256", key_ops=["verify"], use=None))
    with pytest.raises(Misuse):
        Signer(verifying)
    with pytest.raises(Misuse):
        jws.sign(b"x", verifying)


def test_key_ops_decide_who_may_verify() -> None:
    """A secret that is for signing only does not verify; the public half of a signing key does."""
    secret = Key.from_jwk({**SECRET_JWK, "key_ops": ["sign"]})
    with pytest.raises(TokenRefused, match="unknown_key"):
        jws.verify(jws.sign(b"x", secret), secret)

    pair = Key.from_jwk(private("ES256", key_ops=["sign"], use=None))
    assert jws.verify(jws.sign(b"x", pair), pair) == b"x"
    assert pair.public().jwk()["key_ops"] == ["verify"]
    assert pair.jwk(private=True)["key_ops"] == ["sign"]


def test_a_public_key_that_may_only_sign_verifies_nothing() -> None:
    key = Key.from_jwk({**EC_JWK, "key_ops": ["sign"]})
    token = forge.es256_token({"alg": "ES256"}, {"exp": 10}, EC)

    with pytest.raises(TokenRefused, match="unknown_key"):
        Verifier(key, issuer=None, audience=None, typ=None).verify(token, now=1)
