"""The part of an auth server that knows people: its flows over one store, with the clock in hand."""

from dataclasses import dataclass

from gatepass.server.audit.events import recent
from gatepass.server.audit.model import AuditLine, Source
from gatepass.server.budgets import Budgets
from gatepass.server.clients.model import Audience
from gatepass.server.clients.service import Clients
from gatepass.server.flows.change_password import ChangePassword
from gatepass.server.flows.delete_user import DeleteUser
from gatepass.server.flows.disable_user import DisableUser
from gatepass.server.flows.grant_scope import GrantScope
from gatepass.server.flows.import_users import ImportUsers
from gatepass.server.flows.refusals import Refusals
from gatepass.server.flows.register import Register
from gatepass.server.flows.sign_in import BrowserSignIn, SignIn
from gatepass.server.flows.update_profile import UpdateProfile
from gatepass.server.issuing.access import AccessTokens
from gatepass.server.keys.service import KeyRing
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.model import Session
from gatepass.server.sessions.service import PER_USER, Sessions
from gatepass.server.status.drawing import Drawing
from gatepass.server.store import Store
from gatepass.server.users.devices import Devices
from gatepass.server.users.recognition import SignInSource
from gatepass.server.users.throttle import Throttle
from tests.support.people import MASTER, PASSWORD, People, people

ISSUER = "https://id.example.com"
BANK = "https://bank.example.com"
HOME = Source("192.0.2.7", "Firefox at home", "request-1")
WORK = Source("198.51.100.9", "Safari at work", "request-2")


@dataclass
class Accounts:
    """Everything a flow about people needs."""

    people: People
    store: Store
    throttle: Throttle
    sessions: Sessions
    ring: KeyRing
    refusals: Refusals
    sign_in: SignIn
    register: Register
    change_password: ChangePassword
    update_profile: UpdateProfile
    delete_user: DeleteUser
    disable_user: DisableUser
    grant_scope: GrantScope
    import_users: ImportUsers

    @property
    def now(self) -> int:
        return int(self.people.time.now())

    async def browser(self, identifier: str = "anna", source: Source = HOME, **cookies: str) -> BrowserSignIn:
        """Sign in with `PASSWORD`."""
        return await self.sign_in.browser(identifier, PASSWORD, source, **cookies)

    async def session(self, secret: str) -> Session | None:
        """The live session behind a cookie."""
        return await self.sessions.by_secret(secret, now=self.now)

    async def lines(self, subject: str | None = None) -> list[AuditLine]:
        """What the audit says about people, oldest first."""
        found = await recent(self.store, user=subject)
        return [line for line in reversed(found) if line.name != "key_created"]

    async def names(self, subject: str | None = None) -> list[str]:
        """The names of the audit lines, oldest first."""
        return [line.name for line in await self.lines(subject)]

    async def close(self) -> None:
        await self.people.queue.close()


def accounts(store: Store, *, users: SignInSource | None = None, per_user: int = PER_USER) -> Accounts:
    """All flows about people on `store`; sign-in asks `users`, or our own."""
    room = people(store)
    clock, own = room.time.now, room.users
    throttle = Throttle(MASTER, Devices(MASTER, clock=clock), Budgets(Metrics(), clock=room.time.ticks))
    sessions, refusals = Sessions(store, MASTER, per_user=per_user), Refusals(store)
    clients = Clients(store, issuer=ISSUER, configured=[Audience(url=BANK, name="Bank", scopes=("pension:read",))])
    ring = KeyRing(store, MASTER, clock=clock)
    access, drawing = AccessTokens(ring, issuer=ISSUER), Drawing(store, MASTER)
    passwords = ChangePassword(store, own, throttle, sessions, clock=clock)
    return Accounts(
        people=room,
        store=store,
        throttle=throttle,
        sessions=sessions,
        ring=ring,
        refusals=refusals,
        sign_in=SignIn(store, users or own, throttle, refusals, sessions, drawing, clients, access, clock=clock),
        register=Register(store, own, throttle, clock=clock),
        change_password=passwords,
        update_profile=UpdateProfile(store, own, throttle, clock=clock),
        delete_user=DeleteUser(store, own, sessions, passwords, clock=clock),
        disable_user=DisableUser(store, own, sessions, clock=clock),
        grant_scope=GrantScope(store, own, clock=clock),
        import_users=ImportUsers(store, own, room.queue, clock=clock),
    )
