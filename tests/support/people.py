"""Users for tests: a room with a clock in hand, and people whose passwords are hashed once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from gatepass.kernel.ids import new_id
from gatepass.kernel.secret import Secret
from gatepass.server.master import MasterSecret
from gatepass.server.store import Store
from gatepass.server.users.hashing import Hashed, hash_password, verify
from gatepass.server.users.identifiers import Names
from gatepass.server.users.model import User
from gatepass.server.users.queue import HashQueue
from gatepass.server.users.service import Users

PASSWORD = "violet harbour 7 spoons"
OTHER_PASSWORD = "copper lantern 9 ferries"
WRONG_PASSWORD = "marble kettle 3 violins"
MASTER = MasterSecret(Secret(b"m" * 32))

hashed_once = lru_cache(hash_password)


@dataclass
class Time:
    """A wall clock and a monotonic one that move when told, when waited on, and when a password is verified.

    Attributes:
        waits: what was waited for, in seconds.
        costs: seconds that a hash of a scheme takes.
    """

    wall: float = 1_800_000_000.0
    waits: list[float] = field(default_factory=list)
    costs: dict[str, float] = field(default_factory=dict)

    def now(self) -> float:
        return self.wall

    def ticks(self) -> float:
        return self.wall - 1_700_000_000.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds

    def verify(self, password: str, hashed: Hashed) -> bool:
        """Verifies, and takes as long as the scheme does in this world."""
        self.wall += self.costs.get(hashed.scheme, 0.0)
        return verify(password, hashed)

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.wall += seconds


@dataclass
class People:
    """Our own users on `store`, with `time` in hand."""

    store: Store
    users: Users
    time: Time
    queue: HashQueue
    master: MasterSecret

    def hashed(self, password: str) -> Hashed:
        """A hash of `password`, made once per run."""
        return hashed_once(password)

    async def add(
        self,
        username: str | None = "anna",
        email: str | None = None,
        *,
        name: str | None = None,
        hashed: Hashed | None = None,
        scopes: Iterable[str] = (),
    ) -> User:
        """A user with `PASSWORD`, or with the hash given."""
        subject, now = new_id(), int(self.time.now())
        changes, names = self.users.changes, Names.parse(username, email)
        calls = changes.creating(subject, names, name, hashed or hashed_once(PASSWORD), now=now)
        for scope in scopes:
            calls += changes.granting(subject, scope, now=now)
        await self.store.write(*calls)
        found = await self.users.find(subject)
        assert found is not None
        return found


def people(store: Store, *, master: MasterSecret = MASTER) -> People:
    """A room of users on `store`; its queue is to be closed."""
    time = Time()
    queue = HashQueue(threads=1, clock=time.ticks)
    users = Users(store, master, queue, clock=time.now, ticks=time.ticks, wait=time.wait, verify=time.verify)
    return People(store, users, time, queue, master)
