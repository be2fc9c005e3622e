"""In which order rows are locked, which rows stay when a person goes, and what is counted of a suspicion."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest

from gatepass.kernel.errors import GatepassError
from gatepass.server.audit.model import Source
from gatepass.server.audit.record import Record
from gatepass.server.flows.delete_user import DeleteUser
from gatepass.server.flows.purge import KEPT, Purge
from gatepass.server.issuing.access import LIFETIME
from gatepass.server.metrics import Metrics
from gatepass.server.sessions.purging import purging_sessions
from gatepass.server.status.model import MARGIN
from gatepass.server.store import Call, Sql, Store, open_store
from gatepass.server.store.port import Unwatched
from tests.support.accounts import WORK, accounts
from tests.support.people import OTHER_PASSWORD, PASSWORD
from tests.support.refreshing import opened
from tests.support.token_server import LAPTOP, START, TokenServer

ORDER = ("users", "sessions", "grants", "refresh_families", "status_entries", "audit_events")
GRANT = Sql("SELECT user_id, ended_at FROM grants")
ENTRY = Sql("SELECT list, idx, until, ended_at FROM status_entries WHERE grant_id IS NOT NULL")


def tables(calls: list[Call]) -> list[str]:
    """The table that each statement changes."""
    found = [re.match(r"\s*(?:UPDATE|INSERT INTO|DELETE FROM)\s+(\w+)", call.sql.text) for call in calls]
    return [match[1] for match in found if match]


@pytest.mark.parametrize("what", ["start", "rotate", "end", "end all", "end grant"])
async def test_rows_are_locked_from_the_session_down(store: Store, what: str) -> None:
    """Session, grant, family, rest, in every unit: two units that took locks in opposite order would deadlock."""
    server = TokenServer(store)
    api = await server.api(server.person())
    chain = await server.sessions.chain(api.refresh_token.partition(".")[0])
    assert chain is not None
    sessions, user = server.sessions, api.session.user_id
    calls = {
        "start": api.calls,
        "rotate": sessions.rotating(chain, 1, now=START + 100, source=LAPTOP),
        "end": sessions.ending(api.session.id, by="sign_out", now=START),
        "end all": sessions.ending_all(user, by="operator", now=START),
        "end grant": sessions.ending_grant(api.grant.id, by="reuse", now=START),
    }[what]
    places = [ORDER.index(table) for table in tables(calls)]
    assert len(places) >= 2
    assert all(one <= other for one, other in pairwise(places))


class Units(Unwatched):
    """Remembers the tables that each unit changed, in the order in which they were first met."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def ended(self, calls: Sequence[Call], seconds: float, failure: GatepassError | None) -> None:
        """See `Watch.ended`."""
        self.seen.append(list(dict.fromkeys(tables(list(calls)))))


async def test_a_unit_about_a_person_begins_with_the_persons_row(database_url: str) -> None:
    """User, session, grant, family, rest: whoever comes second waits there, and sees what the first one did."""
    units = Units()
    store = open_store(database_url, watch=units)
    await store.open()
    house = accounts(store)
    await house.ring.open()
    user = await house.people.add("anna")
    await house.people.add("bert")
    units.seen.clear()
    await house.sign_in.api("anna", PASSWORD, WORK)
    secret = (await house.browser("anna")).secret
    await house.browser("bert", current_secret=secret)
    await house.change_password(user.subject, PASSWORD, OTHER_PASSWORD, source=WORK)
    await house.disable_user(user.subject, source=WORK)
    await house.delete_user.by_operator(user.subject, source=WORK)
    about = [seen for seen in units.seen if "sessions" in seen]
    assert len(about) == 6
    assert all(seen[0] == "users" for seen in about)
    assert all(sorted(seen, key=ORDER.index) == seen for seen in about)
    await house.close()
    await store.close()


def test_a_purge_takes_the_sessions_before_it_deletes_what_hangs_on_them() -> None:
    """Foreign keys want them deleted last; so they are marked first, which locks them."""
    assert tables(purging_sessions(now=START, before=START, limit=1))[0] == "sessions"


async def test_deleting_a_user_leaves_the_row_of_the_bit_until_it_has_run_out(store: Store) -> None:
    """No cascade: services that have not heard of the end yet must go on reading a set bit at that index."""
    house = accounts(store)
    await house.ring.open()
    user = await house.people.add("anna")
    await house.sign_in.api("anna", PASSWORD, WORK)
    [(name, idx, until, _)] = await store.read(ENTRY())
    house.people.time.pass_(10)
    delete: DeleteUser = house.delete_user
    await delete.by_operator(user.subject, source=WORK)
    assert await store.read(Sql("SELECT COUNT(*) FROM users")()) == [(0,)]
    assert await store.read(GRANT()) == [(user.subject, house.now)]
    entry = [(name, idx, until, house.now)]
    assert await store.read(ENTRY()) == entry
    await Purge(store, Metrics())(house.now + KEPT)
    assert (await store.read(GRANT()), await store.read(ENTRY())) == ([], entry)
    await house.close()


async def test_the_index_of_a_grant_that_nobody_used_is_free_soon_after_its_purge(store: Store) -> None:
    """So the list stays as large as the living: it does not wait for the absolute limit of a session long over."""
    server = TokenServer(store)
    await server.api(server.person())
    at = START + 14 * KEPT + KEPT
    await Purge(store, Metrics())(at)
    await server.tidying(at + LIFETIME + MARGIN)
    assert len(await store.read(ENTRY())) == 1
    await server.tidying(at + LIFETIME + MARGIN + 1)
    assert await store.read(ENTRY()) == []


async def test_an_answer_repeated_to_another_place_is_counted(database_url: str) -> None:
    """A thief in lockstep cannot be told from a second tab, so somebody should see how often it happens."""
    metrics = Metrics()
    store = open_store(database_url, watch=Record(metrics))
    await store.open()
    server = await opened(store)
    api = await server.api(server.person())
    for place in (LAPTOP, LAPTOP, Source("203.0.113.1", LAPTOP.agent), Source(LAPTOP.address, "another")):
        await server.refresh(api.refresh_token, source=place)
    [events] = [series.values for series in metrics.snapshot() if series.figure.name == "events"]
    assert events[("refresh_repeated_elsewhere",)] == 2
    await store.close()
