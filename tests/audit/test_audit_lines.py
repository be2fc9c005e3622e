"""Audit lines: written with the change they speak of, safe to store and to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel.errors import Misuse
from gatepass.server.audit.events import EVENTS, event, forget, purging, recent, since
from gatepass.server.audit.model import Source
from gatepass.server.store import Store

LAPTOP = Source("192.0.2.7", "Firefox", "request-1")


async def test_a_line_says_what_happened_to_whom_and_from_where(store: Store) -> None:
    """Every field that was given is read back."""
    call = event(
        "refresh_reused", at=1000.5, source=LAPTOP, user="u", session="s", client="c", detail={"generation": 3}
    )
    await store.write(call)
    (line,) = await recent(store)
    assert (line.at, line.name, line.user, line.session, line.client) == (1000, "refresh_reused", "u", "s", "c")
    assert (line.address, line.agent, line.request_id) == ("192.0.2.7", "Firefox", "request-1")
    assert line.detail == {"generation": 3}


async def test_lines_of_one_second_keep_their_order(store: Store) -> None:
    """By the fraction of the second; lines of one moment in the order they were made."""
    made = [(5.1, "user_registered"), (5.3, "session_ended"), (5.2, "session_started"), (5.2, "token_refreshed")]
    await store.write(*(event(name, at=at, source=LAPTOP) for at, name in made))
    names = [line.name for line in await recent(store)]
    assert names == ["session_ended", "token_refreshed", "session_started", "user_registered"]
    await store.write(*(event("session_started", at=6, source=LAPTOP, detail={"made": made}) for made in range(20)))
    assert [line.detail["made"] for line in await recent(store, limit=20)] == list(range(19, -1, -1))


async def test_lines_can_be_asked_for_one_user_and_up_to_a_limit(store: Store) -> None:
    """Other people's lines are left out."""
    for number in range(4):
        user = "even" if number % 2 == 0 else "odd"
        await store.write(event("session_started", at=number, source=LAPTOP, user=user))
    assert [line.at for line in await recent(store, user="odd")] == [3, 1]
    assert [line.at for line in await recent(store, limit=3)] == [3, 2, 1]


async def test_a_deleted_user_leaves_lines_without_address_and_agent(store: Store) -> None:
    """Address and agent are dropped when a user is deleted; the pseudonymous line stays."""
    for user in ("gone", "here"):
        await store.write(event("session_started", at=1, source=LAPTOP, user=user))
    await store.write(forget("gone"))
    (gone,) = await recent(store, user="gone")
    (here,) = await recent(store, user="here")
    assert (gone.name, gone.address, gone.agent) == ("session_started", None, None)
    assert (here.address, here.agent) == ("192.0.2.7", "Firefox")


def test_an_event_that_is_not_listed_cannot_be_written() -> None:
    """A misspelt name would be a line that nobody finds."""
    with pytest.raises(Misuse, match="sesion_started"):
        event("sesion_started", at=1, source=LAPTOP)


def test_names_of_events_are_unique() -> None:
    """One name, one kind."""
    assert len(set(EVENTS)) == len(EVENTS)


@given(st.text(max_size=600, alphabet=st.characters()), st.text(max_size=600, alphabet=st.characters()))
def test_what_a_client_says_about_itself_is_printable_and_short(address: str, agent: str) -> None:
    """No NUL, no line end, no escape sequence and no unpaired surrogate reaches a table or a terminal."""
    source = Source(address, agent, agent)
    for text, limit in [(source.address, 64), (source.agent, 400), (source.request_id, 128)]:
        assert text is not None
        assert len(text) <= limit
        assert text == "" or text.isprintable()
        text.encode()


async def test_detail_with_characters_that_no_database_stores_is_written(store: Store) -> None:
    """An unpaired surrogate and NUL become JSON escapes, and read back as they were."""
    await store.write(event("sign_in_refused", at=1, source=LAPTOP, detail={"text": "\ud800\0"}))
    (line,) = await recent(store)
    assert line.detail == {"text": "\ud800\0"}


async def test_lines_since_a_moment_come_oldest_first(store: Store) -> None:
    """The moment itself is part of it; other names and users are left out when one is asked for."""
    for at, name in [(9.9, "session_started"), (10, "session_started"), (11.5, "session_ended")]:
        await store.write(event(name, at=at, source=LAPTOP, user="u"))
    assert [line.at for line in await since(store, 10)] == [10, 11]
    assert [line.at for line in await since(store, 0, name="session_started")] == [9, 10]
    assert [line.at for line in await since(store, 10, user="u", name="session_ended")] == [11]
    assert await since(store, 0, user="nobody") == []


async def test_old_lines_are_deleted_oldest_first_and_a_few_at_a_time(store: Store) -> None:
    """What is as young as the moment stays, however many are asked for."""
    await store.write(*(event("session_started", at=at, source=LAPTOP) for at in range(10)))
    [deleted] = await store.write(purging(7, limit=3))
    assert (len(deleted), [line.at for line in await since(store, 0)]) == (3, list(range(3, 10)))
    [deleted] = await store.write(purging(7, limit=100))
    assert (len(deleted), [line.at for line in await since(store, 0)]) == (4, [7, 8, 9])
    [deleted] = await store.write(purging(-5, limit=100))
    assert deleted == []
