"""An audit row has its line in the log when, and only when, its unit is on disk."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from gatepass.server.audit.events import event, recent
from gatepass.server.audit.model import Source
from gatepass.server.audit.record import Record
from gatepass.server.logs import JsonFormatter, PlainFormatter
from gatepass.server.metrics import Metrics
from gatepass.server.metrics.exposition import exposition
from gatepass.server.store import Sql, Stale, Store, StoreUnavailable, open_store

LAPTOP = Source("192.0.2.7", "Firefox", "request-1")
NEVER = Sql("DELETE FROM audit_events WHERE id = :id RETURNING 1", rows=1)


class Lines:
    """The log of the audit, as both formatters write it."""

    def __init__(self) -> None:
        self.json, self.plain = io.StringIO(), io.StringIO()
        self.handlers = [logging.StreamHandler(self.json), logging.StreamHandler(self.plain)]
        self.handlers[0].setFormatter(JsonFormatter())
        self.handlers[1].setFormatter(PlainFormatter())

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.json.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    found, log = Lines(), logging.getLogger("gatepass.audit")
    before = log.level
    log.setLevel(logging.INFO)
    for handler in found.handlers:
        log.addHandler(handler)
    yield found
    log.setLevel(before)
    for handler in found.handlers:
        log.removeHandler(handler)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def watched(database_url: str, metrics: Metrics, anyio_backend: str) -> AsyncIterator[Store]:
    store = open_store(database_url, watch=Record(metrics))
    await store.open()
    yield store
    await store.close()


def counted(metrics: Metrics, figure: str) -> set[str]:
    return {line for line in exposition(metrics.snapshot()).splitlines() if line.startswith(f"gatepass_{figure}")}


async def test_a_row_and_its_line_say_the_same(watched: Store, lines: Lines) -> None:
    detail = {"by": "sign_out"}
    call = event("session_ended", at=1000.5, source=LAPTOP, user="u", session="s", client="c", detail=detail)
    await watched.write(call)
    [row], [line] = await recent(watched), lines.read()
    assert (line["logger"], line["level"], line["event"]) == ("gatepass.audit", "info", "session_ended")
    for name in ("id", "at", "user", "session", "client", "address", "agent", "request_id", "detail"):
        assert line[name] == getattr(row, name), name


async def test_what_a_row_does_not_say_is_not_in_the_line(watched: Store, lines: Lines) -> None:
    await watched.write(event("key_created", at=1, source=Source(None, None)))
    [line] = lines.read()
    assert set(line) == {"time", "level", "logger", "event", "id", "at"}


async def test_a_line_for_people_quotes_what_a_stranger_said(watched: Store, lines: Lines) -> None:
    stranger = Source("192.0.2.7", "x user=admin\x1b[2J", "r1")
    await watched.write(event("sign_in_refused", at=1, source=stranger, detail={"code": "throttled"}))
    assert lines.plain.getvalue() == (
        'warning: sign_in_refused address=192.0.2.7 agent="x user=admin?[2J" request_id=r1 code=throttled\n'
    )


async def test_a_unit_that_was_undone_leaves_no_line(watched: Store, lines: Lines, metrics: Metrics) -> None:
    with pytest.raises(Stale):
        await watched.write(event("session_started", at=1, source=LAPTOP), NEVER(id="none"))
    assert await recent(watched) == []
    assert lines.read() == []
    assert counted(metrics, "events") == set()
    assert counted(metrics, "store_writes") == {'gatepass_store_writes_total{result="stale"} 1'}


async def test_a_unit_that_was_never_taken_leaves_no_line(watched: Store, lines: Lines, metrics: Metrics) -> None:
    await watched.close()
    with pytest.raises(StoreUnavailable):
        await watched.write(event("session_started", at=1, source=LAPTOP))
    assert lines.read() == []
    assert counted(metrics, "store_waiting") == {"gatepass_store_waiting 0"}


async def test_a_unit_whose_awaiter_has_gone_has_a_line_for_each_row(
    watched: Store, lines: Lines, metrics: Metrics
) -> None:
    """Also when the client left in the middle: the row decides, not who waits for it."""
    for at in range(20):
        writing = asyncio.ensure_future(watched.write(event("session_started", at=at, source=LAPTOP)))
        await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    await watched.write(event("session_ended", at=99, source=LAPTOP, detail={"by": "sign_out"}))
    rows = await recent(watched, limit=100)
    assert {line["id"] for line in lines.read()} == {row.id for row in rows}
    assert counted(metrics, "store_waiting") == {"gatepass_store_waiting 0"}


async def test_rows_are_counted_by_name_and_ends_by_reason(watched: Store, metrics: Metrics) -> None:
    await watched.write(
        event("session_ended", at=1, source=LAPTOP, detail={"by": "sign_out"}),
        event("password_changed", at=1, source=LAPTOP, detail={"by": "self"}),
    )
    await watched.write(event("sessions_ended", at=1, source=LAPTOP, detail={"by": "operator"}))
    assert counted(metrics, "sessions_ended") == {
        'gatepass_sessions_ended_total{reason="sign_out"} 1',
        'gatepass_sessions_ended_total{reason="password_changed"} 1',
        'gatepass_sessions_ended_total{reason="operator"} 1',
    }
    assert 'gatepass_events_total{name="password_changed"} 1' in counted(metrics, "events")
    assert 'gatepass_store_writes_total{result="ok"} 2' in counted(metrics, "store_writes")
    assert "gatepass_store_write_seconds_count 2" in counted(metrics, "store_write_seconds_count")


async def test_what_an_operator_should_look_at_is_a_warning(watched: Store, lines: Lines) -> None:
    logging.getLogger("gatepass.audit").setLevel(logging.WARNING)
    await watched.write(event("token_refreshed", at=1, source=LAPTOP), event("refresh_reused", at=1, source=LAPTOP))
    assert [(line["level"], line["event"]) for line in lines.read()] == [("warning", "refresh_reused")]


async def test_a_token_that_calls_itself_an_agent_is_blotted_out(watched: Store, lines: Lines) -> None:
    """The second net: what is not ours may have the shape of a secret."""
    stranger = Source("192.0.2.7", "curl eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", "r1")
    await watched.write(event("session_started", at=1, source=stranger, detail={"kind": ["Bearer abcdefgh"]}))
    text = lines.json.getvalue() + lines.plain.getvalue()
    assert "eyJ" not in text
    assert "abcdefgh" not in text
