"""Signed tokens inside encrypted ones (RFC 7519 section 5.2): sealed, unsealed, and then verified."""

import json
from collections.abc import Callable

import pytest

from gatepass.jose import Key, KeySet, Signer, TokenRefused, Verifier, jwe, jws
from gatepass.kernel.errors import Misuse
from tests.support import forge
from tests.support.jose_keys import made

NOW = 1_700_000_000
SIGNER = Signer(made("ES256"), typ="at+jwt", issuer="https://id.test", lifetime=300)
SIGNED = SIGNER.sign({"sub": "42", "aud": "https://shop.test"}, now=NOW)
VERIFIER = Verifier(made("ES256").public(), issuer="https://id.test", audience="https://shop.test", typ="at+jwt")


@pytest.mark.parametrize("alg", ["RSA-OAEP-256", "ECDH-ES", "A256KW", "dir"])
def test_a_sealed_token_is_unsealed_and_verified(alg: str) -> None:
    token = jwe.seal(SIGNED, made(alg), alg=alg, enc="A256GCM")

    assert VERIFIER.verify(jwe.unseal(token, made(alg)), now=NOW)["sub"] == "42"
    assert json.loads(forge.unb64(token.split(".")[0]))["cty"] == "JWT"
    assert SIGNED.split(".")[1] not in token


def test_the_keys_of_unsealing_are_narrowed_as_those_of_decrypting() -> None:
    token, keys = jwe.seal(SIGNED, made("A256KW"), enc="A128GCM"), KeySet([made("A256KW"), made("dir")])

    assert jwe.unseal(token, keys, ["A256KW"], ["A128GCM"]) == SIGNED
    with pytest.raises(TokenRefused, match="unknown_key"):
        jwe.unseal(token, keys, ["dir"])
    with pytest.raises(TokenRefused, match="malformed_token"):
        jwe.unseal(token, keys, encryptions=["A256GCM"])
    with pytest.raises(TokenRefused, match="malformed_token"):
        jwe.unseal(token, keys, max_bytes=len(token) - 1)
    by_password = jwe.seal(SIGNED, made("PBES2-HS512+A256KW"), enc="A128GCM")
    with pytest.raises(TokenRefused, match="malformed_token"):
        jwe.unseal(by_password, made("PBES2-HS512+A256KW"), max_p2c=209_999)


def test_who_seals_is_not_who_signed() -> None:
    """Everybody can seal for a public key: only the verifier finds out that the token inside is forged."""
    forged = Signer(Key.generate("ES256", kid=made("ES256").kid), typ="at+jwt", issuer="https://id.test", lifetime=300)
    token = jwe.seal(
        forged.sign({"sub": "1", "aud": "https://shop.test"}, now=NOW), made("ECDH-ES").public(), enc="A128GCM"
    )

    inner = jwe.unseal(token, made("ECDH-ES"))
    with pytest.raises(TokenRefused, match="bad_signature"):
        VERIFIER.verify(inner, now=NOW)


def test_an_expired_token_is_unsealed_and_then_refused() -> None:
    inner = jwe.unseal(jwe.seal(SIGNED, made("A256KW"), enc="A128GCM"), made("A256KW"))

    with pytest.raises(TokenRefused, match="token_expired"):
        VERIFIER.verify(inner, now=NOW + 301)


UNSEALABLE: dict[str, object] = {
    "claims": {"sub": "42"},
    "the text of claims": '{"sub":"42"}',
    "bytes": SIGNED.encode(),
    "nothing": "",
    "a token that is cut": SIGNED.rpartition(".")[0],
    "a token without signature": SIGNED.rpartition(".")[0] + ".",
    "an encrypted token": jwe.encrypt(b"x", made("A256KW"), enc="A128GCM"),
    "a sealed token": jwe.seal(SIGNED, made("A256KW"), enc="A128GCM"),
    "a signature in JSON": jws.sign_json(b"x", made("ES256")),
    "two tokens": f"{SIGNED} {SIGNED}",
}


@pytest.mark.parametrize("name", UNSEALABLE)
def test_only_a_signed_token_is_sealed(name: str) -> None:
    with pytest.raises(Misuse):
        jwe.seal(UNSEALABLE[name], made("A256KW"), enc="A128GCM")  # type: ignore[arg-type]


MISTAKES: dict[str, Callable[[], object]] = {
    "no key": lambda: jwe.seal(SIGNED, None, enc="A128GCM"),  # type: ignore[arg-type]
    "a key for signatures": lambda: jwe.seal(SIGNED, made("ES256"), enc="A128GCM"),
    "another algorithm": lambda: jwe.seal(SIGNED, made("A256KW"), alg="dir", enc="A128GCM"),
    "an unknown method": lambda: jwe.seal(SIGNED, made("A256KW"), enc="none"),
    "keys that are none": lambda: jwe.unseal("a.b.c.d.e", "secret"),  # type: ignore[arg-type]
    "algorithms as text": lambda: jwe.unseal("a.b.c.d.e", made("A256KW"), "A256KW"),
    "a bound of nothing": lambda: jwe.unseal("a.b.c.d.e", made("A256KW"), max_bytes=0),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_sealing_is_said_at_once(name: str) -> None:
    with pytest.raises(Misuse):
        MISTAKES[name]()
