"""Every attack of the table meets its refusal, and every good token beside it gets through.

Four verifiers try each: claims as dict and as Struct, each fresh and after it has seen
good tokens, so that nothing a verifier remembers can help a forger.
"""

from typing import Any

import msgspec
import pytest

from gatepass.jose import KeySet, TokenRefused, Verifier
from gatepass.jose.compact import LARGEST_TOKEN
from tests.support.header_attacks import HEADER_ATTACKS
from tests.support.token_attacks import TOKEN_ATTACKS
from tests.support.token_world import AUDIENCE, GOOD, HS, IDLE_KEYS, ISSUER, KEYS, NOW, Attack, signed

RING = KeySet([*KEYS, *IDLE_KEYS])
ATTACKS = [*HEADER_ATTACKS, *TOKEN_ATTACKS]


class Typed(msgspec.Struct):
    """A caller's own view of the claims, which knows little and trusts much."""

    sub: str
    jti: str | None = None
    nbf: float | None = None
    aud: Any = None
    x: Any = None


def verifier(kind: Any, *, warm: bool) -> Verifier[Any]:
    made: Verifier[Any] = Verifier(
        RING, issuer=ISSUER, audience=AUDIENCE, typ="at+jwt", require=("exp", "sub"), claims=kind, cache=100
    )
    for good in GOOD.values() if warm else ():
        made.verify(good, now=NOW)
    return made


VERIFIERS = [(kind, warm) for kind in (dict, Typed) for warm in (False, True)]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(("kind", "warm"), VERIFIERS)
def test_a_good_token_gets_through(name: str, kind: Any, warm: bool) -> None:
    claims = verifier(kind, warm=warm).verify(GOOD[name], now=NOW)

    assert (claims if kind is Typed else msgspec.convert(claims, Typed)).sub == "42"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused(attack: Attack) -> None:
    refusals = []
    for kind, warm in VERIFIERS:
        with pytest.raises(TokenRefused) as caught:
            verifier(kind, warm=warm).verify(attack.token, now=NOW)
        refusals.append((caught.value.code, caught.value.claim))

    assert refusals == [(attack.code, attack.claim)] * len(VERIFIERS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_refusal_repeats_nothing_of_the_token(attack: Attack) -> None:
    with pytest.raises(TokenRefused) as caught:
        verifier(dict, warm=True).verify(attack.token, now=NOW)

    told = f"{caught.value!s} {caught.value!r} {caught.value.detail}"
    assert not [part for part in str(attack.token).split(".") if len(part) > 6 and part in told]
    assert "evil" not in told


@pytest.mark.parametrize("opening", ["[", '{"a":', "[{"])
@pytest.mark.parametrize("kind", [dict, Typed])
def test_whoever_takes_long_tokens_is_safe_from_100_000_brackets(kind: Any, opening: str) -> None:
    closing = {"[": "]", "{": "}"}
    depth = 100_000
    deep = opening * depth + "1" + "".join(closing[one] for one in reversed(opening) if one in closing) * depth
    patient: Verifier[Any] = Verifier(
        KEYS, issuer=None, audience=None, typ=None, require=(), claims=kind, max_bytes=LARGEST_TOKEN
    )

    for payload in (f'{{"sub":"42","x":{deep}}}', f'{{"sub":"42","aud":{deep}}}', deep):
        with pytest.raises(TokenRefused, match="malformed_token"):
            patient.verify(signed(HS, payload.encode()), now=NOW)


def test_attacks_have_different_names_and_tokens() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len({repr(attack.token) for attack in ATTACKS}) == len(ATTACKS)
