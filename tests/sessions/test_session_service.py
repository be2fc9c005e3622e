"""Sessions in the database: what is stored, who is recognised, when use is noted, what an end takes along."""

import hashlib
from typing import Any

import pytest

from gatepass.kernel.secret import Secret
from gatepass.server.master import MasterSecret
from gatepass.server.sessions.refresh_token import parse
from gatepass.server.sessions.service import Sessions
from gatepass.server.store import Call, Row, Sql, Stale, Store, StoreUnavailable
from gatepass.tokens.sessions import SessionLimits
from tests.support.token_server import LAPTOP, MASTER, PHONE, START, TokenServer

DAY = 86_400
ALL = [Sql(f"SELECT * FROM {table}") for table in ("sessions", "grants", "refresh_families", "audit_events")]
ENDS = Sql(
    """SELECT s.id, s.ended_at, s.ended_by, g.ended_at, g.ended_by, f.ended_at FROM sessions s
    JOIN grants g ON g.session_id = s.id JOIN refresh_families f ON f.grant_id = g.id"""
)


async def everything(store: Store) -> list[Any]:
    return [value for table in ALL for row in await store.read(table()) for value in row]


async def test_a_cookie_is_recognised_by_its_secret_alone(store: Store) -> None:
    """Not by the database id, not by anything that looks like a secret."""
    server = TokenServer(store)
    started = await server.browser(server.person())
    found = await server.sessions.by_secret(started.secret, now=server.now)
    assert found == started.session
    for wrong in ("", started.session.id, started.secret[:-1], started.secret + "A", "\0", "é", "\ud800", "x" * 10**6):
        assert await server.sessions.by_secret(wrong, now=server.now) is None


async def test_a_stolen_database_holds_no_secret(store: Store) -> None:
    """The cookie secret is stored as SHA-256, the refresh token not at all."""
    server = TokenServer(store)
    user = server.person()
    browser, api = await server.browser(user), await server.api(user)
    stored = await everything(store)
    assert hashlib.sha256(browser.secret.encode()).digest() in stored
    texts = " ".join(value if isinstance(value, str) else repr(value) for value in stored)
    assert browser.secret not in texts
    assert api.refresh_token not in texts
    assert api.refresh_token.rpartition(".")[2] not in texts


async def test_secret_database_id_and_sid_are_three_values(store: Store) -> None:
    """And each of two grants has a sid of its own."""
    server = TokenServer(store)
    user = server.person()
    browser, one, two = await server.browser(user), await server.api(user), await server.api(user)
    values = [browser.secret, browser.session.id, one.session.id, two.session.id]
    values += [one.grant.sid, two.grant.sid, one.grant.id, two.grant.id]
    assert len(set(values)) == len(values)


async def test_an_api_sign_in_makes_a_session_and_a_grant_together(store: Store) -> None:
    """And one refresh family, whose first token is genuine."""
    server = TokenServer(store)
    api = await server.api(server.person())
    live = await server.sessions.live(api.grant.sid, now=server.now)
    assert live == api.live
    assert not api.session.browser
    assert [len(await store.read(table())) for table in ALL[:3]] == [1, 1, 1]


async def test_each_family_has_sixteen_random_bytes_of_its_own(store: Store) -> None:
    """They are under the MAC: equal families in two databases, or after a restore, make different tokens."""
    server = TokenServer(store)
    user, salts = server.person(), set()
    for _ in range(4):
        chain = await server.sessions.chain((await server.api(user)).refresh_token.partition(".")[0])
        assert chain is not None
        salts.add(chain.family.salt)
    assert [len(salt) for salt in salts] == [16] * 4
    assert all(len(set(salt)) > 4 for salt in salts)


async def test_a_session_ends_when_it_is_not_used(store: Store) -> None:
    """Seven days idle for a browser."""
    server = TokenServer(store)
    started = await server.browser(server.person())
    server.clock.move(7 * DAY - 1)
    assert await server.sessions.recognise(started.secret, now=server.now, source=LAPTOP)
    server.clock.move(7 * DAY - 1)
    assert await server.sessions.recognise(started.secret, now=server.now, source=LAPTOP)
    server.clock.move(7 * DAY)
    assert await server.sessions.recognise(started.secret, now=server.now, source=LAPTOP) is None


async def test_a_session_ends_after_its_absolute_limit_however_much_it_is_used(store: Store) -> None:
    """Thirty days for a browser."""
    server = TokenServer(store)
    started = await server.browser(server.person())
    for _ in range(29):
        server.clock.move(DAY)
        assert await server.sessions.recognise(started.secret, now=server.now, source=LAPTOP)
    server.clock.move(DAY)
    assert await server.sessions.recognise(started.secret, now=server.now, source=LAPTOP) is None


async def test_last_use_is_written_once_a_minute_at_most(store: Store) -> None:
    """A page view in between costs a read only; the note says from where."""
    server = TokenServer(store)
    user = server.person()
    started = await server.browser(user)
    seen = []
    for seconds in (0, 30, 29, 1, 59, 1):
        server.clock.move(seconds)
        await server.sessions.recognise(started.secret, now=server.now, source=PHONE)
        (session,) = await server.sessions.of_user(user.subject, now=server.now)
        seen.append((session.last_seen_at - START, session.address))
    old, new = LAPTOP.address, PHONE.address
    assert seen == [(0, old), (0, old), (0, old), (60, new), (60, new), (120, new)]


async def test_a_short_idle_limit_does_not_run_out_under_use(store: Store) -> None:
    """With an idle limit below a minute, use is noted more often."""
    sessions = Sessions(store, MasterSecret(MASTER), browser=SessionLimits(idle=20, absolute=1000))
    started = sessions.starting("u", now=0, source=LAPTOP)
    await store.write(*started.calls)
    for now in range(0, 200, 9):
        assert await sessions.recognise(started.secret, now=now, source=LAPTOP)
    assert await sessions.recognise(started.secret, now=198 + 20, source=LAPTOP) is None


class FullDisk:
    """A store whose disk is full: what is there can be read."""

    def __init__(self, store: Store) -> None:
        self.open, self.close, self.read, self.scan = store.open, store.close, store.read, store.scan
        self.health, self.version, self.backup = store.health, store.version, store.backup

    async def write(self, *calls: Call) -> list[list[Row]]:
        """Never works."""
        raise StoreUnavailable("store_full")


async def test_a_full_disk_turns_no_reader_away(store: Store) -> None:
    """The session is proved; that its use cannot be noted is no reason to refuse a page."""
    server = TokenServer(store)
    started = await server.browser(server.person())
    sessions = Sessions(FullDisk(store), server.master)
    assert await sessions.recognise(started.secret, now=server.now + 100, source=PHONE) == started.session


async def test_a_note_of_use_does_not_revive_an_ended_session(store: Store) -> None:
    """The request that noted its use lost the race against the sign-out."""
    server = TokenServer(store)
    started = await server.browser(server.person())
    server.clock.move(100)
    note = server.sessions.using(started.session, now=server.now, source=LAPTOP)
    await store.write(*server.sessions.ending(started.session.id, by="sign_out", now=server.now))
    assert await store.write(*note) == [[]]
    assert await server.sessions.by_secret(started.secret, now=server.now) is None


async def test_ending_a_session_ends_its_grants_and_families_in_the_same_unit(store: Store) -> None:
    """All in one unit, and nobody else's."""
    server = TokenServer(store)
    user = server.person()
    mine, other = await server.api(user), await server.api(user)
    await store.write(*server.sessions.ending(mine.session.id, by="sign_out", now=START + 5))
    rows = {row[0]: row[1:] for row in await store.read(ENDS())}
    assert rows[mine.session.id] == (START + 5, "sign_out", START + 5, "sign_out", START + 5)
    assert rows[other.session.id] == (None,) * 5
    assert await server.sessions.live(mine.grant.sid, now=server.now) is None


async def test_ending_twice_keeps_the_first_end(store: Store) -> None:
    """The second time changes nothing."""
    server = TokenServer(store)
    mine = await server.api(server.person())
    for later in (5, 9):
        await store.write(*server.sessions.ending(mine.session.id, by=f"at {later}", now=START + later))
    ((_, *ends),) = await store.read(ENDS())
    assert ends == [START + 5, "at 5", START + 5, "at 5", START + 5]


async def test_ending_all_but_one_leaves_that_one_and_other_people(store: Store) -> None:
    """What a password change does."""
    server = TokenServer(store)
    ann, bob = server.person(), server.person()
    kept, gone, page, other = (
        await server.api(ann),
        await server.api(ann),
        await server.browser(ann),
        await server.api(bob),
    )
    unit = server.sessions.ending_all(ann.subject, by="password_changed", now=START + 1, except_session=kept.session.id)
    await store.write(*unit)
    rows = {row[0]: row[1:] for row in await store.read(ENDS())}
    end = (START + 1, "password_changed")
    assert rows[gone.session.id] == (*end, *end, START + 1)
    assert rows[kept.session.id] == rows[other.session.id] == (None,) * 5
    assert await server.sessions.by_secret(page.secret, now=server.now) is None


async def test_a_session_that_starts_while_all_are_ended_goes_on_whole(store: Store) -> None:
    """The unit's later statements may see a session that its first one did not: they leave its grant alone."""
    server = TokenServer(store)
    user = server.person()
    old = await server.api(user)
    first, *rest = server.sessions.ending_all(user.subject, by="other_device", now=START)
    await store.write(first)
    new = await server.api(user)
    await store.write(*rest)
    assert await server.sessions.live(old.grant.sid, now=START) is None
    rows = {row[0]: row[1:] for row in await store.read(ENDS())}
    assert rows[new.session.id] == (None,) * 5
    assert None not in rows[old.session.id]


async def test_a_deleted_user_leaves_no_address_and_no_agent(store: Store) -> None:
    """The ended rows stay, pseudonymous."""
    server = TokenServer(store)
    user = server.person()
    await server.api(user)
    await store.write(
        *server.sessions.ending_all(user.subject, by="user_deleted", now=START),
        *server.sessions.forgetting(user.subject),
    )
    rows = await store.read(Sql("SELECT address, agent FROM sessions")())
    assert rows == [(None, None)]


async def test_a_live_grant_is_found_by_its_sid_only_while_it_lives(store: Store) -> None:
    """One read answers for the grant and its session."""
    server = TokenServer(store)
    api = await server.api(server.person())
    assert await server.sessions.live(api.session.id, now=server.now) is None
    assert await server.sessions.live("\0", now=server.now) is None
    assert await server.sessions.live("x" * 10**6, now=server.now) is None
    assert await server.sessions.live(api.grant.sid, now=api.session.idle_until) is None
    await store.write(*server.sessions.ending_grant(api.grant.id, by="reuse", now=server.now))
    assert await server.sessions.live(api.grant.sid, now=server.now) is None
    assert await server.sessions.by_id(api.session.id, now=server.now) == api.session


async def test_a_family_made_with_a_dropped_secret_has_no_genuine_token(store: Store) -> None:
    """Rows keep the key version; old and new are accepted, an unlisted one is not."""
    old, new = MasterSecret(MASTER, version=1), Secret(b"another master secret of 32 bytes")
    api = await TokenServer(store, master=old).api(TokenServer(store).person())
    family_id = api.refresh_token.partition(".")[0]
    for previous, good in [({1: MASTER}, True), ({}, False)]:
        server = TokenServer(store, master=MasterSecret(new, version=2, previous=previous))
        chain = await server.sessions.chain(family_id)
        assert chain is not None
        assert chain.family.key_version == 1
        token = parse(api.refresh_token)
        assert token is not None
        assert server.sessions.genuine(token, chain.family) is good


@pytest.mark.parametrize("behind", ["rotated", "set back", "ended", "session ended", "idle", "absolute"])
async def test_a_swap_that_was_decided_on_an_old_view_is_stale(store: Store, behind: str) -> None:
    """Step 5 of a refresh: one statement compares generation, end and both limits; nothing of the unit happens."""
    server = TokenServer(store)
    api = await server.api(server.person())
    await store.write(Sql("UPDATE refresh_families SET generation = 5 RETURNING 1", rows=1)())
    chain = await server.sessions.chain(api.refresh_token.partition(".")[0])
    assert chain is not None
    change = {
        "rotated": [Sql("UPDATE refresh_families SET generation = 6 RETURNING 1")()],
        "set back": [Sql("UPDATE refresh_families SET generation = 4 RETURNING 1")()],
        "ended": server.sessions.ending_grant(api.grant.id, by="reuse", now=START),
        "session ended": server.sessions.ending(api.session.id, by="sign_out", now=START),
        "idle": [Sql("UPDATE refresh_families SET idle_until = :at RETURNING 1")(at=START + 100)],
        "absolute": [Sql("UPDATE refresh_families SET absolute_until = :at RETURNING 1")(at=START + 100)],
    }
    await store.write(*change[behind])
    before = await everything(store)
    with pytest.raises(Stale):
        await store.write(*server.sessions.rotating(chain, 6, now=START + 100, source=LAPTOP))
    assert await everything(store) == before


async def test_use_never_puts_off_the_absolute_limit(store: Store) -> None:
    """Neither of the session nor of the family."""
    server = TokenServer(store)
    api = await server.api(server.person())
    chain = await server.sessions.chain(api.refresh_token.partition(".")[0])
    assert chain is not None
    late = START + 90 * DAY - 1
    await store.write(Sql("UPDATE refresh_families SET idle_until = :at RETURNING 1")(at=late + 1))
    await store.write(*server.sessions.rotating(chain, 1, now=late, source=LAPTOP))
    idle = Sql("SELECT s.idle_until, f.idle_until, f.rotated_at FROM sessions s, refresh_families f")
    assert await store.read(idle()) == [(late + 1, late + 1, late)]


async def test_starting_values_do_not_show_their_secrets(store: Store) -> None:
    """A log line with such a value in it opens nothing."""
    server = TokenServer(store)
    user = server.person()
    browser, api = await server.browser(user), await server.api(user)
    assert browser.secret not in repr(browser)
    assert api.refresh_token not in repr(api)
