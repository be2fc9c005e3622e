"""`gatepass serve` as a whole process: start-up, memory, and CPU per request over HTTP.

    python bench/server.py [rounds]

Beside it stands uvicorn with one route of Starlette: what any server on the two costs.
Starts and requests of all kinds take turns, so that whatever else the machine does hits
all alike; medians count. CPU is user and system time of the server's whole process, all
its threads included. Requests come over eight open connections at once.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.people import cookie, register, tokens, try_password
from support.served import Served, bare, gatepass
from support.wire import Connection, request

from bench.state.figures import Request

CONNECTIONS = 8
BATCH = 800
ALONE = 100
Measured = dict[str, list[tuple[float, ...]]]


def start(served: Served, *uses: Callable[[Connection], object]) -> tuple[float, ...]:
    """Seconds to the first answer; megabytes then, after some use, and at the most."""
    idle = served.megabytes()
    connection = Connection(served.port)
    for use in uses:
        use(connection)
    connection.close()
    return served.started, idle, served.megabytes(), served.peak_megabytes()


def starts(rounds: int) -> Measured:
    """Every kind of start, in turns."""
    kinds = ("uvicorn + Starlette, one route", "gatepass serve, first start", "gatepass serve, started again")
    found: Measured = {kind: [] for kind in kinds}
    for _ in range(rounds):
        with bare() as served:
            found[kinds[0]].append(start(served))
        with tempfile.TemporaryDirectory() as folder:
            with gatepass(folder) as served:
                found[kinds[1]].append(start(served, registering))
            with gatepass(folder) as served:
                found[kinds[2]].append(start(served, signing_in))
    return found


def registering(connection: Connection) -> None:
    """A new account; judging its password loads the dictionaries."""
    register(connection, "ada")


def signing_in(connection: Connection) -> None:
    """Sign in at the API and at the page, and look at the page."""
    tokens(connection, "ada")
    fields = {"cookie": cookie(connection, "ada")}
    assert connection.ask(request("GET", "/account", **fields)).status == 200


class Clients:
    """Connections that each have a request on the way; new ones for each batch, as those that idle are closed."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def cost(self, next_requests: Callable[[list[bytes]], list[bytes]], status: int = 200) -> float:
        """CPU microseconds per request that is answered with `status`; `next_requests` is told the last answers."""
        bodies: list[bytes] = []
        connections = [Connection(self._served.port) for _ in range(CONNECTIONS)]
        before = self._served.cpu()
        for _ in range(BATCH // CONNECTIONS):
            for connection, message in zip(connections, next_requests(bodies), strict=True):
                connection.send(message)
            answers = [connection.answer() for connection in connections]
            assert all(answer.status == status for answer in answers), answers
            bodies = [answer.body for answer in answers]
        used = self._served.cpu() - before
        for connection in connections:
            connection.close()
        return used / BATCH * 1e6

    def wait(self, next_requests: Callable[[list[bytes]], list[bytes]]) -> float:
        """Milliseconds until the answer, for one client alone; the median."""
        connection, bodies, took = Connection(self._served.port), list[bytes](), []
        for _ in range(ALONE):
            message, *others = next_requests(bodies)
            begun = time.perf_counter()
            answer = connection.ask(message)
            took.append(time.perf_counter() - begun)
            assert answer.status == 200, answer
            bodies = [answer.body] * (len(others) + 1)
        connection.close()
        return statistics.median(took) * 1000


def same(message: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """The same request again and again."""
    return lambda _: [message] * CONNECTIONS


def refreshes(served: Served) -> Callable[[list[bytes]], list[bytes]]:
    """One refresh after the other. Each batch has families of its own: one alone may not refresh that often."""
    connection = Connection(served.port)
    first = [tokens(connection, "ben").refresh for _ in range(CONNECTIONS)]
    connection.close()

    def following(answers: list[bytes]) -> list[bytes]:
        newest = [json.loads(answer)["refresh_token"] for answer in answers] or first
        bodies = [json.dumps({"refresh_token": token}).encode() for token in newest]
        return [request("POST", "/api/refresh", body, content_type="application/json") for body in bodies]

    return following


def guessing(connection: Connection) -> bytes:
    """Guess at a password until nobody may any more; the request that is refused then."""
    guess = try_password("eve", "wrong")
    while connection.ask(guess).status != 429:
        pass
    return guess


def costs(rounds: int) -> dict[str, list[float]]:
    """Every kind of request, in turns."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        plain, served = stack.enter_context(bare()), stack.enter_context(gatepass(folder))
        connection = Connection(served.port)
        register(connection, "ada")
        register(connection, "ben")
        bearer, session = f"Bearer {tokens(connection, 'ada').access}", cookie(connection, "ada")
        throttled = guessing(connection)
        clients, plain_clients, health = Clients(served), Clients(plain), request("GET", "/healthz")
        kinds: dict[str, Callable[[], float]] = {
            "uvicorn + Starlette, one route": lambda: plain_clients.cost(same(health)),
            "GET /healthz": lambda: clients.cost(same(health)),
            "GET /api/me, session cookie": lambda: clients.cost(same(request("GET", "/api/me", cookie=session))),
            "GET /api/me, bearer token": lambda: clients.cost(same(request("GET", "/api/me", authorization=bearer))),
            "GET /account, session cookie": lambda: clients.cost(same(request("GET", "/account", cookie=session))),
            "POST /api/refresh": lambda: clients.cost(refreshes(served)),
            "POST /api/login, refused at once": lambda: clients.cost(same(throttled), 429),
        }
        found: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for kind, cost in kinds.items():
                found[kind].append(cost())
    return found


def requests(rounds: int) -> dict[str, list[Request]]:
    """What a refresh and the reading of a session cost, and how long one takes alone; in turns."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        plain, served = stack.enter_context(bare()), stack.enter_context(gatepass(folder))
        connection = Connection(served.port)
        register(connection, "ada")
        register(connection, "ben")
        bearer, session = f"Bearer {tokens(connection, 'ada').access}", cookie(connection, "ada")
        clients, plain_clients = Clients(served), Clients(plain)
        kinds: dict[str, tuple[Clients, Callable[[], Callable[[list[bytes]], list[bytes]]]]] = {
            "uvicorn, one route": (plain_clients, lambda: same(request("GET", "/healthz"))),
            "GET /api/me, cookie": (clients, lambda: same(request("GET", "/api/me", cookie=session))),
            "GET /api/me, bearer": (clients, lambda: same(request("GET", "/api/me", authorization=bearer))),
            "POST /api/refresh": (clients, lambda: refreshes(served)),
        }
        found: dict[str, list[Request]] = {kind: [] for kind in kinds}
        for _ in range(rounds):
            for kind, (asking, following) in kinds.items():
                found[kind].append(Request(asking.cost(following()), asking.wait(following())))
    return found


def main(rounds: int) -> None:
    """Measure, and print two tables."""
    print(f"{'median of ' + str(rounds):<34}{'start s':>8}{'idle MB':>9}{'used MB':>9}{'peak MB':>9}")
    for kind, measured in starts(rounds).items():
        seconds, *sizes = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{kind:<34}{seconds:8.2f}" + "".join(f"{size:9.1f}" for size in sizes))
    print(f"\n{'CPU microseconds per request':<34}{'median':>8}{'best':>8}{'ratio':>8}")
    found = costs(rounds)
    floor = statistics.median(next(iter(found.values())))
    for kind, each in found.items():
        median = statistics.median(each)
        print(f"{kind:<34}{median:8.0f}{min(each):8.0f}{median / floor:8.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
