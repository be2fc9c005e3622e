"""What a session, a grant and a refresh family are, and what a refresh may do.

Pure: rows in, values out, `now` is an argument. All times are whole seconds since
the epoch; a limit `…_until` is the first second that is too late.
"""

from dataclasses import dataclass

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One signed-in device.

    Attributes:
        id: database id; neither the cookie secret nor a `sid`.
        user_id: `sub` of the person.
        browser: signed in by cookie; an API sign-in has refresh tokens instead.
        auth_time: when the person showed their credential (OpenID Connect Core section 2).
        amr: how, as RFC 8176 names it, such as `("pwd",)`.
        acr: how strong, None when nothing is promised.
        address, agent: where it was last used from; None after the user was deleted.
        ended_by: why it ended, such as `sign_out`.
    """

    id: str
    user_id: str
    browser: bool
    auth_time: int
    amr: tuple[str, ...]
    acr: str | None
    address: str | None
    agent: str | None
    created_at: int
    last_seen_at: int
    idle_until: int
    absolute_until: int
    ended_at: int | None = None
    ended_by: str | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One client's authorization inside one session.

    Attributes:
        sid: public id of the session for this client (`sid` claim).
        scope: what was granted, space-separated (RFC 6749 section 3.3).
        audiences: for whom tokens may be made.
        status_list, status_idx: the bit that says whether it has ended; None for grants from before there were any.
    """

    id: str
    session_id: str
    user_id: str
    client_id: str
    sid: str
    scope: str
    audiences: tuple[str, ...]
    created_at: int
    ended_at: int | None = None
    ended_by: str | None = None
    status_list: str | None = None
    status_idx: int | None = None


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The refresh tokens of one grant: one row, whose newest token has number `generation`.

    Attributes:
        key_version: version of the master secret that all tokens of the family are made with.
        salt: 16 random bytes, so that no two families make equal tokens.
        rotated_at: when `generation` was made.
    """

    id: str
    grant_id: str
    client_id: str
    generation: int
    key_version: int
    salt: bytes
    rotated_at: int
    idle_until: int
    absolute_until: int
    ended_at: int | None = None


class LiveGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant with its session, both alive when it was read."""

    session: Session
    grant: Grant


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh family with all it hangs on, alive or not."""

    session: Session
    grant: Grant
    family: Family

    @property
    def live(self) -> LiveGrant:
        """What a token is issued for, once the chain was found alive."""
        return LiveGrant(session=self.session, grant=self.grant)


def alive(now: int, session: Session, grant: Grant | None = None, family: Family | None = None) -> bool:
    """Whether a session, or a grant or refresh family inside it, is still good.

    The one liveness function: nothing inside a session outlives it, and whoever asks
    about a part has to show what it hangs on.
    """
    if grant is not None and grant.ended_at is not None:
        return False
    return all(
        part.ended_at is None and now < part.idle_until and now < part.absolute_until
        for part in (session, family)
        if part is not None
    )


@dataclass(frozen=True, slots=True)
class Grace:
    """For how long the answer to a refresh may be asked for again.

    A client may lose an answer, and two tabs may ask at once. While nothing could
    answer, the grace clock stands still: rotations of the last moments before an
    outage are graced from its end on.

    Attributes:
        seconds: length of the grace; 0 means never.
        newest: newest rotation that was known when the store came back.
        resumed: when that was.
    """

    seconds: int
    newest: int
    resumed: int

    def covers(self, rotated_at: int, now: int) -> bool:
        """Whether a token that was replaced at `rotated_at` is still answered at `now`.

        What lies in the future by more than the grace tells of a clock that was set back, and is not graced.
        """
        if abs(now - rotated_at) < self.seconds:
            return True
        return rotated_at >= self.newest - self.seconds and abs(now - self.resumed) < self.seconds


@dataclass(frozen=True, slots=True)
class Rotate:
    """The newest token: replace it by `successor`."""

    successor: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """The token before, within the grace: answer with `successor` again, write nothing."""

    successor: int


@dataclass(frozen=True, slots=True)
class SetBack:
    """A genuine token that the row has not made yet: the database was set back. Go on with `successor`."""

    successor: int


@dataclass(frozen=True, slots=True)
class Reuse:
    """A token that was replaced before: a thief or the victim. End the grant."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Session, grant or family is over."""


Decision = Rotate | Repeat | SetBack | Reuse | Ended


def decide(chain: Chain, presented: int, now: int, grace: Grace) -> Decision:
    """What a genuine refresh token may do, given the row as it was just read.

    Its place in the order of a refresh (`flows/refresh.py`):

    1. size and form of the text (`refresh_token.parse`);
    2. the row; absent: `invalid_grant`;
    3. the MAC, in constant time; wrong: `invalid_grant` and no state change;
    4. the client; not the family's: refused and audited, no state change;
    5. **here**: `Rotate` is tried as one compare-and-swap on the generation;
    6. when the swap finds another generation: read again and come back **here**.
       Ended or expired: `Ended`. The generation before within the grace: `Repeat`.
       A higher generation: `SetBack`. Anything else: `Reuse`.

    Args:
        presented: generation of the token, whose MAC was found good.
        now: seconds since the epoch.
    """
    if not alive(now, chain.session, chain.grant, chain.family):
        return Ended()
    newest = chain.family.generation
    if presented == newest:
        return Rotate(successor=newest + 1)
    if presented > newest:
        return SetBack(successor=presented + 1)
    if presented == newest - 1 and grace.covers(chain.family.rotated_at, now):
        return Repeat(successor=newest)
    return Reuse()
