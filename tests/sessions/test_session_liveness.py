"""The one liveness function, alone and beside the SQL that must say the same."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.server.sessions.model import alive
from gatepass.server.store import Sql, Store
from tests.support.session_rows import FAMILY, GRANT, SESSION
from tests.support.token_server import LAPTOP, TokenServer


@pytest.mark.parametrize(
    ("part", "change", "good"),
    [
        ("session", {}, True),
        ("session", {"ended_at": 1}, False),
        ("session", {"idle_until": 50}, False),
        ("session", {"absolute_until": 50}, False),
        ("session", {"idle_until": 51}, True),
        ("grant", {"ended_at": 1}, False),
        ("family", {"ended_at": 1}, False),
        ("family", {"idle_until": 50}, False),
        ("family", {"absolute_until": 50}, False),
        ("family", {"absolute_until": 51}, True),
    ],
)
def test_nothing_lives_longer_than_what_it_hangs_on(part: str, change: dict[str, int], good: bool) -> None:
    """At second 50: each end and each limit of each part ends the whole chain, in the very second it names."""
    parts = {"session": SESSION, "grant": GRANT, "family": FAMILY}
    parts[part] = msgspec.structs.replace(parts[part], **change)
    assert alive(50, parts["session"], parts["grant"], parts["family"]) is good  # type: ignore[arg-type]


@given(ended=st.none() | st.integers(0, 200), now=st.integers(0, 300))
def test_an_ended_session_is_dead_at_every_moment(ended: int | None, now: int) -> None:
    """An end is an end, whatever the clock says afterwards."""
    assert alive(now, msgspec.structs.replace(SESSION, ended_at=ended)) is (ended is None and now < 100)


@pytest.mark.parametrize("second", [-1, 0, 1])
@pytest.mark.parametrize("limit", ["idle", "absolute"])
async def test_the_database_draws_the_line_in_the_same_second(store: Store, limit: str, second: int) -> None:
    """A list of sessions made by SQL holds a session exactly as long as `alive` says it lives."""
    server = TokenServer(store)
    user = server.person()
    started = await server.browser(user)
    session = started.session
    if limit == "absolute":
        change = Sql("UPDATE sessions SET idle_until = absolute_until + 10 WHERE id = :id RETURNING 1", rows=1)
        await store.write(change(id=session.id))
    moment = (session.idle_until if limit == "idle" else session.absolute_until) + second
    found = await server.sessions.of_user(user.subject, now=moment)
    by_secret = await server.sessions.by_secret(started.secret, now=moment)
    assert bool(found) is (by_secret is not None) is (second < 0)
    assert LAPTOP.address == session.address
