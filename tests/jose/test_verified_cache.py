"""The memory of verified tokens gives away nothing that verification would refuse."""

from typing import Any

import msgspec
import pytest

from gatepass.jose import Key, KeySet, Signer, TokenRefused, Verifier
from gatepass.jose.cache import VerifiedTokens
from tests.support import forge

KEY = Key.generate("ES256")


class Frozen(msgspec.Struct, frozen=True):
    sub: str


class Open(msgspec.Struct):
    sub: str


def verifier(kind: Any = dict, cache: int = 10, keys: Any = KEY, leeway: float = 0) -> Verifier[Any]:
    return Verifier(keys, issuer=None, audience=None, typ=None, claims=kind, cache=cache, leeway=leeway)


def token(sub: str = "42", **more: Any) -> str:
    return Signer(KEY).sign({"sub": sub, "exp": 1000, **more})


def code(one: Verifier[Any], text: Any, now: float) -> str:
    with pytest.raises(TokenRefused) as caught:
        one.verify(text, now=now)
    return caught.value.code


@pytest.mark.parametrize("leeway", [0, 30])
def test_a_remembered_token_still_expires(leeway: float) -> None:
    one, signed = verifier(leeway=leeway), token(nbf=500)
    for _ in range(2):
        assert one.verify(signed, now=999 + leeway)["sub"] == "42"
        assert code(one, signed, 1000 + leeway) == "token_expired"
        assert code(one, signed, 499 - leeway) == "token_not_yet_valid"
        assert code(one, signed, float("nan")) == "token_expired"


def test_a_remembered_token_is_known_by_every_one_of_its_characters() -> None:
    one, signed = verifier(), token()
    one.verify(signed, now=1)

    for at in range(len(signed)):
        changed = signed[:at] + ("A" if signed[at] != "A" else "B") + signed[at + 1 :]
        assert code(one, changed, 1) in ("bad_signature", "malformed_token", "unknown_key")


def test_a_signature_turned_into_its_twin_is_another_token_with_the_same_claims() -> None:
    """ECDSA: (r, n - s) is as good as (r, s). So a list of revoked tokens must not be kept by token text."""
    signed = token()
    head, payload, signature = signed.split(".")
    raw = forge.unb64(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    twin = f"{head}.{payload}.{forge.b64(forge.rs(r, forge.P256_ORDER - s))}"
    one = verifier()

    assert twin != signed
    assert one.verify(twin, now=1) == one.verify(signed, now=1) == {"sub": "42", "exp": 1000}


def test_a_caller_cannot_spoil_what_the_next_one_gets() -> None:
    for kind in (dict, Open):
        one, signed = verifier(kind), token(roles=["a"])
        for _ in range(3):
            claims = one.verify(signed, now=1)
            assert (claims["sub"] if kind is dict else claims.sub) == "42"
            if kind is dict:
                assert claims["roles"] == ["a"]
                claims["sub"] = "evil"
                claims["roles"].append("admin")
            else:
                claims.sub = "evil"


def test_a_frozen_struct_is_handed_out_again() -> None:
    """From its second time on: claims of tokens that never come again are not kept."""
    one, signed = verifier(Frozen), token()

    assert one.verify(signed, now=1) == one.verify(signed, now=1)
    assert one.verify(signed, now=1) is one.verify(str(signed.encode(), "ascii"), now=2)


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = VerifiedTokens(2, dict)
    facts = msgspec.defstruct("Facts", [("exp", int, 9), ("nbf", int, msgspec.UNSET)])()
    for name in ("a", "b", "c"):
        memory.put(name, b"{}", facts)

    assert [memory.get(name, 1) for name in ("a", "b", "c")] == [None, {}, {}]
    assert len(memory) == 2


def test_a_token_put_twice_takes_one_place() -> None:
    """Two threads may verify the same token at once."""
    memory = VerifiedTokens(2, dict)
    facts = msgspec.defstruct("Facts", [("exp", int, 9), ("nbf", int, msgspec.UNSET)])()
    for name in ("a", "b", "b", "b"):
        memory.put(name, b"{}", facts)

    assert [memory.get(name, 1) for name in ("a", "b")] == [{}, {}]


def test_a_token_in_use_is_not_forgotten_however_many_others_come() -> None:
    memory = VerifiedTokens(4, dict)
    facts = msgspec.defstruct("Facts", [("exp", int, 9), ("nbf", int, msgspec.UNSET)])()
    memory.put("used", b"{}", facts)
    for number in range(100):
        memory.put(f"other {number}", b"{}", facts)

        assert memory.get("used", 1) == {}
        assert len(memory) <= 4


def test_a_refused_token_is_not_remembered() -> None:
    one = verifier(cache=1)
    good = token()
    kept = one.verify(good, now=1)
    code(one, token(exp=1), 5)
    code(one, good[:-3] + "AAA", 5)

    assert len(one._cache) == 1  # type: ignore[arg-type]
    assert kept == one.verify(good, now=1)


def test_a_new_verifier_forgets_everything() -> None:
    """So a key that leaves the set takes its remembered tokens along."""
    signed = token()
    verifier().verify(signed, now=1)

    assert code(verifier(keys=KeySet([Key.generate("ES256")])), signed, 1) == "unknown_key"


@pytest.mark.parametrize("thing", [None, 5, [], {}, b"x"])
def test_what_is_no_text_is_refused_with_a_cache_too(thing: Any) -> None:
    assert code(verifier(), thing, 1) == "malformed_token"


def test_a_token_without_exp_stays_good() -> None:
    one = Verifier(KEY, issuer=None, audience=None, typ=None, require=(), cache=5)
    signed = Signer(KEY).sign({"sub": "42"})

    assert one.verify(signed, now=1) == one.verify(signed, now=10**11) == {"sub": "42"}
