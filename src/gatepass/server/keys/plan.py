"""What has to happen to a ring of keys at a moment. Pure: rows and time in, steps out.

Every key is published before it signs, signs until the next one does, and verifies
for as long as anything that it signed may live:

    made --- 24 h or more --- activated --- 90 days --- retired --- an hour and more --- gone
         upcoming                       active                retiring

The 24 hours are the setting `key_ahead`.

A step says what it expects by the row it names, and a new key by its number, so of two
plans made from one view at most one is carried out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gatepass.server.keys.errors import KeyConflict
from gatepass.server.keys.model import KeyState, SigningKey

DAY = 86_400
SIGNED_FOR = 3_600
"""Seconds that status lists and ID tokens live at most; access tokens as the settings say."""
CLOCKS_DIFFER = 600
"""Seconds: the largest leeway that a gate can be given."""
SET_KEPT = 300
"""Seconds that a JWK set may be kept by whoever fetched it (its max-age)."""
VIEW_KEPT = 30
"""Seconds after which every node signs with what is written now."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The lengths of a key's life, in seconds.

    Attributes:
        every: how long a key signs before the next one takes over.
        ahead: how long a key is published before it signs.
        after: how long it is published after that.
    """

    every: int = 90 * DAY
    ahead: int = DAY
    after: int = SIGNED_FOR + CLOCKS_DIFFER + SET_KEPT + VIEW_KEPT

    @classmethod
    def outliving(cls, lifetime: int, *, ahead: int = DAY) -> "Schedule":
        """The usual one, for tokens of `lifetime` seconds: none of them outlives its key."""
        return cls(ahead=ahead, after=max(lifetime, SIGNED_FOR) + CLOCKS_DIFFER + SET_KEPT + VIEW_KEPT)


@dataclass(frozen=True, slots=True)
class Make:
    """Make a key and publish it; if `active`, it signs at once."""

    alg: str
    number: int
    active: bool = False


@dataclass(frozen=True, slots=True)
class Activate:
    """Let a key sign from now on."""

    key: SigningKey


@dataclass(frozen=True, slots=True)
class Retire:
    """Let a key sign no more; what it signed is good for `after` seconds."""

    key: SigningKey
    after: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take a key and everything that it signed out of the world, and drop its private half."""

    key: SigningKey


@dataclass(frozen=True, slots=True)
class Drop:
    """Drop the private half of a key that is gone."""

    key: SigningKey


Step = Make | Activate | Retire | Revoke | Drop


def due(keys: Sequence[SigningKey], algs: Collection[str], now: int, schedule: Schedule) -> list[Step]:
    """What time has brought: rotation, missing keys, private halves that nobody needs.

    Args:
        algs: algorithms that the ring signs with. A key of another one, left by a change of the
            settings, retires at the end of its term, and nothing follows it.
    """
    steps: list[Step] = [Drop(key) for key in keys if key.kept and key.state(now) == "gone"]
    for alg in dict.fromkeys([*algs, *(key.alg for key in keys)]):
        if alg not in algs:
            steps += [Retire(key, schedule.after) for key in _in(keys, alg, "active", now) if _ends(key, now, schedule)]
        elif missing := lacking(keys, alg, now):
            steps += missing
        elif _rotates(keys, alg, now, schedule):
            steps += rotation(keys, alg, now, schedule)
    return steps


def lacking(keys: Sequence[SigningKey], alg: str, now: int, *, without: Collection[SigningKey] = ()) -> list[Step]:
    """What makes one key sign, and another one stand by.

    Args:
        without: keys that do not count any more.
    """
    active = [key for key in _in(keys, alg, "active", now) if key not in without]
    upcoming = [key for key in _in(keys, alg, "upcoming", now) if key not in without]
    number = _next_number(keys, alg)
    steps: list[Step] = []
    if not active and upcoming:
        steps.append(Activate(upcoming.pop(0)))
    elif not active:
        steps.append(Make(alg, number, active=True))
        number += 1
    if not upcoming:
        steps.append(Make(alg, number))
    return steps


def rotation(keys: Sequence[SigningKey], alg: str, now: int, schedule: Schedule) -> list[Step]:
    """The published key signs from now on, and another one stands by.

    Raises:
        KeyConflict: `key_not_ready`: no key has been published for long enough.
    """
    standby = next(iter(_in(keys, alg, "upcoming", now)), None)
    if standby is None or not _ready(standby, now, schedule):
        ready_at = standby.publish_at + schedule.ahead if standby is not None else None
        raise KeyConflict("key_not_ready", alg=alg, ready_at=ready_at)
    before = _in(keys, alg, "active", now)
    return [*(Retire(key, schedule.after) for key in before), *lacking(keys, alg, now, without=before)]


def revocation(keys: Sequence[SigningKey], kid: str, algs: Collection[str], now: int) -> list[Step]:
    """A key that somebody else may have is gone at once, and what it leaves open is closed.

    The one that stands by takes over, however short it has been published: gates that do not
    know it yet ask for it.

    Raises:
        KeyConflict: `key_unknown` or `key_gone`.
    """
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise KeyConflict("key_unknown")
    if key.state(now) == "gone":
        raise KeyConflict("key_gone")
    return [Revoke(key), *(lacking(keys, key.alg, now, without=[key]) if key.alg in algs else ())]


def preparation(keys: Sequence[SigningKey], alg: str, now: int) -> list[Step]:
    """A key of another algorithm is published, ahead of a change of the settings.

    Raises:
        KeyConflict: `key_exists`: one stands by already.
    """
    if _in(keys, alg, "upcoming", now):
        raise KeyConflict("key_exists", alg=alg)
    return [Make(alg, _next_number(keys, alg))]


def _next_number(keys: Sequence[SigningKey], alg: str) -> int:
    return max((key.number for key in keys if key.alg == alg), default=0) + 1


def _in(keys: Sequence[SigningKey], alg: str, state: KeyState, now: int) -> list[SigningKey]:
    found = [key for key in keys if key.alg == alg and key.kept and key.state(now) == state]
    return sorted(found, key=lambda key: key.number)


def _rotates(keys: Sequence[SigningKey], alg: str, now: int, schedule: Schedule) -> bool:
    standby = _in(keys, alg, "upcoming", now)[0]  # there is one: nothing is lacking
    return _ready(standby, now, schedule) and all(_ends(key, now, schedule) for key in _in(keys, alg, "active", now))


def _ready(key: SigningKey, now: int, schedule: Schedule) -> bool:
    return key.publish_at + schedule.ahead <= now


def _ends(key: SigningKey, now: int, schedule: Schedule) -> bool:
    return (key.activate_at or 0) + schedule.every <= now
