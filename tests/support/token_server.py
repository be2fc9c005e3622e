"""The part of an auth server that keeps sessions and makes tokens, on a clock that a test moves.

Everything is the real thing but the users, who come through the port that a team
with its own user table implements.
"""

from dataclasses import dataclass, field

from gatepass.jose import Verifier
from gatepass.kernel.ids import new_id
from gatepass.kernel.secret import Secret
from gatepass.server.audit.events import event, recent
from gatepass.server.audit.model import AuditLine, Source
from gatepass.server.budgets import Budgets
from gatepass.server.clients.model import FIRST_PARTY, Audience
from gatepass.server.clients.service import Clients
from gatepass.server.flows.end_sessions import EndSessions
from gatepass.server.flows.list_sessions import ListSessions
from gatepass.server.flows.refresh import Refresh
from gatepass.server.flows.sign_out import SignOut
from gatepass.server.issuing.access import LIFETIME, AccessTokens
from gatepass.server.issuing.status_lists import StatusLists
from gatepass.server.keys.service import KeyRing
from gatepass.server.master import MasterSecret
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.grace import GraceClock
from gatepass.server.sessions.service import Sessions
from gatepass.server.sessions.starting import Started, StartedGrant
from gatepass.server.status.drawing import Drawing
from gatepass.server.status.model import Terms
from gatepass.server.status.reading import Statuses
from gatepass.server.status.tidying import Tidying
from gatepass.server.store import Store
from gatepass.server.users.model import User
from gatepass.tokens.access import AccessClaims

ISSUER = "https://id.example.com"
BANK = "https://bank.example.com"
RETIREMENT = "https://retirement.example.com"
SHOP = "https://shop.example.com"
LAPTOP = Source("192.0.2.7", "Firefox on a laptop", "request-1")
PHONE = Source("198.51.100.9", "Safari on a phone", "request-2")
START = 1_800_000_000
MASTER = Secret(b"a master secret of thirty-two by")


class MovedClock:
    """Seconds since the epoch, as a test says."""

    def __init__(self, at: float = START) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


@dataclass
class Team:
    """A team's own user table, in memory."""

    users: dict[str, User] = field(default_factory=dict)

    async def authenticate(self, identifier: str, password: str) -> User | None:
        """Nobody signs in with a password here."""
        return None

    async def find(self, subject: str) -> User | None:
        """The user as the table has it now."""
        return self.users.get(subject)


class TokenServer:
    """Sessions, clients, keys, tokens and their flows over one store.

    Args:
        store: open, with the schema.
        clock: shared by all parts.
        grace: seconds.
        audiences: declared by the settings.
        shared_secrets: by trust group.
        master: what everything is derived from.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: MovedClock | None = None,
        grace: int = 30,
        audiences: tuple[Audience, ...] = (
            Audience(url=BANK, name="Bank", trust_group="money"),
            Audience(url=RETIREMENT, name="Retirement", trust_group="money", scopes=("pension:read",)),
            Audience(url=SHOP, name="Shop"),
        ),
        shared_secrets: dict[str, Secret] | None = None,
        master: MasterSecret | None = None,
        team: Team | None = None,
    ) -> None:
        self.store = store
        self.clock = clock or MovedClock()
        self.master = master or MasterSecret(MASTER)
        self.team = team or Team()
        self.sessions = Sessions(store, self.master)
        self.drawing = Drawing(store, self.master)
        self.clients = Clients(store, issuer=ISSUER, configured=audiences)
        self.ring = KeyRing(store, self.master, clock=self.clock)
        self.access = AccessTokens(self.ring, issuer=ISSUER, shared_secrets=shared_secrets)
        terms = Terms(LIFETIME)
        self.tidying = Tidying(store, terms)
        self.status_lists = StatusLists(
            Statuses(store), self.ring, issuer=ISSUER, terms=terms, metrics=Metrics(), clock=self.clock
        )
        self.grace = GraceClock(self.sessions, grace)
        self.refresh = Refresh(
            store,
            self.sessions,
            self.clients,
            self.team,
            self.access,
            self.grace,
            Budgets(Metrics(), clock=self.clock),
            clock=self.clock,
        )
        self.sign_out = SignOut(store, self.sessions, clock=self.clock)
        self.end_sessions = EndSessions(store, self.sessions, clock=self.clock)
        self.list_sessions = ListSessions(self.sessions, clock=self.clock)

    @property
    def now(self) -> int:
        """Whole seconds since the epoch."""
        return int(self.clock())

    def person(self, **fields: object) -> User:
        """A user of the team."""
        user = User(**{"subject": new_id(), "scopes": ("email", "pension:read", "profile"), **fields})  # type: ignore[arg-type]
        self.team.users[user.subject] = user
        return user

    async def browser(self, user: User, *, source: Source = LAPTOP) -> Started:
        """Sign in with a cookie."""
        started = self.sessions.starting(user.subject, now=self.now, source=source)
        line = event("session_started", at=self.clock(), source=source, user=user.subject, session=started.session.id)
        await self.store.write(*started.calls, line)
        return started

    async def api(
        self,
        user: User,
        *,
        scope: str = "pension:read profile",
        audiences: tuple[str, ...] = (BANK,),
        source: Source = LAPTOP,
        client_id: str = FIRST_PARTY,
    ) -> StartedGrant:
        """Sign in for tokens."""
        started = self.sessions.starting_grant(
            user.subject,
            client_id=client_id,
            scope=scope,
            audiences=audiences,
            status=await self.drawing.draw(now=self.now),
            now=self.now,
            source=source,
        )
        line = event("session_started", at=self.clock(), source=source, user=user.subject, session=started.session.id)
        await self.store.write(*started.calls, line)
        return started

    async def claims(self, token: str, audience: str = BANK) -> AccessClaims:
        """What a resource server reads in an access token."""
        keys = await self.ring.key_set()
        verifier = Verifier(keys, issuer=ISSUER, audience=audience, typ="at+jwt", claims=AccessClaims)
        return verifier.verify(token, now=self.clock())

    async def audit(self, user: User | None = None) -> list[AuditLine]:
        """All audit lines, oldest first."""
        return list(reversed(await recent(self.store, user=user.subject if user else None, limit=1_000)))

    async def events(self) -> list[str]:
        """The names of all audit lines but those about keys, oldest first."""
        return [line.name for line in await self.audit() if line.name != "key_created"]
