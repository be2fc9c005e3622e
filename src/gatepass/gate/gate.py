"""The gate: one decision per request, without I/O, and the async shell around it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from inspect import iscoroutinefunction
from typing import Any, TypeVar, Unpack

from gatepass.gate.claims import ReadClaims, read_type, required_claims
from gatepass.gate.doors import Door, ask, session_door, shown_door, strategy_door, token_door
from gatepass.gate.identity import Identity
from gatepass.gate.introspection import ClientSecret
from gatepass.gate.metrics import Counters, Metrics
from gatepass.gate.navigation import LoginPage
from gatepass.gate.need import NOTHING, Known, Need, NeedAnswer, NeedBody, NeedKeys, NeedLive, NeedStatus
from gatepass.gate.requirement import PERSON, Asked, Requirement, decide
from gatepass.gate.status import StatusLists
from gatepass.gate.strategies import BearerToken, ServerSession, TokenCarrier, TokenCookie
from gatepass.gate.strategies.cookie import SiteCookie, view_of
from gatepass.gate.strategy import Strategy
from gatepass.gate.trust import AuthServerHere, Trusted, VerifierFor, Ways, trusts
from gatepass.gate.wire import body_of
from gatepass.http.answers import Answer, refusal_answer
from gatepass.http.refusals import AccessRefused, RequestRefused
from gatepass.http.urls import origin_of, public_url
from gatepass.http.view import RequestView
from gatepass.jose import KeySet, Verifier
from gatepass.kernel import clock
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import GatepassError, Misuse
from gatepass.tokens.access import TYP

CACHED_TOKENS = 2_048
"""Verified tokens that are remembered per issuer and key set."""

Accepted = TokenCarrier | ServerSession | Strategy
ReadBody = Callable[[], Awaitable[bytes]]
T = TypeVar("T")


class Gate:
    """Lets the right people into a service. Framework adapters build on it.

        gate = Gate(trust="https://id.example.com", audience="https://shop.example.com")

    Args:
        trust: whose word counts: an issuer URL (its keys are fetched; a text is never a
            secret), an `AuthServer` in this process, a `KeySet` or a `Secret` (HS256) with
            `issuer=`, an `Issuer`, a `TestIssuer`, or a list of these. Only a gate whose
            `accept=` lists no place for tokens needs nobody's word. Beside a Secret, an issuer
            with a public URL is asked for its status lists and the keys that sign them.
        audience: this service, as tokens name it (`aud`); several names if it has several.
        issuer: who signs with the KeySet or Secret.
        accept: where a credential may come from; the first one present decides. Without it:
            `BearerToken()`, `TokenCookie()` if the public URL is known, and the sessions of an
            `AuthServer` in this process.
        typ: the `typ` header tokens must have; `at+jwt` (RFC 9068) is told apart from every
            other JWT. `"JWT"`, or None for any, is for issuers without that profile.
        url: public URL of this service: decides name and flags of cookies, and its origin may
            change things with them. Without it: the first audience that is such a URL.
        origins: further origins of the service's own pages.
        login_url: where a person who must sign in is sent, with `?next=`; a local path or a URL.
        leeway: seconds that the issuer's clock may differ.
        fail_open_for: how long tokens are still accepted, seconds or a text such as `60s`, while the issuer
            cannot be asked whom it signed out. After that every such request is answered with 503.
        client: what this service shows the issuer to ask about single tokens, for routes with `live=True`.
        clock: reads the time.

    Raises:
        Misuse: a setting is missing, contradicts another or cannot be read.
    """

    def __init__(
        self,
        *,
        trust: Any = None,
        audience: str | Sequence[str] | None = None,
        issuer: str | None = None,
        accept: Iterable[Accepted] | None = None,
        typ: str | None = TYP,
        url: str | None = None,
        origins: Iterable[str] = (),
        login_url: str | None = None,
        leeway: int = 0,
        fail_open_for: str | int = "60s",
        client: ClientSecret | None = None,
        clock: clock.Clock = clock.now,
    ) -> None:
        named = None if accept is None else _listed("accept", accept)
        tokens = trust is not None or named is None or any(isinstance(one, TokenCarrier) for one in named)
        audiences = _audiences(audience) if tokens or audience is not None else ()
        self.url = public_url(url) if url is not None else _first_url(audiences)
        self._origins = _origins(self.url, origins)
        self._login = None if login_url is None else LoginPage(login_url)
        self._clock = clock
        self._counters = Counters()
        if client is not None and not isinstance(client, ClientSecret):
            raise Misuse("client= is a ClientSecret: the id and the secret that the issuer gave to this service.")
        ways = Ways(_verifiers(audiences, typ, leeway), self._counters, clock, seconds(fail_open_for), client)
        self._trusted = Trusted(trusts(trust, issuer, ways) if tokens else [])
        self._sources = [trust.source for trust in self._trusted.trusts if trust.source is not None]
        told = dict.fromkeys(trust.revocations for trust in self._trusted.trusts)
        self._lists = [lists for lists in told if isinstance(lists, StatusLists)]
        self.accept = self._default_accept(trust) if named is None else named
        self._doors = tuple(self._door(accepted) for accepted in self.accept)
        if not self._doors:
            raise Misuse("accept= names no place where a credential may come from.")

    def check(
        self,
        view: RequestView,
        requirement: Requirement = PERSON,
        *,
        now: float,
        known: Known = NOTHING,
        doors: Iterable[Door] | None = None,
    ) -> Identity | Need:
        """Decide about one request, without I/O.

        1. The first credential present decides, and its refusal is final. One that a
           browser sends by itself must come from our own pages to change anything.
        2. The credential names somebody: a token (RFC 9068 section 4), a session, or what
           a strategy says.
        3. The route's requirement (RFC 6750 section 3.1, RFC 9470 section 3).

        Args:
            view: the request.
            requirement: made by `requirement`.
            now: seconds since the epoch.
            known: what a shell has found out for this request.
            doors: where to look for a credential; where `accept=` says unless given.

        Returns:
            Who is asking, or what must be found out first.

        Raises:
            Refused: the answer is no.
            Unavailable: nobody can tell now.
        """
        found: Identity | Need | None = None
        for door in self._doors if doors is None else doors:
            found = door(view, now, known, requirement.live)
            if found is not None:
                break
        if found is None:
            raise AccessRefused("credential_required")
        if isinstance(found, Identity):
            decide(found, requirement, now)
        elif isinstance(found, NeedLive):
            # Nobody is asked about what is refused in any case.
            decide(found.identity, requirement, now)
        return found

    async def identify(self, shown: Any, **words: Unpack[Asked]) -> Identity:
        """Who is asking, decided now: once more for a request, or for a token that came by another way.

        A WebSocket outlives the decision about its handshake. Ask again from time to time,
        because tokens expire and are taken back, and about the next token that its client
        shows in a message.

        Args:
            shown: the request or WebSocket (anything with an ASGI `scope`), or the text of a token.
            words: what is asked, as in `requirement`; nothing asks for a person.

        Raises:
            Refused: the answer is no.
            Unavailable: nobody can tell now.
            Misuse: `shown` is neither, or a word cannot be read.
        """
        requirement = self.requirement(**words)
        if isinstance(shown, str):
            return await self.admit(RequestView(), requirement, doors=[shown_door(shown, self._trusted)])
        return await self.admit(view_of(shown), requirement, lambda: body_of(shown))

    async def admit(
        self,
        view: RequestView,
        requirement: Requirement = PERSON,
        read_body: ReadBody | None = None,
        doors: Iterable[Door] | None = None,
    ) -> Identity:
        """`check`, with what it needs found out on the way.

        Args:
            read_body: reads the body of the request, bounded, so that the route can read it again.
            doors: as in `check`.

        Raises:
            Refused: the answer is no.
            Unavailable: nobody can tell now.
        """
        now, known = self._clock(), NOTHING
        try:
            while not isinstance(found := self.check(view, requirement, now=now, known=known, doors=doors), Identity):
                known = known if known is not NOTHING else Known()
                if isinstance(found, NeedBody):
                    view = view.with_body(await read_body() if read_body else b"")
                else:
                    await self._find_out(found, view, known, now)
                now = self._clock()
        except GatepassError as error:
            self._counters.refused(error.code)
            raise
        for source in self._sources:
            if source.held.due(now):
                await source.renew(now)
        for lists in self._lists:
            if lists.due:
                await lists.renew(now)
        self._counters.accepted += 1
        return found

    async def _find_out(
        self, need: NeedKeys | NeedStatus | NeedAnswer | NeedLive, view: RequestView, known: Known, now: float
    ) -> None:
        match need:
            case NeedKeys(source) | NeedStatus(source):
                await source.refresh(now)
                known.asked.add(id(source))
            case NeedAnswer(strategy):
                known.answers[id(strategy)] = await ask(strategy, view)
            case NeedLive(issuer, identity):
                # None would mean that nobody was asked, and the question would be put again for ever.
                known.live = bool(await issuer.is_live(identity))

    def requirement(self, **words: Unpack[Asked]) -> Requirement:
        """What a route asks, in the words of `Requirement.of`.

        Raises:
            Misuse: a word cannot be read, or asks for what the trust cannot tell.
        """
        made = Requirement.of(**words)
        if made.live and not all(trust.tells_live for trust in self._trusted.trusts):
            raise Misuse(
                "live=True asks the issuer about each token: that needs client=ClientSecret(id, secret) and the URL "
                "of the issuer in trust=, or an AuthServer in this process."
            )
        return made

    def metrics(self) -> Metrics:
        """What this gate has done until now: counters of requests and fetches, ages of status lists.

        refused = gate.metrics().refused.get("token_revoked", 0)
        """
        now = self._clock()
        ages = {uri: age for lists in self._lists for uri, age in lists.ages(now).items()}
        return self._counters.metrics(sum(trust.keys.remembered for trust in self._trusted.trusts), ages)

    def answer(self, error: GatepassError, view: RequestView) -> Answer:
        """The HTTP answer to a request that `check` did not let in.

        A person who only has to sign in is sent to the sign-in page, everybody else
        gets the error as JSON.
        """
        try:
            redirect = self._login.redirect(view) if self._login is not None and error.status == 401 else None
        except RequestRefused as malformed:
            return refusal_answer(malformed)
        return redirect or refusal_answer(error)

    def _default_accept(self, trust: Any) -> tuple[Accepted, ...]:
        members = trust if isinstance(trust, (list, tuple)) else [trust]
        here = [member.session_strategy for member in members if isinstance(member, AuthServerHere)]
        return (BearerToken(), *([TokenCookie()] if self.url else []), *here)

    def _door(self, accepted: Accepted) -> Door:
        cookie = getattr(accepted, "cookie", None)
        if isinstance(cookie, SiteCookie) and self.url is not None:
            cookie.bind(self.url)
        if isinstance(cookie, SiteCookie) and not cookie.bound:
            raise Misuse("A gate that accepts cookies needs the public URL of the service: say url=.")
        if isinstance(accepted, ServerSession):
            return session_door(accepted, self._origins)
        if isinstance(accepted, TokenCarrier) and not isinstance(accepted, type):
            return token_door(accepted, self._trusted, self._origins)
        if isinstance(accepted, Strategy) and not isinstance(accepted, type):
            if not (iscoroutinefunction(accepted) or iscoroutinefunction(accepted.__call__)):
                raise Misuse(f"The strategy {accepted.scheme} is not async: write `async def __call__`.")
            return strategy_door(accepted, self._origins)
        raise Misuse("accept= lists strategies: objects (not classes) with a scheme, called with the request.")


def _verifiers(audiences: Sequence[str], typ: str | None, leeway: int) -> VerifierFor:
    """Makers of verifiers that differ in the issuer and its keys only."""

    def for_issuer(issuer: str) -> Callable[[KeySet], Verifier[ReadClaims]]:
        return lambda keys: Verifier(
            keys,
            issuer=issuer,
            audience=audiences,
            typ=typ,
            require=required_claims(typ),
            leeway=leeway,
            claims=read_type(typ),
            cache=CACHED_TOKENS,
        )

    return for_issuer


def _audiences(audience: str | Sequence[str] | None) -> tuple[str, ...]:
    found = (audience,) if isinstance(audience, str) else _listed("audience", audience or ())
    if not found or not all(isinstance(name, str) and name for name in found):
        raise Misuse("audience= names this service as tokens name it; without it, tokens for others would pass.")
    return found


def _first_url(audiences: Sequence[str]) -> str | None:
    """The first audience that is a public URL; other audiences are only names."""
    for audience in audiences:
        try:
            return public_url(audience)
        except Misuse:
            continue
    return None


def _origins(url: str | None, origins: Iterable[str]) -> frozenset[str]:
    return frozenset(origin_of(one) for one in (*([url] if url else []), *_listed("origins", origins)))


def _listed(name: str, values: Iterable[T]) -> tuple[T, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise Misuse(f"{name}= is a list.")
    return tuple(values)
