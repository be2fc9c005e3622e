"""Every attack on encrypted tokens meets its refusal, and every good token beside it gets through."""

import json
from typing import Any

import pytest

from gatepass.jose import TokenRefused, Verifier, jwe, jws, unverified_claims
from tests.support.jwe_attacks import JWE_ATTACKS
from tests.support.jwe_content_attacks import CONTENT_ATTACKS
from tests.support.jwe_json_attacks import JSON_ATTACKS, NESTED_ATTACKS
from tests.support.jwe_world import GOOD_JWE, KEYS, KW, PLAINTEXT, JweAttack, sealed
from tests.support.token_world import AUDIENCE, CLAIMS, GOOD, ISSUER, NOW
from tests.support.token_world import KEYS as SIGNERS

ATTACKS = [*JWE_ATTACKS, *CONTENT_ATTACKS, *JSON_ATTACKS]


@pytest.mark.parametrize("name", GOOD_JWE)
def test_a_good_token_is_decrypted(name: str) -> None:
    assert jwe.decrypt(GOOD_JWE[name], KEYS) == PLAINTEXT


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused(attack: JweAttack) -> None:
    with pytest.raises(TokenRefused) as caught:
        jwe.decrypt(attack.token, KEYS, **attack.options)

    assert caught.value.code == attack.code
    tell_nothing(caught.value, attack.token)


@pytest.mark.parametrize("attack", NESTED_ATTACKS, ids=lambda attack: attack.name)
def test_what_is_no_signed_token_is_not_unsealed(attack: JweAttack) -> None:
    with pytest.raises(TokenRefused) as caught:
        jwe.unseal(attack.token, KEYS, **attack.options)

    assert caught.value.code == attack.code
    tell_nothing(caught.value, attack.token)


def tell_nothing(refused: TokenRefused, token: Any) -> None:
    """A refusal repeats nothing of the token, and all that fails cryptographically is told in the same words."""
    told = f"{refused!s} {refused!r} {refused.detail}"
    parts = str(token).replace('"', ".").split(".")
    assert not [part for part in parts if len(part) > 12 and part in told]
    assert refused.__cause__ is None
    if refused.code == "decryption_failed":
        assert told == f"{TokenRefused('decryption_failed')!s} {TokenRefused('decryption_failed')!r} "


@pytest.mark.parametrize("cty", ["JWT", "jwt", "application/jwt", "Application/JWT"])
def test_a_nested_token_says_so_in_any_spelling(cty: str) -> None:
    """RFC 7519 section 5.2, RFC 7515 section 4.1.10."""
    assert jwe.unseal(sealed({**KW, "cty": cty}, GOOD["HS256"].encode()), KEYS) == GOOD["HS256"]


@pytest.mark.parametrize("name", GOOD_JWE)
def test_an_encrypted_token_is_no_signed_one(name: str) -> None:
    """Nobody who asks for a signature takes a token that is only encrypted, whoever could make it."""
    token = GOOD_JWE[name]
    verifier = Verifier(SIGNERS, issuer=ISSUER, audience=AUDIENCE, typ=None)
    for look in (lambda: verifier.verify(token, now=NOW), lambda: jws.verify(token, SIGNERS)):
        with pytest.raises(TokenRefused, match="malformed_token"):
            look()


def test_claims_that_are_encrypted_but_not_signed_are_nobodys() -> None:
    """Everybody can encrypt for a public key; so what comes out is refused wherever an author is asked for."""
    claims = json.dumps(CLAIMS).encode()
    token = sealed({**KW, "cty": "JWT", "typ": "at+jwt"}, claims)

    assert jwe.decrypt(token, KEYS) == claims
    for look in (lambda: jwe.unseal(token, KEYS), lambda: unverified_claims(token)):
        with pytest.raises(TokenRefused, match="malformed_token"):
            look()


def test_attacks_have_different_names_and_tokens() -> None:
    everything = [*ATTACKS, *NESTED_ATTACKS]
    assert len({attack.name for attack in everything}) == len(everything)
    assert len({f"{attack.token!r} {attack.options}" for attack in ATTACKS}) == len(ATTACKS)
