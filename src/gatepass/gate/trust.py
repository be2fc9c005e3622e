"""Whose word counts: from `trust=` to the issuer that a token names."""

from collections.abc import Callable
from typing import Any, Protocol, cast, runtime_checkable

import msgspec

from gatepass.gate.claims import ReadClaims, identity_of
from gatepass.gate.discovery import RemoteIssuer
from gatepass.gate.identity import Identity
from gatepass.gate.introspection import ClientSecret, Introspector
from gatepass.gate.keys import REVALIDATE, FetchedKeys, GivenKeys, HeldKeys, Keys
from gatepass.gate.metrics import Counters
from gatepass.gate.need import KeySource, Known, LiveIssuer, Need, NeedKeys, NeedLive, NeedStatus
from gatepass.gate.status import HeldList, StatusLists
from gatepass.gate.status_source import RemoteList, SigningKeys
from gatepass.gate.strategy import Strategy
from gatepass.http.urls import public_url
from gatepass.jose import Key, KeySet, TokenRefused, Verifier, unverified_claims, unverified_header
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import Misuse, Unavailable
from gatepass.kernel.secret import Secret

VerifierFor = Callable[[str], Callable[[KeySet], Verifier[ReadClaims]]]
"""Makes, for an issuer, what makes verifiers of key sets."""


TellsWho = Callable[[str, str, float, Known, bool], Identity | Need]
"""(token, scheme, now, known, live) → who the token says is asking."""


@runtime_checkable
class AuthServerHere(Protocol):
    """An auth server in this process, as a gate sees it."""

    issuer: str
    session_strategy: Strategy

    async def gate_keys(self) -> KeySet:
        """The keys that sign its access tokens now."""

    async def is_live(self, identity: Identity, /) -> bool:
        """Whether the session behind `identity` has not ended."""


@runtime_checkable
class Recalls(Protocol):
    """An issuer in this process that knows by heart what it took back."""

    def is_revoked(self, *, session: str | None, token_id: str | None) -> bool:
        """Whether the session `sid`, or the one token `jti`, was ended."""


class Revocations(Protocol):
    """Whoever knows which tokens were taken back."""

    def check(self, claims: ReadClaims, now: float, known: Known) -> NeedStatus | None:
        """Let the token pass, or say what must be asked for first.

        Raises:
            TokenRefused: `token_revoked`, or `bad_claim`.
            StatusUnknown: nobody can tell now.
        """


class Ways(msgspec.Struct, frozen=True):
    """What all trusts of a gate have in common.

    Attributes:
        fail_open_for: seconds that a status list serves while it cannot be fetched anew.
        client: what to show the one issuer that is asked about tokens, if one is.
    """

    verifier: VerifierFor
    counters: Counters
    clock: Clock
    fail_open_for: float
    client: ClientSecret | None


class Issuer(msgspec.Struct, frozen=True):
    """An issuer whose keys the service was given.

    Attributes:
        issuer: as it stands in `iss`.
        keys: public keys, or shared secrets.
    """

    issuer: str
    keys: KeySet


class Trust(msgspec.Struct, frozen=True):
    """One issuer and the way to its keys.

    Attributes:
        source: whom to ask for keys; None when they were given.
        server: whom to ask whether a session still stands; None when it is not in this process.
        revocations: what was taken back; None when nobody can tell, or `server` does. The keys
            behind it need not be `keys`: lists are never verified with a secret.
        introspector: whom to ask about a token where a route wants to be certain.
        kinds: which keys it may have: False for key pairs, True for shared secrets.
    """

    issuer: str
    keys: Keys[ReadClaims]
    source: KeySource | None = None
    server: LiveIssuer | None = None
    kinds: frozenset[bool] = frozenset({False})
    revocations: Revocations | None = None
    introspector: Introspector | None = None

    @property
    def tells_live(self) -> bool:
        """Whether it can be known at once that a token was taken back."""
        return self.server is not None or self.introspector is not None or isinstance(self.revocations, Recalled)

    def identity(self, token: str, scheme: str, now: float, known: Known, live: bool) -> Identity | Need:
        """Who `token` says is asking.

        1. Key, signature, type, times, issuer and audience (`jose.Verifier`).
        2. The claims as an identity; a token bound to a key is refused.
        3. It was not taken back, as far as is known here.
        4. An issuer in this process is asked whether the session still stands; one elsewhere
           where that is wanted.

        Raises:
            TokenRefused: the token is not accepted.
            KeysUnavailable, StatusUnknown: nobody can tell now.
        """
        claims = self.keys.claims(token, now, asked=id(self.source) in known.asked)
        if claims is None:
            # Keys that were given never ask.
            return NeedKeys(cast(KeySource, self.source))
        identity = identity_of(claims, token, self.issuer, scheme)
        need = None if self.revocations is None else self.revocations.check(claims, now, known)
        if need is not None:
            return need
        if self.server is None and not live:
            return identity
        asked = self.server if self.introspector is None else self.introspector.of(token)
        if asked is None or known.live:
            return identity
        if known.live is None:
            return NeedLive(asked, identity)
        raise TokenRefused("token_revoked")


class Trusted:
    """All issuers a gate listens to.

    Attributes:
        identity: `Trust.identity` of the issuer that a token names.

    Raises:
        Misuse: two of them cannot be told apart.
    """

    def __init__(self, trusts: list[Trust]) -> None:
        self.trusts = tuple(trusts)
        self._by_name: dict[tuple[str, bool], Trust] = {}
        for trust in trusts:
            for kind in trust.kinds:
                if self._by_name.setdefault((trust.issuer, kind), trust) is not trust:
                    raise Misuse(f"The issuer {trust.issuer} is trusted twice; put its keys in one KeySet.")
        self.identity: TellsWho = trusts[0].identity if len(trusts) == 1 else self._by_issuer

    def _by_issuer(self, token: str, scheme: str, now: float, known: Known, live: bool) -> Identity | Need:
        return self._named(token).identity(token, scheme, now, known, live)

    def _named(self, token: str) -> Trust:
        """The trust to verify with. Nothing is believed yet: a token that names another issuer fails there."""
        issuer = unverified_claims(token).get("iss")
        shared = str(unverified_header(token).get("alg")).startswith("HS")
        trust = self._by_name.get((issuer, shared)) if isinstance(issuer, str) else None
        if trust is None:
            raise TokenRefused("wrong_issuer", "iss")
        return trust


class LocalSource:
    """The keys of an auth server in this process."""

    def __init__(self, server: AuthServerHere, held: HeldKeys[ReadClaims]) -> None:
        self._server = server
        self.held = held

    async def refresh(self, now: float) -> None:
        """See `KeySource`."""
        try:
            self.held.accept(await self._server.gate_keys(), now)
        except Unavailable:
            self.held.fail(now)

    renew = refresh


class GivenSigners:
    """The key pairs among keys that were given: nobody can prove with a shared secret that the issuer signed."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = KeySet(key for key in keys if not key.symmetric)

    def known(self, now: float) -> KeySet:
        """See `SigningKeys`; they do not change."""
        return self._keys

    newest = known


class Recalled:
    """What an issuer in this process took back."""

    def __init__(self, issuer: Recalls) -> None:
        self._is_revoked = issuer.is_revoked

    def check(self, claims: ReadClaims, now: float, known: Known) -> None:
        """See `Revocations`; nothing is ever missing."""
        token_id = claims.jti if isinstance(claims.jti, str) else None
        if self._is_revoked(session=claims.sid, token_id=token_id):
            raise TokenRefused("token_revoked")


def trusts(trust: Any, issuer: str | None, ways: Ways) -> list[Trust]:
    """What `trust=` means.

    Args:
        trust: see `Gate`.
        issuer: who signs with a KeySet or Secret.

    Raises:
        Misuse: it means nothing; `issuer=` is missing or superfluous; `client=` could go to several issuers.
    """
    members = list(trust) if isinstance(trust, (list, tuple)) else [trust]
    if not members:
        raise Misuse("trust= names nobody.")
    unnamed = [member for member in members if isinstance(member, (KeySet, Secret))]
    if bool(unnamed) != (issuer is not None):
        raise Misuse("issuer= says who signs with a KeySet or Secret; every other trust names its issuer itself.")
    if ways.client is not None and sum(isinstance(member, str) for member in members) != 1:
        raise Misuse("client= is shown to the one issuer that trust= names by its URL: name one, not more.")
    found = [_trust(member, issuer or "", ways) for member in members]
    return [_with_lists(one, found, ways) if one.kinds == {True} and one.revocations is None else one for one in found]


def _trust(member: Any, issuer: str, ways: Ways) -> Trust:
    if isinstance(member, str):
        return _remote(member, ways)
    if isinstance(member, Secret):
        return _given(issuer, KeySet([Key.from_secret(member, alg="HS256")]), ways)
    if isinstance(member, KeySet):
        return _given(issuer, member, ways)
    if isinstance(member, AuthServerHere):
        # Asking costs nothing here, so no request is served with keys older than a minute.
        held = HeldKeys(ways.verifier(member.issuer), patience=REVALIDATE)
        return Trust(member.issuer, held, LocalSource(member, held), member)
    if isinstance(getattr(member, "issuer", None), str) and isinstance(getattr(member, "keys", None), KeySet):
        recalled = Recalled(member) if isinstance(member, Recalls) else None
        return _given(member.issuer, member.keys, ways, recalled)
    raise Misuse("trust= is an issuer URL, AuthServer, KeySet, Secret, Issuer or TestIssuer, or a list of these.")


def _remote(url: str, ways: Ways) -> Trust:
    held = HeldKeys(ways.verifier(url))
    try:
        source = RemoteIssuer(url, held, ways.counters)
    except Misuse:
        # The text is not repeated: whoever takes trust= for the place of a secret wrote one here.
        raise Misuse(
            "A text in trust= is always the URL of an issuer: https, or http on loopback, without a query. "
            "A shared secret is Secret.env(…) or Secret(…)."
        ) from None
    asking = None if ways.client is None else Introspector(url, ways.client, ways.counters, ways.clock)
    return Trust(url, held, source, revocations=_lists(url, source, ways), introspector=asking)


def _given(issuer: str, keys: KeySet, ways: Ways, revocations: Revocations | None = None) -> Trust:
    if not issuer:
        raise Misuse("issuer= is empty.")
    kinds = frozenset(key.symmetric for key in keys)
    if not kinds:
        raise Misuse(f"The KeySet of {issuer} has no usable key.")
    given = GivenKeys(ways.verifier(issuer)(keys))
    if revocations is None and False in kinds and _is_public_url(issuer):
        revocations = _lists(issuer, GivenSigners(keys), ways)
    return Trust(issuer, given, kinds=kinds, revocations=revocations)


def _with_lists(secret: Trust, found: list[Trust], ways: Ways) -> Trust:
    """A trust that has secrets only, with a way to what its issuer took back.

    Whoever knows the secret could sign a list with it, and bring back those who were signed
    out. So a list is believed to the issuer's key pairs alone, and a token to the secret alone.

    1. The issuer is trusted for its key pairs as well: what they tell holds for all its tokens.
    2. It has a public URL: its keys are fetched, for lists and nothing else, once a token names one.
    3. Else nobody can tell.
    """
    for one in found:
        if one.issuer == secret.issuer and False in one.kinds:
            return msgspec.structs.replace(secret, server=one.server, revocations=one.revocations)
    if not _is_public_url(secret.issuer):
        return secret
    keys = RemoteIssuer(secret.issuer, FetchedKeys(), ways.counters)
    return msgspec.structs.replace(secret, revocations=_lists(secret.issuer, keys, ways))


def _lists(issuer: str, keys: SigningKeys, ways: Ways) -> StatusLists:
    def source(uri: str) -> RemoteList:
        return RemoteList(uri, issuer, keys, HeldList(ways.fail_open_for), ways.counters)

    return StatusLists(issuer, source, ways.counters)


def _is_public_url(issuer: str) -> bool:
    try:
        public_url(issuer)
    except Misuse:
        return False
    return True
