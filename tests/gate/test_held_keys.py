"""When a gate asks for keys again, when it waits, and when it gives up. No network: time and answers are arguments."""

from typing import Any

import pytest

from gatepass.gate.errors import KeysUnavailable
from gatepass.gate.keys import NEW_KEY_BURST, NEW_KEY_EVERY, RETRY, REVALIDATE, SLEPT, STALE, HeldKeys
from gatepass.jose import Key, KeySet, Signer, TokenRefused, Verifier
from gatepass.testing import TestIssuer
from tests.support.gates import SHOP, START

OLD, NEW = TestIssuer(clock=lambda: START), TestIssuer(clock=lambda: START)
LONG = 10 * STALE
GOOD = OLD.token(audience=SHOP, lifetime=LONG)


def held(*issuers: TestIssuer, at: float = START) -> HeldKeys[dict[str, Any]]:
    """Keys of these issuers, fetched at a moment; without issuers nothing was fetched yet."""
    keys = HeldKeys(
        lambda fetched: Verifier(fetched, issuer=OLD.issuer, audience=SHOP, typ="at+jwt", claims=dict, cache=8)
    )
    if issuers:
        keys.accept(both(*issuers), at)
    return keys


def both(*issuers: TestIssuer) -> KeySet:
    return KeySet(key.public() for issuer in issuers for key in issuer.keys)


def passes(keys: HeldKeys[dict[str, Any]], now: float, *, asked: bool = False) -> bool:
    """Whether a good token passes; None would mean that the issuer must be asked."""
    claims = keys.claims(GOOD, now, asked=asked)
    return claims is not None and claims["sub"] == "test-user"


def test_a_gate_without_keys_asks_first() -> None:
    assert held().claims(GOOD, START, asked=False) is None


def test_a_gate_that_got_no_keys_says_unavailable_and_not_refused() -> None:
    keys = held()
    keys.fail(START)
    with pytest.raises(KeysUnavailable) as caught:
        keys.claims(GOOD, START, asked=True)
    assert (caught.value.status, caught.value.retry_after) == (503, RETRY)


def test_requests_do_not_ask_again_at_once_after_a_failure() -> None:
    keys = held()
    keys.fail(START)
    with pytest.raises(KeysUnavailable):
        keys.claims(GOOD, START + RETRY - 0.1, asked=False)
    assert keys.claims(GOOD, START + RETRY, asked=False) is None


def test_keys_are_asked_for_again_after_a_minute_and_serve_meanwhile() -> None:
    keys = held(OLD)
    assert passes(keys, START + 60)
    assert not keys.due(START + 59)
    assert keys.due(START + 60)


def test_keys_that_nobody_uses_are_not_asked_for() -> None:
    assert not held(OLD).due(START + STALE)


def test_a_gate_that_slept_asks_before_it_believes_its_old_keys() -> None:
    keys = held(OLD)
    assert passes(keys, START + SLEPT - 1)
    assert keys.claims(GOOD, START + SLEPT, asked=False) is None


def test_old_keys_serve_for_an_hour_while_the_issuer_is_away() -> None:
    keys = held(OLD)
    now = START
    while now < START + 3_600 - RETRY:
        now += RETRY
        keys.fail(now)
        assert passes(keys, now)
    keys.fail(START + 3_600)
    with pytest.raises(KeysUnavailable):
        keys.claims(GOOD, START + 3_600, asked=False)


def test_a_gate_whose_keys_are_too_old_asks_again_as_soon_as_it_may() -> None:
    keys = held(OLD)
    keys.fail(START + STALE)
    assert keys.claims(GOOD, START + STALE + RETRY, asked=False) is None


def test_a_failed_try_is_repeated_soon() -> None:
    keys = held(OLD)
    keys.fail(START + REVALIDATE)
    assert passes(keys, START + REVALIDATE)
    assert not keys.due(START + REVALIDATE + RETRY - 0.1)
    assert keys.due(START + REVALIDATE + RETRY)


def test_a_key_that_is_gone_from_the_set_dies_with_its_remembered_tokens() -> None:
    keys = held(OLD)
    assert passes(keys, START)
    keys.accept(both(NEW), START + REVALIDATE)
    with pytest.raises(TokenRefused, match="unknown_key"):
        keys.claims(GOOD, START + REVALIDATE, asked=True)


def test_an_empty_set_means_that_no_key_is_good() -> None:
    keys = held(OLD)
    keys.accept(KeySet(), START + 1)
    with pytest.raises(TokenRefused, match="unknown_key"):
        keys.claims(GOOD, START + 1, asked=True)


def test_an_unknown_key_may_be_a_new_one() -> None:
    keys = held(OLD)
    token = NEW.token(audience=SHOP)
    assert keys.claims(token, START, asked=False) is None
    keys.accept(both(OLD, NEW), START)
    assert keys.claims(token, START, asked=True)


def test_a_key_that_the_issuer_does_not_know_either_is_refused_without_asking_again() -> None:
    keys = held(OLD)
    token = NEW.token(audience=SHOP)
    with pytest.raises(TokenRefused, match="unknown_key"):
        keys.claims(token, START, asked=True)
    with pytest.raises(TokenRefused, match="unknown_key"):
        keys.claims(token, START + NEW_KEY_EVERY - 1, asked=False)
    assert keys.claims(token, START + NEW_KEY_EVERY, asked=False) is None


def flood(keys: HeldKeys[dict[str, Any]], count: int, now: float) -> int:
    """Tokens of `count` invented keys arrive; how many of them made the gate ask the issuer."""
    asked = 0
    for number in range(count):
        token = invented(number)
        try:
            if keys.claims(token, now, asked=False) is None:
                asked += 1
                keys.accept(both(OLD), now)
                keys.claims(token, now, asked=True)
        except (TokenRefused, KeysUnavailable):
            continue
    return asked


def invented(number: int) -> str:
    """A token of nobody, with a key id that nobody has heard of."""
    key = Key.from_secret(b"thirty-two bytes of no consequence", alg="HS256", kid=f"invented-{number}")
    return Signer(key, typ="at+jwt").sign({"iss": OLD.issuer, "sub": "x", "aud": SHOP, "exp": START + 9})


def test_a_flood_of_invented_keys_reaches_the_issuer_a_few_times_only() -> None:
    keys = held(OLD)
    assert flood(keys, 500, START) == NEW_KEY_BURST
    assert flood(keys, 500, START + NEW_KEY_EVERY) == 1


def test_a_flood_does_not_disturb_tokens_of_known_keys() -> None:
    keys = held(OLD)
    flood(keys, 500, START)
    assert passes(keys, START)


def test_a_flood_makes_a_really_new_key_wait_but_never_look_bad() -> None:
    """503 says "try again"; a 401 would make the client sign its user out."""
    keys = held(OLD)
    flood(keys, 500, START)
    token = NEW.token(audience=SHOP)
    with pytest.raises(KeysUnavailable) as caught:
        keys.claims(token, START, asked=False)
    assert caught.value.retry_after == NEW_KEY_EVERY
    assert keys.claims(token, START + NEW_KEY_EVERY, asked=False) is None


def test_an_unknown_key_is_not_called_bad_while_the_issuer_is_away() -> None:
    keys = held(OLD)
    keys.fail(START + 1)
    token = NEW.token(audience=SHOP)
    for asked in (True, False):
        with pytest.raises(KeysUnavailable):
            keys.claims(token, START + 1, asked=asked)


def test_what_is_remembered_of_a_flood_is_bounded() -> None:
    """Requests that wait for the first fetch may all bring invented keys."""
    keys = held(OLD)
    for number in range(300):
        with pytest.raises(TokenRefused):
            keys.claims(invented(number), START, asked=True)
    assert keys.claims(invented(299), START, asked=False) is None
    later = START + NEW_KEY_EVERY  # what was remembered has run out and makes room
    for asked in (True, False):
        with pytest.raises(TokenRefused, match="unknown_key"):
            keys.claims(invented(299), later, asked=asked)


@pytest.mark.parametrize("back", [60, STALE, 10 * STALE])
def test_a_clock_that_was_set_back_makes_no_key_immortal(back: int) -> None:
    keys = held(OLD)
    assert keys.claims(GOOD, START - back, asked=False) is None
    keys.fail(START - back)
    with pytest.raises(KeysUnavailable):
        keys.claims(GOOD, START - back, asked=True)


def test_the_same_set_keeps_remembered_tokens() -> None:
    """Nothing is verified anew each minute while nothing changes."""
    made: list[KeySet] = []

    def verifier(fetched: KeySet) -> Verifier[dict[str, object]]:
        made.append(fetched)
        return Verifier(fetched, issuer=OLD.issuer, audience=SHOP, typ="at+jwt", claims=dict)

    keys, fetched = HeldKeys(verifier), both(OLD)
    keys.accept(fetched, START)
    keys.accept(fetched, START + REVALIDATE)
    assert [len(keys) for keys in made] == [0, 1]
