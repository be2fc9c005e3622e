"""What has to happen to a ring of keys, as a function of its rows and the time."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.keys.errors import KeyConflict
from gatepass.server.keys.model import SigningKey, signing
from gatepass.server.keys.plan import (
    Activate,
    Drop,
    Make,
    Retire,
    Revoke,
    Schedule,
    Step,
    due,
    lacking,
    preparation,
    revocation,
    rotation,
)

TERM = Schedule(every=900, ahead=100, after=50)
ALG = "ES256"


def key(kid: str, number: int = 1, **more: Any) -> SigningKey:
    fields = {"alg": ALG, "publish_at": 0, **more}
    return SigningKey(kid=kid, use="sig", number=number, public_jwk={}, key_version=1, created_at=0, **fields)


def told(steps: list[Step]) -> list[str]:
    return [f"make {s.alg} {s.number}" + " active" * s.active if isinstance(s, Make) else _named(s) for s in steps]


def _named(step: Activate | Retire | Revoke | Drop) -> str:
    return f"{type(step).__name__.lower()} {step.key.kid}"


OLD = key("old", 1, activate_at=0)
NEXT = key("next", 2, publish_at=0)
YOUNG = key("young", 2, publish_at=850)

DUE: list[tuple[str, list[SigningKey], int, list[str]]] = [
    ("a first start makes the key that signs and the one after it", [], 0, ["make ES256 1 active", "make ES256 2"]),
    ("there is always one upcoming key", [OLD], 1, ["make ES256 2"]),
    ("nothing is to be done before the end of the term", [OLD, NEXT], 899, []),
    ("then the next key signs, and one stands by", [OLD, NEXT], 900, ["retire old", "activate next", "make ES256 3"]),
    ("a key is not activated before it was published for long enough", [OLD, YOUNG], 949, []),
    ("but as soon as it was", [OLD, YOUNG], 950, ["retire old", "activate young", "make ES256 3"]),
    ("a retiring key is left alone", [key("was", 1, activate_at=0, retire_at=5, gone_at=55), OLD, NEXT], 54, []),
    (
        "a private half is dropped when its key is gone",
        [key("was", 0, activate_at=0, retire_at=5, gone_at=55), OLD, NEXT],
        55,
        ["drop was"],
    ),
    ("and only once", [key("was", 0, activate_at=0, gone_at=55, kept=False), OLD, NEXT], 99, []),
    (
        "of two that are active, because clocks differed, both retire",
        [OLD, key("late", 3, activate_at=0), NEXT],
        900,
        ["retire old", "retire late", "activate next", "make ES256 4"],
    ),
    ("where none is active the next one signs", [NEXT], 1, ["activate next", "make ES256 3"]),
    (
        "the key of another algorithm, left by a change of the settings, is left alone",
        [OLD, NEXT, key("rsa", 1, alg="RS256", activate_at=0)],
        899,
        [],
    ),
    (
        "until its term ends, and nothing follows it",
        [OLD, NEXT, key("rsa", 1, alg="RS256", activate_at=0), key("later", 2, alg="RS256")],
        900,
        ["retire old", "activate next", "make ES256 3", "retire rsa"],
    ),
]


@pytest.mark.parametrize(("rule", "keys", "now", "steps"), DUE, ids=[rule for rule, *_ in DUE])
def test_time_brings(rule: str, keys: list[SigningKey], now: int, steps: list[str]) -> None:
    assert told(due(keys, (ALG,), now, TERM)) == steps, rule


def test_the_ring_keeps_a_pair_of_each_algorithm() -> None:
    """Access tokens and status lists are one, ID tokens the other."""
    steps = told(due([OLD, NEXT], (ALG, "RS256"), 1, TERM))
    assert steps == ["make RS256 1 active", "make RS256 2"]


def test_a_retiring_key_outlives_everything_that_it_signed() -> None:
    """Access lifetime, status lists, leeway, the age of a cached key set and of a node's view, one after another."""
    assert Schedule.outliving(300).after == 3600 + 600 + 300 + 30
    assert Schedule.outliving(7200).after == 7200 + 600 + 300 + 30
    assert (Schedule().every, Schedule().ahead) == (90 * 86_400, 86_400)
    assert (Schedule.outliving(300).ahead, Schedule.outliving(300, ahead=0).ahead) == (86_400, 0)


def test_an_operator_rotates_before_the_term_ends() -> None:
    assert told(rotation([OLD, NEXT], ALG, 100, TERM)) == ["retire old", "activate next", "make ES256 3"]


@pytest.mark.parametrize(("keys", "ready_at"), [([OLD, YOUNG], 950), ([OLD], None), ([], None)])
def test_an_operator_does_not_rotate_to_a_key_that_was_published_too_short(
    keys: list[SigningKey], ready_at: int | None
) -> None:
    """And is told when it will be ready."""
    with pytest.raises(KeyConflict) as caught:
        rotation(keys, ALG, 949, TERM)
    assert (caught.value.code, caught.value.ready_at) == ("key_not_ready", ready_at)


REVOKED: list[tuple[str, str, list[SigningKey], list[str]]] = [
    ("the active: the standby signs at once", "old", [OLD, YOUNG], ["revoke old", "activate young", "make ES256 3"]),
    ("the active, alone: a new one signs", "old", [OLD], ["revoke old", "make ES256 2 active", "make ES256 3"]),
    ("the standby: there is another one", "next", [OLD, NEXT], ["revoke next", "make ES256 3"]),
    (
        "a retiring one: nothing else",
        "was",
        [key("was", 0, activate_at=0, retire_at=1, gone_at=2000), OLD, NEXT],
        ["revoke was"],
    ),
    ("one of an algorithm that nobody signs with", "rsa", [key("rsa", alg="RS256", activate_at=0)], ["revoke rsa"]),
]


@pytest.mark.parametrize(("rule", "kid", "keys", "steps"), REVOKED, ids=[rule for rule, *_ in REVOKED])
def test_a_key_is_revoked(rule: str, kid: str, keys: list[SigningKey], steps: list[str]) -> None:
    assert told(revocation(keys, kid, (ALG,), 900)) == steps, rule


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (lambda: revocation([OLD], "other", (ALG,), 0), "key_unknown"),
        (lambda: revocation([key("was", activate_at=0, gone_at=5)], "was", (ALG,), 5), "key_gone"),
        (lambda: preparation([OLD, NEXT], ALG, 0), "key_exists"),
    ],
)
def test_what_cannot_be_is_refused(plan: Callable[[], list[Step]], code: str) -> None:
    with pytest.raises(KeyConflict) as caught:
        plan()
    assert caught.value.code == code


def test_a_key_of_another_algorithm_is_published_ahead_of_a_change_of_the_settings() -> None:
    """It does not sign; the change itself finds it and lets it."""
    assert told(preparation([OLD, NEXT], "Ed25519", 0)) == ["make Ed25519 1"]
    assert told(lacking([key("k", alg="Ed25519")], "Ed25519", 200)) == ["activate k", "make Ed25519 2"]


def _carried_out(keys: list[SigningKey], steps: list[Step], now: int) -> list[SigningKey]:
    """The rows after a plan, without a database."""
    rows = {one.kid: one for one in keys}
    for step in steps:
        if isinstance(step, Make):
            made = key(f"k{step.number}", step.number, publish_at=now, activate_at=now if step.active else None)
            rows[made.kid] = made
            continue
        changes: dict[type, dict[str, Any]] = {
            Activate: {"activate_at": now},
            Retire: {"retire_at": now, "gone_at": now + TERM.after},
            Revoke: {"gone_at": now, "kept": False},
            Drop: {"kept": False},
        }
        before = rows[step.key.kid]
        rows[before.kid] = msgspec.structs.replace(before, **changes[type(step)])
    return list(rows.values())


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["tend", "rotate", "revoke"])), max_size=40))
def test_through_any_history_one_key_signs_and_one_stands_by(history: list[tuple[int, str]]) -> None:
    """And but for a revocation no key signs that was not published for long enough before."""
    now = 0
    keys = _carried_out([], due([], (ALG,), 0, TERM), 0)
    for seconds, act in history:
        now += seconds
        before = signing(keys, ALG, now)
        assert before is not None
        steps: list[Step] = []
        if act == "revoke":
            steps = revocation(keys, before.kid, (ALG,), now)
        elif act == "rotate":
            with suppress(KeyConflict):
                steps = rotation(keys, ALG, now, TERM)
        keys = _carried_out(keys, steps or due(keys, (ALG,), now, TERM), now)
        after = signing(keys, ALG, now)
        assert after is not None
        assert [one.state(now) for one in keys if one.kept].count("active") == 1
        assert [one.state(now) for one in keys if one.kept].count("upcoming") == 1
        if act != "revoke" and after != before:
            assert after.publish_at + TERM.ahead <= now
            [was] = [one for one in keys if one.kid == before.kid]
            assert was.gone_at == now + TERM.after
        numbers = [one.number for one in keys]
        assert len(numbers) == len(set(numbers))
