"""How often one may try: three budgets for sign-in, one each for registering and asking a password again.

A try is charged when it begins, so that a thousand at once are a thousand; a good one
is given back, and so is one that the server could not serve. Budgets are kept per
process and in memory: they slow guessing down, the hash is what protects a password.
Their keys are keyed hashes, so a memory dump lists no names and no addresses.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from gatepass.http.addresses import address_prefix
from gatepass.kernel.clock import Clock, monotonic
from gatepass.server.audit.model import Source
from gatepass.server.master import MasterSecret
from gatepass.server.users.budgets import Budget
from gatepass.server.users.devices import Devices
from gatepass.server.users.errors import SignInRefused
from gatepass.server.users.identifiers import typed
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User

PURPOSE = "throttle"
MINUTE, HOUR, DAY = 60, 3600, 86_400

PER_ADDRESS = 60
"""Failures that an address prefix has in ten minutes: an office behind one address, on a Monday."""
WIDER = 5
"""A /48 has so many times the budget of a /64: one customer may hold it, or a whole town."""
PER_IDENTIFIER = 50
"""Failures in a row that unknown devices have per identifier and day. A user has two
identifiers, so that is at most 100 per user (SP 800-63B-4 section 3.2.2)."""
PER_DEVICE = 20
"""Failures in a row that a known device, or a signed-in person, has in an hour."""
ALL_DEVICES = 100
"""Failures in a row that all known devices have together per identifier and day. An address may have had
another owner, who signed in a thousand times to collect as many devices."""
REGISTRATIONS = 20
"""Registrations that an address prefix may try in an hour."""

Charge = tuple[Budget, bytes]


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave to try once.

    Attributes:
        asker: how the try is counted in the hash queue.
    """

    asker: Asker
    _charges: tuple[Charge, ...] = field(repr=False)

    def give_back(self) -> None:
        """The try was none: the server could not serve it, or it was a good one."""
        for budget, key in self._charges:
            budget.give_back(key)


class Throttle:
    """All budgets of one process.

    Args:
        master: keys the hashes.
        devices: tells known devices.
        per_address: failed sign-ins of an address prefix in ten minutes.
        clock: monotonic seconds.
    """

    def __init__(
        self, master: MasterSecret, devices: Devices, *, per_address: int = PER_ADDRESS, clock: Clock = monotonic
    ) -> None:
        self._key = master.current(PURPOSE)
        self._devices = devices
        self._addresses = Budget(per_address, 10 * MINUTE, clock=clock)
        self._networks = Budget(WIDER * per_address, 10 * MINUTE, clock=clock)
        self._identifiers = Budget(PER_IDENTIFIER, DAY, clock=clock)
        self._known = Budget(PER_DEVICE, HOUR, clock=clock)
        self._all_known = Budget(ALL_DEVICES, DAY, clock=clock)
        self._people = Budget(PER_DEVICE, HOUR, clock=clock)
        self._registering = Budget(REGISTRATIONS, HOUR, clock=clock)
        self._registering_networks = Budget(WIDER * REGISTRATIONS, HOUR, clock=clock)

    def sign_in(self, identifier: str, source: Source, device: str | None) -> Pass:
        """Leave to try a password, whoever the identifier belongs to.

        A known device counts against the budgets of known devices only: strangers behind
        the same address, or guessing at the same user, take nothing from them.

        Raises:
            SignInRefused: throttled, with the seconds until it may be tried again.
        """
        name = _typed_key(identifier)
        prefix, user = self._hashed("prefix", address_prefix(source.address, 64)), self._hashed("user", name)
        known = self._devices.known(device, name)
        if known is not None:
            return _pass(Asker(prefix.hex(), user.hex(), known=True), (self._known, known), (self._all_known, user))
        wide = self._hashed("network", address_prefix(source.address, 48))
        charges = ((self._addresses, prefix), (self._networks, wide), (self._identifiers, user))
        return _pass(Asker(prefix.hex(), user.hex()), *charges)

    def succeeded(self, identifier: str, user: User, device: str | None) -> str:
        """A good sign-in: forgets the failures against this user; returns the new value for the device's cookie.

        The address keeps its other failures: an attacker has an account of his own.
        """
        names = [_typed_key(name) for name in (identifier, user.username, user.email) if name]
        for name in names:
            self._identifiers.clear(self._hashed("user", name))
            self._all_known.clear(self._hashed("user", name))
        value = self._devices.remember(names, device)
        if (known := self._devices.known(value, names[0])) is not None:
            self._known.clear(known)
        return value

    def password_again(self, subject: str, source: Source) -> Pass:
        """Leave to try the password of a person who is signed in: a stolen session is not a place to guess.

        Raises:
            SignInRefused: throttled.
        """
        prefix, person = self._hashed("prefix", address_prefix(source.address, 64)), self._hashed("person", subject)
        return _pass(Asker(prefix.hex(), person.hex(), known=True), (self._people, person))

    def registration(self, source: Source) -> Pass:
        """Leave to register, or to take another address: who may do that may also ask which ones are taken.

        Raises:
            SignInRefused: throttled.
        """
        prefix = self._hashed("prefix", address_prefix(source.address, 64))
        wide = self._hashed("network", address_prefix(source.address, 48))
        return _pass(Asker(prefix.hex()), (self._registering, prefix), (self._registering_networks, wide))

    def _hashed(self, kind: str, value: str) -> bytes:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, hashlib.sha256)[:16]


def _typed_key(identifier: str) -> str:
    found = typed(identifier)
    return found.key if found else ""


def _pass(asker: Asker, *charges: Charge) -> Pass:
    """Charge all budgets, or none."""
    for number, (budget, key) in enumerate(charges):
        if wait := budget.take(key):
            Pass(asker, charges[:number]).give_back()
            raise SignInRefused("throttled", retry_after=wait)
    return Pass(asker, charges)
