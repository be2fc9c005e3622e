"""People who sign in, refresh, sign out, change passwords, and keep a ledger of what they were told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count
from random import Random
from time import monotonic
from typing import Any

import httpx2

from tests.support.soak.ledger import Device, Ledger, Person, State

PAUSE = 0.02
"""Seconds that a client waits before it repeats a refresh that got no answer."""
PATIENCE = 120.0
"""Seconds after which a crowd that gets nothing done is given up."""
MOST_DEVICES = 6
"""A person with so many stops signing in: the server lists them, and so does the audit at the end."""

# What is done, and how often: refreshes are the daily bread.
MIX = {
    "refresh": 40,
    "me": 20,
    "sign_in": 8,
    "sign_out": 5,
    "revoke": 4,
    "end_others": 2,
    "shut_out": 8,
    "reuse": 2,
    "wrong_password": 1,
    "change_password": 2,
    "rename": 4,
    "register": 1,
}


class Client:
    """One person's way to the servers; answers of 500 and above, and none at all, go into the ledger.

    Args:
        urls: of the servers that share a database; each request goes to any of them.
        address: where the person seems to come from.
    """

    def __init__(self, urls: Sequence[str], ledger: Ledger, dice: Random, address: str) -> None:
        self._urls = urls
        self._ledger = ledger
        self._dice = dice
        self._http = httpx2.AsyncClient(timeout=30, headers={"x-forwarded-for": address})

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def ask(self, method: str, path: str, bearer: str | None = None, **more: Any) -> httpx2.Response | None:
        """The answer; None when there was none that says anything."""
        self._http.cookies.clear()
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        began = monotonic()
        try:
            answer = await self._http.request(method, self._dice.choice(self._urls) + path, headers=headers, **more)
        except httpx2.TransportError as error:
            self._ledger.failed(f"{method} {path}: {type(error).__name__}", began, monotonic())
            return None
        if answer.status_code < 500:
            return answer
        self._ledger.failed(f"{method} {path}: {answer.status_code} {answer.text}", began, monotonic())
        if answer.status_code == 503 and "retry-after" not in answer.headers:
            self._ledger.failed(f"{method} {path}: 503 without Retry-After", 0, 0)
        return None


class Visitor:
    """A person who does one thing after the other, each as `MIX` says.

    Every step is whole: it ends with the ledger saying what its answer meant.
    """

    def __init__(self, person: Person, client: Client, ledger: Ledger, dice: Random, hashing: asyncio.Semaphore):
        self.person = person
        self._client = client
        self._ledger = ledger
        self._dice = dice
        self._hashing = hashing
        self._names = count()

    async def visit(self, until: Callable[[], bool]) -> None:
        """Go on until somebody says so."""
        names, weights = list(MIX), list(MIX.values())
        while not until():
            await self.step(self._dice.choices(names, weights)[0])

    async def step(self, name: str) -> None:
        """One thing."""
        steps: dict[str, Callable[[], Awaitable[object]]] = {
            "sign_in": self.sign_in,
            "register": self.register,
            "shut_out": self._shut_out,
            "wrong_password": self._wrong_password,
        }
        if name in steps:
            await steps[name]()
            return
        devices = self.person.with_state(State.ALIVE) + self.person.with_state(State.UNKNOWN)
        if not devices:
            await self.sign_in()
            return
        with_device: dict[str, Callable[[Device], Awaitable[object]]] = {
            "refresh": self.refresh,
            "me": self.me,
            "sign_out": self.sign_out,
            "revoke": self._revoke,
            "end_others": self._end_others,
            "reuse": self._reuse,
            "change_password": self._change_password,
            "rename": self._rename,
        }
        await with_device[name](self._dice.choice(devices))

    async def sign_in(self) -> Device | None:
        """With the password that may be good."""
        if len(self.person.with_state(State.ALIVE)) >= MOST_DEVICES:
            return None
        password = self._dice.choice(self.person.passwords)
        answer = await self._try(password)
        if answer is None or answer.status_code == 429:
            return None
        if answer.status_code != 200:
            self._ledger.password_refused(self.person, password)
            return None
        self._ledger.password_taken(self.person, password)
        found = answer.json()
        return self._ledger.started(self.person, found["access_token"], found["refresh_token"])

    async def me(self, device: Device) -> None:
        """Whether the newest access token is taken, and by which name it is answered."""
        answer = await self._client.ask("GET", "/api/me", device.access)
        if answer is None:
            return
        if answer.status_code == 200:
            self._ledger.let_in(device, "an access token")
            self._ledger.called(self.person, answer.json()["name"])
        else:
            assert answer.status_code == 401, answer.text
            self._ledger.turned_away(device, "an access token")

    async def refresh(self, device: Device) -> bool:
        """The next tokens, with the same token again until there is an answer; whether there was a good one."""
        body = {"refresh_token": device.refresh}
        answer = await self._client.ask("POST", "/api/refresh", json=body)
        while answer is None:
            await asyncio.sleep(PAUSE)
            answer = await self._client.ask("POST", "/api/refresh", json=body)
        if answer.status_code == 429:
            return True
        if answer.status_code != 200:
            self._ledger.turned_away(device, "a refresh token")
            return False
        self._ledger.let_in(device, "a refresh token")
        found = answer.json()
        self._ledger.rotated(device, found["access_token"], found["refresh_token"])
        return True

    async def register(self) -> None:
        """A friend, who signs in at the audit."""
        name, password = f"{self.person.username}-{next(self._names)}", self._password()
        async with self._hashing:
            answer = await self._client.ask("POST", "/api/register", json={"username": name, "password": password})
        if answer is not None and answer.status_code == 201:
            self._ledger.joined(name, password)

    async def try_password(self, password: str) -> bool | None:
        """Whether somebody can sign in with it; None without an answer."""
        answer = await self._try(password)
        return None if answer is None or answer.status_code == 429 else answer.status_code == 200

    async def _try(self, password: str) -> httpx2.Response | None:
        body = {"identifier": self.person.username, "password": password}
        async with self._hashing:
            return await self._client.ask("POST", "/api/login", json=body)

    async def sign_out(self, device: Device) -> None:
        """By the refresh token."""
        answer = await self._client.ask("POST", "/api/logout", json={"refresh_token": device.refresh})
        self._acknowledged("sign-out", answer, [device])

    async def _revoke(self, device: Device) -> None:
        form = {"token": device.refresh, "client_id": "gatepass-first-party"}
        self._acknowledged("revoke", await self._client.ask("POST", "/oauth/revoke", data=form), [device])

    async def _end_others(self, device: Device) -> None:
        others = [one for one in self.person.devices if one is not device and one.state is not State.ENDED]
        answer = await self._client.ask("DELETE", "/api/sessions", device.access)
        if answer is not None and answer.status_code == 401:
            self._ledger.turned_away(device, "an access token")
        else:
            self._acknowledged("sign-out of others", answer, others)

    async def _reuse(self, device: Device) -> None:
        """What a thief does with a token of yesterday: the grant ends."""
        if len(device.spent) < 2 or not await self.refresh(device):
            return
        answer = await self._client.ask("POST", "/api/refresh", json={"refresh_token": device.spent[-3]})
        if answer is None:
            self._ledger.ending([device])
        elif answer.status_code == 200:
            self._ledger.ended("reuse", [device])
            self._ledger.let_in(device, "a refresh token that was used before")
        elif answer.status_code == 400:
            self._ledger.ended("reuse", [device])

    async def _shut_out(self) -> None:
        """Who was signed out stays out."""
        if not (ended := self.person.with_state(State.ENDED)):
            return
        device = self._dice.choice(ended)
        await self.me(device)
        body = {"refresh_token": device.refresh}
        answer = await self._client.ask("POST", "/api/refresh", json=body)
        if answer is not None and answer.status_code == 200:
            self._ledger.let_in(device, "a refresh token")

    async def _wrong_password(self) -> None:
        if self.person.past and await self.try_password(past := self._dice.choice(self.person.past)):
            self._ledger.password_taken(self.person, past)

    async def _change_password(self, device: Device) -> None:
        if len(self.person.passwords) > 1:
            return
        [before], new = self.person.passwords, self._password()
        body = {"current_password": before, "new_password": new}
        async with self._hashing:
            answer = await self._client.ask("POST", "/api/password", device.access, json=body)
        if answer is None:
            self._ledger.changing_password(self.person, new, kept=device)
        elif answer.status_code == 204:
            self._ledger.changed_password(self.person, new, kept=device)
        elif answer.status_code == 401 and answer.json()["error"] != "invalid_credentials":
            self._ledger.turned_away(device, "an access token")
        elif answer.status_code != 429:
            self._ledger.password_refused(self.person, before)

    async def _rename(self, device: Device) -> None:
        name = f"Name {next(self._names)}"
        answer = await self._client.ask("PATCH", "/api/me", device.access, json={"name": name})
        if answer is None:
            self._ledger.renaming(self.person, name)
        elif answer.status_code == 200:
            self._ledger.renamed(self.person, name)
        elif answer.status_code == 401:
            self._ledger.turned_away(device, "an access token")

    def _acknowledged(self, kind: str, answer: httpx2.Response | None, devices: list[Device]) -> None:
        if answer is None:
            self._ledger.ending(devices)
        elif answer.status_code < 400:
            self._ledger.ended(kind, devices)

    def _password(self) -> str:
        return f"umbrella {self._dice.randbytes(6).hex()} tulip {next(self._names)}"


class Crowd:
    """Several people at once.

    Args:
        urls: of the servers.
        seed: of all their decisions.
    """

    def __init__(self, urls: Sequence[str], *, seed: int = 0) -> None:
        self.ledger = Ledger()
        self._urls = urls
        self._seed = seed
        self._made = count()
        # More at once would be turned away by the queue of hashes, and rightly so.
        self._hashing = asyncio.Semaphore(3)
        self._clients: list[Client] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._over = False

    def visitor(self, person: Person) -> Visitor:
        """Somebody of the ledger, with an address of his own."""
        number = next(self._made)
        dice = Random(f"{self._seed}/{number}")
        client = Client(self._urls, self.ledger, dice, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        self._clients.append(client)
        return Visitor(person, client, self.ledger, dice, self._hashing)

    def come(self, *people: Person) -> None:
        """They begin."""
        for person in people:
            self._tasks.append(asyncio.create_task(self.visitor(person).visit(lambda: self._over)))

    async def more(self, changes: int) -> None:
        """Return when so many more changes were acknowledged, or one of the people fell over."""
        enough = self.ledger.changes.total() + changes
        deadline = monotonic() + PATIENCE
        while self.ledger.changes.total() < enough:
            done, _ = await asyncio.wait(self._tasks, timeout=PAUSE, return_when=asyncio.FIRST_COMPLETED)
            assert monotonic() < deadline, "nothing gets done any more"
            for task in done:
                task.result()

    async def calm(self, seconds: float) -> None:
        """Let them go on for so long; raises what one of them fell over."""
        done, _ = await asyncio.wait(self._tasks, timeout=max(0, seconds), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def leave(self) -> None:
        """Everybody ends what he has begun."""
        self._over = True
        await asyncio.gather(*self._tasks)
        self._tasks.clear()

    async def audit(self) -> None:
        """Hold every acknowledged change against the server."""
        self.ledger.auditing = True
        for person in list(self.ledger.people.values()):
            await self._audit(self.visitor(person))

    async def close(self) -> None:
        """Hang up, whatever is going on."""
        for task in self._tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in self._clients:
            await client.close()

    async def _audit(self, visitor: Visitor) -> None:
        person = visitor.person
        for device in person.devices:
            await visitor.me(device)
            await visitor.refresh(device)
        for password in [*person.past[-2:], *person.passwords]:
            good = await visitor.try_password(password)
            if good:
                self.ledger.password_taken(person, password)
            elif good is False:
                self.ledger.password_refused(person, password)
