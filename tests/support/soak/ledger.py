"""What clients were told, kept as a model to hold a server against. Pure: no clock, no network.

A change counts from the moment it was acknowledged. One whose answer got lost may have
happened or not, until something that is seen later decides it: until then both are
right, afterwards only one. Each finding is a sentence without a token.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    """Whether a device is signed in, as far as its owner can know."""

    ALIVE = "alive"
    ENDED = "ended"
    UNKNOWN = "unknown"
    """Its end was asked for, and never answered."""


@dataclass(eq=False)
class Device:
    """One sign-in, with its newest tokens.

    Attributes:
        spent: refresh tokens that were replaced long enough ago to be reuse.
    """

    person: "Person"
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    state: State = State.ALIVE
    spent: list[str] = field(default_factory=list, repr=False)


@dataclass(eq=False)
class Person:
    """Somebody with an account.

    Attributes:
        passwords: the one that holds; two while nobody has said whether it was changed.
        past: passwords that must not be good any more.
        names: the display name; two while nobody knows.
    """

    username: str
    passwords: list[str] = field(repr=False)
    past: list[str] = field(default_factory=list, repr=False)
    names: list[str | None] = field(default_factory=lambda: [None])
    devices: list[Device] = field(default_factory=list, repr=False)

    def with_state(self, state: State) -> list[Device]:
        """The devices that are so."""
        return [device for device in self.devices if device.state is state]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How often a server was wrong.

    Attributes:
        lost: changes that were acknowledged and are not there.
        accepted: answers that let somebody in who had to be out.
        refused: answers that turned somebody away who was in.
        errors: answers of 500 and above, or none at all, while nothing was done to the server.
    """

    lost: int
    accepted: int
    refused: int
    errors: int

    @property
    def good(self) -> bool:
        """Whether it never was."""
        return self == Verdict(0, 0, 0, 0)

    def __str__(self) -> str:
        return (
            f"lost: {self.lost}, wrongly accepted: {self.accepted}, wrongly refused: {self.refused},"
            f" 5xx outside faults: {self.errors}"
        )


class Ledger:
    """The model.

    Attributes:
        people: by username.
        changes: how many changes of each kind were acknowledged.
        found: what was wrong, in sentences.
        auditing: whether what is seen now tells of lost changes, and not of one wrong answer.
    """

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.changes: Counter[str] = Counter()
        self.found: list[str] = []
        self.auditing = False
        self._wrong: Counter[str] = Counter()
        self._faults: list[tuple[float, float | None]] = []
        self._failures: list[tuple[str, float, float]] = []

    # What was acknowledged

    def joined(self, username: str, password: str) -> Person:
        """An account was made."""
        self.changes["register"] += 1
        person = self.people[username] = Person(username, [password])
        return person

    def started(self, person: Person, access: str, refresh: str) -> Device:
        """Somebody signed in."""
        self.changes["sign-in"] += 1
        device = Device(person, access, refresh)
        person.devices.append(device)
        return device

    def rotated(self, device: Device, access: str, refresh: str) -> None:
        """Tokens were refreshed."""
        self.changes["refresh"] += 1
        device.spent.append(device.refresh)
        device.access, device.refresh = access, refresh

    def ended(self, kind: str, devices: Iterable[Device]) -> None:
        """Devices were signed out, by `kind`."""
        self.changes[kind] += 1
        for device in devices:
            device.state = State.ENDED

    def changed_password(self, person: Person, new: str, kept: Device) -> None:
        """The password was changed, which signs out every other device."""
        self.ended("password change", (device for device in person.devices if device is not kept))
        self._settle(person, new)

    def renamed(self, person: Person, name: str) -> None:
        """The display name was changed."""
        self.changes["rename"] += 1
        person.names = [name]

    # What was asked for and not answered

    def ending(self, devices: Iterable[Device]) -> None:
        """Devices may have been signed out."""
        for device in devices:
            if device.state is State.ALIVE:
                device.state = State.UNKNOWN

    def changing_password(self, person: Person, new: str, kept: Device) -> None:
        """The password may have been changed."""
        person.passwords.append(new)
        self.ending(device for device in person.devices if device is not kept)

    def renaming(self, person: Person, name: str) -> None:
        """The display name may have been changed."""
        person.names.append(name)

    # What was seen

    def let_in(self, device: Device, by: str) -> None:
        """A token of this device was taken."""
        if device.state is State.ENDED:
            self._note("accepted", f"{by} of a device of {device.person.username} that was signed out")
        elif device.state is State.UNKNOWN:
            device.state = State.ALIVE

    def turned_away(self, device: Device, by: str) -> None:
        """A token of this device was refused."""
        if device.state is State.ALIVE:
            self._note("refused", f"{by} of a device of {device.person.username} that is signed in")
        device.state = State.ENDED

    def password_taken(self, person: Person, password: str) -> None:
        """Somebody signed in with this password."""
        if password not in person.passwords:
            self._note("accepted", f"a password of {person.username} that was changed")
        else:
            self._settle(person, password)

    def password_refused(self, person: Person, password: str) -> None:
        """This password was not good."""
        if password not in person.passwords:
            return
        if len(person.passwords) == 1:
            self._note("refused", f"the password of {person.username}")
            return
        person.passwords.remove(password)
        person.past.append(password)

    def called(self, person: Person, name: str | None) -> None:
        """The server told this display name."""
        if name not in person.names:
            self._note("refused", f"the name that {person.username} has chosen is not there")
        person.names = [name]

    # What went wrong while something was done to the server, and while not

    def fault_begins(self, at: float) -> None:
        """From now on, failures are to be expected; `at` in seconds of any one clock."""
        self._faults.append((at, None))

    def fault_ends(self, at: float) -> None:
        """From now on they are not."""
        begun, _ = self._faults.pop()
        self._faults.append((begun, at))

    def failed(self, what: str, began: float, ended: float) -> None:
        """A request got an answer of 500 or above, or none."""
        self._failures.append((what, began, ended))

    def outside(self) -> list[str]:
        """Failures of requests that met no fault."""
        return [
            what
            for what, began, ended in self._failures
            if not any(begun <= ended and (over is None or began <= over) for begun, over in self._faults)
        ]

    def verdict(self) -> Verdict:
        """How it stands."""
        wrong = self._wrong
        return Verdict(wrong["lost"], wrong["accepted"], wrong["refused"], len(self.outside()))

    def _settle(self, person: Person, password: str) -> None:
        person.past += [one for one in person.passwords if one != password]
        person.passwords = [password]

    def _note(self, kind: str, sentence: str) -> None:
        if self.auditing:
            kind = "lost"
        self._wrong[kind] += 1
        self.found.append(f"{kind}: {sentence}")
