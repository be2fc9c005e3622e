"""The house and its floors: imports go strictly down, and each wall says why it stands."""

import ast
import sys
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.source import PACKAGE, Import, Module, modules

CORE = {"cryptography", "msgspec", "pybase64"}


@dataclass(frozen=True)
class Room:
    """A folder or file of the house: its floor, and why nothing below or beside it may import it."""

    floor: int
    why: str


ROOMS = {
    "version": Room(0, "a number depends on nothing"),
    "kernel": Room(0, "what every room stands on stands on nothing"),
    "jose": Room(1, "the token engine is used alone by people who want no HTTP"),
    "http": Room(1, "HTTP rules must not decide what a token means"),
    "tokens": Room(2, "formats are made of keys and values; a key knows no format"),
    "fetch": Room(2, "only who decides whom to trust may cause a request to the outside"),
    "gate": Room(3, "deciding is on top of reading: no format asks the gate"),
    "inspection": Room(4, "looking at a token is for people: nothing that decides may depend on it"),
    "asgi": Room(4, "the gate must run without the framework of an adapter"),
    "fastapi": Room(4, "the gate must run without the framework of an adapter"),
    "starlette": Room(4, "the gate must run without the framework of an adapter"),
    "server": Room(5, "a resource server installs the gate without the server extra"),
    "server.store": Room(6, "the store knows no word of the domain"),
    "server.master": Room(6, "a derived key depends on a purpose, on no table"),
    "server.metrics": Room(6, "numbers know nothing of what they count"),
    "server.logs": Room(6, "logging is set up once, by who runs the process"),
    "server.listener": Room(6, "sockets and deadlines know no word of the domain"),
    "server.audit": Room(7, "the store must not know what is worth a line in the audit"),
    "server.budgets": Room(7, "a count does not know what is counted, or why"),
    "server.status": Room(7, "a bit knows of a grant its id, and not who ends it"),
    "server.leases": Room(7, "the store knows no process but its own"),
    "server.users": Room(8, "one owner per table: domains meet in flows only"),
    "server.sessions": Room(8, "one owner per table: domains meet in flows only"),
    "server.clients": Room(8, "one owner per table: domains meet in flows only"),
    "server.keys": Room(8, "one owner per table: domains meet in flows only"),
    "server.issuing": Room(9, "a domain does not know that tokens are made of it"),
    "server.flows": Room(10, "a use case calls the domains, never the reverse"),
    "server.oauth": Room(11, "a use case does not know by which protocol it was asked for"),
    "server.housekeeping": Room(11, "work does not know when it is done, or by whom"),
    "server.settings": Room(11, "parts take values; only what puts them together knows all settings"),
    "server.services": Room(12, "a use case does not know what else is built beside it"),
    "server.secret_file": Room(12, "only composition makes a secret where the operator gave none"),
    "server.watching": Room(12, "who is watched does not know from where"),
    "server.web": Room(13, "use cases must run without HTTP"),
    "server.app": Room(14, "parts are composed once, on top"),
    "testing": Room(15, "helpers for tests must not be needed in production"),
    "errors": Room(15, "the list of all errors imports their rooms"),
    "": Room(16, "the public face imports what it shows; inside, rooms are imported directly"),
    "demo.certificates": Room(17, "a certificate does not know who shows it"),
    "demo.clock": Room(17, "time is an argument, which nobody below may know better"),
    "demo.places": Room(17, "an address knows no server"),
    "demo.sites": Room(18, "an application does not know what is told with it"),
    "demo.story": Room(18, "a visitor knows addresses, and nothing of how the servers are made"),
    "demo.hub": Room(19, "what happens does not depend on who looks on"),
    "demo.town": Room(20, "a process does not know who started it"),
    "demo": Room(21, "the demo is a user of the package"),
    "cli": Room(22, "the command line runs the rest"),
    "__main__": Room(23, "a way in is no way through"),
}
"""Deepest names win: `server.store` before `server`. Rooms with one floor number never import each other."""

ONE_OWNER = {
    "uvicorn": ({"server.listener", "demo"}, "deadlines and limits hold only where the one listener is used"),
    "sqlite3": ({"server.store", "demo"}, "all SQL runs through the three verbs of the store"),
    "asyncpg": ({"server.store"}, "all SQL runs through the three verbs of the store"),
    "http.client": ({"fetch", "demo"}, "address checks, caps and deadlines belong in one place"),
    "urllib.request": ({"fetch"}, "address checks, caps and deadlines belong in one place"),
    "redis": ({"server.budgets"}, "a cache that is slow or away must stop nobody, which is arranged in one place"),
    "pwdlib": ({"server.users"}, "password hashing is bounded and queued in one place"),
    "secrets": ({"kernel"}, "the strength of random values is decided in one place"),
    "random": (set(), "nothing here may be predictable"),
}
CLOCK = {"time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "datetime.now"}
CLOCK |= {"datetime.datetime.now", "datetime.utcnow", "datetime.datetime.utcnow", "date.today", "datetime.date.today"}


def room_of(module: str) -> str:
    """The deepest room that holds a module."""
    name = _short(module)
    while name not in ROOMS:
        above = name.rpartition(".")[0]
        if not above:
            return name
        name = above
    return name


def edges() -> list[tuple[Module, Import, str]]:
    """Every import of a module of ours by another one, where both have a room."""
    everything = [(module, imported, imported.target) for module in modules().values() for imported in module.imports]
    between = [(module, imported, name) for module, imported, name in everything if name and name != module.name]
    return [edge for edge in between if room_of(edge[0].name) in ROOMS and room_of(edge[2]) in ROOMS]


def _short(module: str) -> str:
    return module.removeprefix(PACKAGE).removeprefix(".")


def _in_demo(module: str) -> bool:
    return room_of(module).partition(".")[0] == "demo"


def test_every_module_stands_in_a_room_that_has_a_floor() -> None:
    homeless = [name for name in modules() if room_of(name) not in ROOMS]
    unplaced = [name for name in modules() if room_of(name) == "server" and name != "gatepass.server"]
    assert not homeless + unplaced, f"give these a floor and a reason in ROOMS: {homeless + unplaced}"


def test_imports_go_strictly_down() -> None:
    wrong = []
    for module, imported, name in edges():
        here, there = room_of(module.name), room_of(name)
        if here != there and ROOMS[there].floor >= ROOMS[here].floor:
            wrong.append(f"{module.path}:{imported.line} imports {name}, but {ROOMS[there].why}")
    assert not wrong, "\n".join(wrong)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for module, _, name in edges():
        graph[module.name].add(name)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_the_kernel_imports_nothing_of_ours() -> None:
    assert not [edge for edge in edges() if room_of(edge[0].name) == "kernel" and room_of(edge[2]) != "kernel"]


def test_the_core_loads_three_libraries_and_no_more() -> None:
    """A service that only verifies installs `gatepass` without extras; these rooms must load there."""
    allowed = CORE | sys.stdlib_module_names | {PACKAGE}
    wrong = []
    core = {room for room in ROOMS if ROOMS[room].floor <= ROOMS["gate"].floor} | {"", "asgi", "inspection", "testing"}
    for module in modules().values():
        if room_of(module.name) in core:
            wrong += [
                f"{module.path}:{one.line} {one.full}" for one in module.imports if one.eager and one.top not in allowed
            ]
    assert not wrong, "\n".join(wrong)


def test_importing_the_package_loads_nothing_at_all() -> None:
    eager = [one.full for one in modules()[PACKAGE].imports if one.eager and one.top not in sys.stdlib_module_names]
    assert not eager


@pytest.mark.parametrize("library", ONE_OWNER)
def test_a_library_with_an_owner_is_imported_by_its_owner_only(library: str) -> None:
    owners, why = ONE_OWNER[library]
    wrong = []
    for module in modules().values():
        room = room_of(module.name)
        if room not in owners and room.partition(".")[0] not in owners:
            used = [one for one in module.imports if f"{one.full}.".startswith(f"{library}.")]
            wrong += [f"{module.path}:{one.line} imports {library}, but {why}" for one in used]
    assert not wrong, "\n".join(wrong)


def test_the_demo_uses_the_public_face_only() -> None:
    """Whoever copies from the demo must find everything in the documentation."""
    face = {"", "fastapi", "starlette", "asgi", "jose", "errors", "inspection"}
    above = [(module, one, name) for module, one, name in edges() if _in_demo(module.name) and not _in_demo(name)]
    assert not [f"{module.path}:{one.line} {one.full}" for module, one, name in above if _short(name) not in face]


def test_one_file_reads_the_clock() -> None:
    """Time is an argument everywhere else, so a test lets a day pass without waiting."""
    wrong = []
    for module in modules().values():
        if module.short in ("kernel.clock", "demo.clock"):
            continue
        wrong += [f"{module.path}:{one.line} {one.full}" for one in module.imports if one.full in CLOCK]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCK:
                wrong.append(f"{module.path}:{node.lineno} {ast.unparse(node)}")
    assert not wrong, "\n".join(wrong)
