"""What a process does by itself: on and on, by one of several, whatever goes wrong."""

import asyncio
import logging

import pytest

from gatepass.server.housekeeping import Housekeeping, Job
from gatepass.server.leases.service import Leases
from gatepass.server.metrics import Metrics
from gatepass.server.metrics.exposition import exposition
from gatepass.server.store import Store, StoreUnavailable, open_store
from tests.support.token_server import START, MovedClock

SOON = 0.001
"""Seconds between turns, where a test waits for the loop itself."""


class Work:
    """A job's work: remembers when it was done, and does as it is told."""

    def __init__(self) -> None:
        self.done: list[float] = []
        self.error: Exception | None = None
        self.turn = asyncio.Event()

    async def __call__(self, now: float) -> None:
        self.done.append(now)
        self.turn.set()
        if self.error is not None:
            raise self.error

    async def again(self) -> None:
        """Wait for its next turn."""
        self.turn.clear()
        await self.turn.wait()


async def test_jobs_are_done_with_the_time_as_their_clock_tells_it(store: Store) -> None:
    clock, work = MovedClock(), Work()
    housekeeping = Housekeeping([Job("work", 60, work)], Leases(store, clock), Metrics(), clock)
    await housekeeping.turn()
    clock.move(60)
    await housekeeping.turn()
    assert work.done == [START, START + 60]


async def test_a_job_that_one_process_is_enough_for_is_done_by_one(store: Store) -> None:
    """Until that one is dead for three turns; the other jobs are done by each."""
    clock, alone, each = MovedClock(), [Work(), Work()], [Work(), Work()]
    one, other = (
        Housekeeping([Job("alone", 60, a, alone=True), Job("each", 60, e)], Leases(store, clock), Metrics(), clock)
        for a, e in zip(alone, each, strict=True)
    )
    for _ in range(3):
        await one.turn()
        await other.turn()
        clock.move(60)
    assert [len(work.done) for work in alone] == [3, 0]
    assert [len(work.done) for work in each] == [3, 3]
    clock.move(121)
    await other.turn()
    assert [len(work.done) for work in alone] == [3, 1]


async def test_it_goes_on_whatever_a_job_raises(store: Store) -> None:
    """A failing job neither ends itself nor holds up another one."""
    bad, good = Work(), Work()
    bad.error = RuntimeError("a defect")
    housekeeping = Housekeeping([Job("bad", SOON, bad), Job("good", SOON, good)], Leases(store), Metrics())
    housekeeping.start()
    for _ in range(3):
        await asyncio.gather(bad.again(), good.again())
    await housekeeping.stop()


async def test_an_outage_is_told_once(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """And the next one again: a job of every second must not fill the log."""
    work = Work()
    housekeeping = Housekeeping([Job("work", 1, work)], Leases(store), Metrics())
    with caplog.at_level(logging.ERROR, "gatepass.housekeeping"):
        for error in (StoreUnavailable("store_timeout"), StoreUnavailable("store_timeout"), None, RuntimeError("x")):
            work.error = error
            await housekeeping.turn()
    told = [(record.getMessage(), getattr(record, "code", None)) for record in caplog.records]
    assert told == [("housekeeping_failed", "store_timeout"), ("housekeeping_failed", None)]


async def test_a_database_that_is_away_is_survived(store: Store) -> None:
    """The lease cannot be asked for then, so the work is not done."""
    work = Work()
    housekeeping = Housekeeping([Job("work", 60, work, alone=True)], Leases(store), Metrics())
    await store.close()
    await housekeeping.turn()
    assert not work.done
    await store.open()
    await housekeeping.turn()
    assert len(work.done) == 1


async def test_a_slow_job_keeps_no_other_waiting(store: Store) -> None:
    quick, begun = Work(), asyncio.Event()

    async def slow(now: float) -> None:
        begun.set()
        await asyncio.Event().wait()

    housekeeping = Housekeeping([Job("slow", SOON, slow), Job("quick", SOON, quick)], Leases(store), Metrics())
    housekeeping.start()
    await begun.wait()
    await quick.again()
    await quick.again()
    await housekeeping.stop()


async def test_a_stop_ends_it_at_once_and_a_start_begins_again(store: Store) -> None:
    """Both do nothing when there is nothing to do."""
    work = Work()
    housekeeping = Housekeeping([Job("work", SOON, work)], Leases(store), Metrics())
    await housekeeping.stop()
    for _ in range(2):
        housekeeping.start()
        housekeeping.start()
        await work.again()
        await housekeeping.stop()
        await housekeeping.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "gatepass-housekeeping"]


def test_it_survives_the_event_loop_that_it_was_started_in() -> None:
    """An application without a lifespan may answer each request in a loop of its own."""
    work = Work()
    housekeeping = Housekeeping([Job("work", 0, work)], Leases(open_store("sqlite:///never.db")), Metrics())

    async def request() -> None:
        work.turn = asyncio.Event()
        housekeeping.start()
        await work.again()

    asyncio.run(request())
    asyncio.run(request())
    asyncio.run(housekeeping.stop())
    assert len(work.done) >= 2


async def test_work_that_was_cancelled_from_inside_does_not_end_the_loop(store: Store) -> None:
    """A library may let go of what it waited for; only a stop is a stop."""
    work = Work()

    async def cancelled(now: float) -> None:
        await work(now)
        raise asyncio.CancelledError

    housekeeping = Housekeeping([Job("work", SOON, cancelled)], Leases(store), Metrics())
    housekeeping.start()
    await work.again()
    await work.again()
    await housekeeping.stop()


async def test_runs_are_counted_by_how_they_ended(store: Store) -> None:
    """And when a job last went well; one that another process does is not counted here."""
    clock, work, metrics = MovedClock(), Work(), Metrics()
    jobs = [Job("work", 60, work), Job("alone", 60, Work(), alone=True)]
    assert await Leases(store, clock).hold("alone", 60)
    housekeeping = Housekeeping(jobs, Leases(store, clock), metrics, clock)
    await housekeeping.turn()
    clock.move(5)
    work.error = RuntimeError("a defect")
    await housekeeping.turn()
    told = [line for line in exposition(metrics.snapshot()).splitlines() if line.startswith("gatepass_job")]
    assert told == [
        'gatepass_job_runs_total{job="work",result="ok"} 1',
        'gatepass_job_runs_total{job="work",result="failed"} 1',
        f'gatepass_job_success{{job="work"}} {START}',
    ]
