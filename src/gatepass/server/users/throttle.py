"""How often one may try: three budgets for sign-in, one each for registering and asking a password again.

A try is charged when it begins, so that a thousand at once are a thousand; a good one
is given back, and so is one that the server could not serve. Budgets slow guessing
down; the hash is what protects a password. Their keys are keyed hashes, so a memory
dump lists no names and no addresses.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass, field

from gatepass.http.addresses import address_prefix
from gatepass.server.audit.model import Source
from gatepass.server.budgets import Budgets, Charge, Limit
from gatepass.server.master import MasterSecret
from gatepass.server.users.devices import Devices
from gatepass.server.users.errors import SignInRefused
from gatepass.server.users.identifiers import typed
from gatepass.server.users.lanes import Asker
from gatepass.server.users.model import User

PURPOSE = "throttle"
_log = logging.getLogger("gatepass.users")

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

_IDENTIFIERS = Limit("identifier", PER_IDENTIFIER, DAY)
_KNOWN = Limit("known_device", PER_DEVICE, HOUR)
_ALL_KNOWN = Limit("known_devices", ALL_DEVICES, DAY)
_PEOPLE = Limit("password_again", PER_DEVICE, HOUR)
_REGISTERING = Limit("registration", REGISTRATIONS, HOUR)
_REGISTERING_NETWORKS = Limit("registration_network", WIDER * REGISTRATIONS, HOUR)


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave to try once.

    Attributes:
        asker: how the try is counted in the hash queue.
    """

    asker: Asker
    _budgets: Budgets = field(repr=False)
    _charges: tuple[Charge, ...] = field(repr=False)

    async def give_back(self) -> None:
        """The try was none: the server could not serve it, or it was a good one."""
        await self._budgets.give_back(*self._charges)


class Throttle:
    """The budgets of people.

    Args:
        master: keys the hashes.
        devices: tells known devices.
        budgets: counts.
        per_address: failed sign-ins of an address prefix in ten minutes.
    """

    def __init__(
        self, master: MasterSecret, devices: Devices, budgets: Budgets, *, per_address: int = PER_ADDRESS
    ) -> None:
        self._key = master.current(PURPOSE)
        self._devices = devices
        self._budgets = budgets
        self._addresses = Limit("address", per_address, 10 * MINUTE)
        self._told = False
        self._networks = Limit("network", WIDER * per_address, 10 * MINUTE)

    async def sign_in(self, identifier: str, source: Source, device: str | None) -> Pass:
        """Leave to try a password, whoever the identifier belongs to.

        A known device counts against the budgets of known devices only: strangers behind
        the same address, or guessing at the same user, take nothing from them.

        Raises:
            SignInRefused: throttled, with the seconds until it may be tried again.
        """
        self._tell_of_nobody(source)
        name = _typed_key(identifier)
        prefix, user = self._hashed("prefix", address_prefix(source.address, 64)), self._hashed("user", name)
        known = self._devices.known(device, name)
        if known is not None:
            return await self._pass(
                Asker(prefix.hex(), user.hex(), known=True), Charge(_KNOWN, known), Charge(_ALL_KNOWN, user)
            )
        wide = self._hashed("network", address_prefix(source.address, 48))
        charges = (Charge(self._addresses, prefix), Charge(self._networks, wide), Charge(_IDENTIFIERS, user))
        return await self._pass(Asker(prefix.hex(), user.hex()), *charges)

    async def succeeded(self, identifier: str, user: User, device: str | None) -> str:
        """A good sign-in: forgets the failures against this user; returns the new value for the device's cookie.

        The address keeps its other failures: an attacker has an account of his own.
        """
        names = [_typed_key(name) for name in (identifier, user.username, user.email) if name]
        keys = [self._hashed("user", name) for name in dict.fromkeys(names)]
        charges = [Charge(limit, key) for key in keys for limit in (_IDENTIFIERS, _ALL_KNOWN)]
        value = self._devices.remember(names, device)
        if (known := self._devices.known(value, names[0])) is not None:
            charges.append(Charge(_KNOWN, known))
        await self._budgets.clear(*charges)
        return value

    async def password_again(self, subject: str, source: Source) -> Pass:
        """Leave to try the password of a person who is signed in: a stolen session is not a place to guess.

        Raises:
            SignInRefused: throttled.
        """
        prefix, person = self._hashed("prefix", address_prefix(source.address, 64)), self._hashed("person", subject)
        return await self._pass(Asker(prefix.hex(), person.hex(), known=True), Charge(_PEOPLE, person))

    async def registration(self, source: Source) -> Pass:
        """Leave to register, or to take another address: who may do that may also ask which ones are taken.

        Raises:
            SignInRefused: throttled.
        """
        prefix = self._hashed("prefix", address_prefix(source.address, 64))
        wide = self._hashed("network", address_prefix(source.address, 48))
        return await self._pass(Asker(prefix.hex()), Charge(_REGISTERING, prefix), Charge(_REGISTERING_NETWORKS, wide))

    def _tell_of_nobody(self, source: Source) -> None:
        if source.address is None and not self._told:
            self._told = True
            _log.warning(
                "Sign-ins come without an address, so all strangers share one budget: "
                "if a proxy connects through a Unix socket, list `unix` in GATEPASS_PROXY."
            )

    async def _pass(self, asker: Asker, *charges: Charge) -> Pass:
        """Charge all budgets, or none."""
        if wait := await self._budgets.take(*charges):
            raise SignInRefused("throttled", retry_after=wait)
        return Pass(asker, self._budgets, charges)

    def _hashed(self, kind: str, value: str) -> bytes:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, hashlib.sha256)[:16]


def _typed_key(identifier: str) -> str:
    found = typed(identifier)
    return found.key if found else ""
