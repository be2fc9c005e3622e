"""The use cases of one auth server, put together from its settings. No I/O happens while they are."""

import platform
from dataclasses import dataclass

from gatepass.gate.errors import KeysUnavailable
from gatepass.kernel.clock import Clock
from gatepass.kernel.errors import Unavailable
from gatepass.server.budgets import Budgets, Cache
from gatepass.server.clients.confidential import ConfidentialClients
from gatepass.server.clients.model import Audience
from gatepass.server.clients.service import Clients
from gatepass.server.flows.change_password import ChangePassword
from gatepass.server.flows.delete_user import DeleteUser
from gatepass.server.flows.disable_user import DisableUser
from gatepass.server.flows.end_sessions import EndSessions
from gatepass.server.flows.grant_scope import GrantScope
from gatepass.server.flows.import_users import ImportUsers
from gatepass.server.flows.list_sessions import ListSessions
from gatepass.server.flows.purge import Purge
from gatepass.server.flows.refresh import Refresh
from gatepass.server.flows.refusals import Refusals
from gatepass.server.flows.register import Register
from gatepass.server.flows.revoke_grant import RevokeGrant
from gatepass.server.flows.sign_in import SignIn
from gatepass.server.flows.sign_out import SignOut
from gatepass.server.flows.update_profile import UpdateProfile
from gatepass.server.housekeeping import Housekeeping, Job
from gatepass.server.issuing.access import AccessTokens
from gatepass.server.issuing.status_lists import StatusLists
from gatepass.server.keys import figures as key_figures
from gatepass.server.keys.keeper import KeyKeeper
from gatepass.server.keys.plan import Schedule
from gatepass.server.keys.service import KeyRing
from gatepass.server.leases.service import Leases
from gatepass.server.master import MasterSecret
from gatepass.server.metrics import Metrics
from gatepass.server.oauth.client_authentication import ClientAuthentication
from gatepass.server.oauth.introspection import Introspection
from gatepass.server.oauth.own_tokens import OwnTokens
from gatepass.server.oauth.revocation import Revocation
from gatepass.server.oauth.throttle import ClientThrottle
from gatepass.server.sessions.grace import GraceClock
from gatepass.server.sessions.service import Sessions
from gatepass.server.settings import Settings
from gatepass.server.status.drawing import Drawing
from gatepass.server.status.model import Terms
from gatepass.server.status.reading import Statuses
from gatepass.server.status.tidying import Tidying
from gatepass.server.store import Store
from gatepass.server.users.devices import Devices
from gatepass.server.users.passwords import PasswordPolicy
from gatepass.server.users.queue import HashQueue
from gatepass.server.users.recognition import SignInSource
from gatepass.server.users.service import Users
from gatepass.server.users.throttle import Throttle
from gatepass.tokens.sessions import SessionLimits
from gatepass.version import __version__

KEYS_SEEN_EVERY = 0.5
"""Seconds after which a process looks for keys that a command or another node has changed."""
KEYS_TENDED_EVERY = 60.0
"""Seconds after which one process looks whether keys have to be made, rotated or dropped."""
HASHES_MEASURED_EVERY = 600.0
"""Seconds after which a process measures again how long a password hash takes on its machine."""
STATUSES_FREED_EVERY = 60.0
"""Seconds after which one process takes back the status indexes of grants that are over."""
PURGED_EVERY = 300.0
"""Seconds after which one process deletes what has been over for a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUsers:
    """What only our own table of users can do; a team's own table has its own ways."""

    users: Users
    queue: HashQueue
    register: Register
    update_profile: UpdateProfile
    change_password: ChangePassword
    delete_user: DeleteUser
    disable_user: DisableUser
    grant_scope: GrantScope
    import_users: ImportUsers


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every use case of one server, and the rooms behind them.

    Attributes:
        users: who is asked for users: ours, or a team's own.
        own: None with a team's own users.
        housekeeping: what a serving process does by itself; whoever serves starts it.
        metrics: what this process has counted.
        budgets: count who tries too often.
    """

    store: Store
    metrics: Metrics
    budgets: Budgets
    housekeeping: Housekeeping
    ring: KeyRing
    keeper: KeyKeeper
    status_lists: StatusLists
    sessions: Sessions
    clients: Clients
    confidential: ConfidentialClients
    users: SignInSource
    sign_in: SignIn
    refresh: Refresh
    sign_out: SignOut
    list_sessions: ListSessions
    end_sessions: EndSessions
    revocation: Revocation
    introspection: Introspection
    own: OwnUsers | None

    async def open(self) -> None:
        """Have signing keys, start the grace clock, and know how long a password hash takes here.

        Raises:
            Misuse: the secret key is not the one the keys were wrapped with.
            Unavailable: the database does not answer.
        """
        await self.ring.open()
        await self._resume()
        if self.own is not None:
            await self.own.users.calibrate()
        await self.budgets.open()

    async def check(self) -> None:
        """Return if the database answers and keys are there. The grace clock stands still from the check that finds it
        silent to the one that finds it back, whether or not anybody refreshes meanwhile.

        Raises:
            Unavailable: it does not answer.
        """
        try:
            await self.store.health()
        except Unavailable:
            self.refresh.grace.lost()
            raise
        await self._resume()
        if not await self.ring.published():
            raise KeysUnavailable("keys_unavailable", detail="the ring of signing keys is empty")

    async def _resume(self) -> None:
        await self.refresh.grace.grace(int(self.refresh.clock()))

    async def close(self) -> None:
        """Leave off housekeeping, let go of the cache, and end the threads that hash passwords."""
        await self.housekeeping.stop()
        await self.budgets.close()
        if self.own is not None:
            await self.own.queue.close()


def compose(
    settings: Settings,
    store: Store,
    master: MasterSecret,
    *,
    metrics: Metrics,
    issuer: str,
    users: SignInSource | None,
    clock: Clock,
) -> Services:
    """The use cases of a server.

    Args:
        metrics: what they count with; the store's watch counts with it as well.
        issuer: normalised issuer URL.
        users: a team's own users; None for ours.
    """
    metrics.gauge("build", 1, version=__version__, python=platform.python_version())
    metrics.gauge("start_time", clock())
    sessions = Sessions(
        store,
        master,
        browser=SessionLimits(settings.session_idle, settings.session_absolute),
        refresh=SessionLimits(settings.refresh_idle, settings.refresh_absolute),
        per_user=settings.sessions_per_user,
    )
    budgets = Budgets(metrics, cache=Cache(settings.cache, master) if settings.cache is not None else None)
    throttle = Throttle(master, Devices(master, clock=clock), budgets, per_address=settings.sign_ins_per_address)
    own = None if users is not None else _own_users(settings, store, master, sessions, throttle, clock, metrics)
    source = users if users is not None else _users_of(own)
    ring = KeyRing(store, master, clock=clock, alg=settings.signing_alg)
    schedule = Schedule.outliving(settings.access_lifetime, ahead=settings.key_ahead)
    keeper = KeyKeeper(store, master, ring, schedule, clock=clock)
    key_figures.show(ring, schedule, metrics, clock)
    configured = [Audience(url=one.url, name=one.url, trust_group=one.trust_group) for one in settings.audiences]
    clients = Clients(store, issuer=issuer, configured=configured)
    confidential = ConfidentialClients(store, clients)
    authenticate = ClientAuthentication(confidential, ClientThrottle(master, budgets), clock)
    tokens = OwnTokens(ring, issuer=issuer)
    access = AccessTokens(
        ring, issuer=issuer, lifetime=settings.access_lifetime, shared_secrets=settings.shared_secrets
    )
    drawing, terms = Drawing(store, master), Terms(settings.access_lifetime)
    jobs = _jobs(ring, keeper, Tidying(store, terms), Purge(store, metrics, settings.audit_retention))
    if own is not None:
        measured = own.users
        jobs.append(Job("hashes-measured", HASHES_MEASURED_EVERY, lambda now: measured.calibrate()))
    return Services(
        store=store,
        metrics=metrics,
        budgets=budgets,
        housekeeping=Housekeeping(jobs, Leases(store, clock), metrics, clock),
        ring=ring,
        keeper=keeper,
        status_lists=StatusLists(Statuses(store), ring, issuer=issuer, terms=terms, metrics=metrics, clock=clock),
        sessions=sessions,
        clients=clients,
        confidential=confidential,
        users=source,
        sign_in=SignIn(store, source, throttle, Refusals(store), sessions, drawing, clients, access, clock, metrics),
        refresh=Refresh(
            store,
            sessions,
            clients,
            source,
            access,
            GraceClock(sessions, settings.refresh_grace),
            budgets,
            clock,
            metrics=metrics,
        ),
        sign_out=SignOut(store, sessions, clock),
        list_sessions=ListSessions(sessions, clock),
        end_sessions=EndSessions(store, sessions, clock),
        revocation=Revocation(authenticate, tokens, sessions, RevokeGrant(store, sessions, clock), issuer, clock),
        introspection=Introspection(authenticate, tokens, sessions, source, clock),
        own=own,
    )


def _jobs(ring: KeyRing, keeper: KeyKeeper, statuses: Tidying, purge: Purge) -> list[Job]:
    return [
        Job("keys-seen", KEYS_SEEN_EVERY, lambda now: ring.reload()),
        Job("keys-tended", KEYS_TENDED_EVERY, keeper.tend, alone=True),
        Job("statuses-freed", STATUSES_FREED_EVERY, statuses, alone=True),
        Job("purged", PURGED_EVERY, purge, alone=True),
    ]


def _users_of(own: OwnUsers | None) -> Users:
    assert own is not None  # without a team's own users there are ours
    return own.users


def _own_users(
    settings: Settings,
    store: Store,
    master: MasterSecret,
    sessions: Sessions,
    throttle: Throttle,
    clock: Clock,
    metrics: Metrics,
) -> OwnUsers:
    queue = HashQueue(threads=settings.hash_threads, metrics=metrics)
    users = Users(
        store,
        master,
        queue,
        policy=PasswordPolicy(settings.password_min_length, settings.name),
        default_scopes=settings.default_scopes,
        clock=clock,
    )
    change_password = ChangePassword(store, users, throttle, sessions, clock)
    return OwnUsers(
        users=users,
        queue=queue,
        register=Register(store, users, throttle, clock),
        update_profile=UpdateProfile(store, users, throttle, clock),
        change_password=change_password,
        delete_user=DeleteUser(store, users, sessions, change_password, clock),
        disable_user=DisableUser(store, users, sessions, clock),
        grant_scope=GrantScope(store, users, clock),
        import_users=ImportUsers(store, users, queue, clock),
    )
