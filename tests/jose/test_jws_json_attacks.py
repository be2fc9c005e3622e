"""Every attack on a raw signature meets its refusal, and every good one beside it gets through."""

import json
from typing import Any

import pytest

from gatepass.jose import TokenRefused, Verifier, jws
from tests.support.jws_attacks import JWS_ATTACKS
from tests.support.jws_json_attacks import JWS_JSON_ATTACKS
from tests.support.jws_world import GOOD_JWS, PAYLOAD, JwsAttack
from tests.support.token_world import KEYS, NOW

ATTACKS = [*JWS_ATTACKS, *JWS_JSON_ATTACKS]


def shapes(token: Any) -> list[Any]:
    """The token as it is, and as the text and the bytes of JSON that mean the same, if there are any."""
    text = token
    if isinstance(token, dict):
        try:
            text = json.dumps(token, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return [token]
    if not isinstance(text, str) or text.lstrip()[:1] != "{":
        return [token]
    return [token, text, text.encode("utf-8", "surrogatepass")]


@pytest.mark.parametrize("name", GOOD_JWS)
def test_a_good_signature_gets_through(name: str) -> None:
    token, payload = GOOD_JWS[name]

    for shape in shapes(token):
        assert jws.verify(shape, KEYS, payload=payload) == PAYLOAD


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_forged_signature_is_refused(attack: JwsAttack) -> None:
    codes = set()
    for shape in shapes(attack.token):
        with pytest.raises(TokenRefused) as caught:
            jws.verify(shape, KEYS, payload=attack.payload)
        codes.add(caught.value.code)

    assert codes == {attack.code}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_refusal_repeats_nothing_of_the_signed(attack: JwsAttack) -> None:
    with pytest.raises(TokenRefused) as caught:
        jws.verify(attack.token, KEYS, payload=attack.payload)

    told = f"{caught.value!s} {caught.value!r} {caught.value.detail}"
    assert not [piece for piece in ("eyJ", "ada", "eve", "evil", "0123") if piece in told]


@pytest.mark.parametrize("name", [name for name in GOOD_JWS if name not in ("compact", "detached compact")])
def test_a_verifier_of_json_web_tokens_takes_none_of_these_forms(name: str) -> None:
    """RFC 7519 section 1 knows the compact form alone; RFC 7797 section 7 rules an unencoded payload out."""
    verifier = Verifier(KEYS, issuer=None, audience=None, typ=None, require=())

    for shape in shapes(GOOD_JWS[name][0]):
        with pytest.raises(TokenRefused, match="malformed_token"):
            verifier.verify(shape, now=NOW)


def test_these_attacks_have_different_names() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
