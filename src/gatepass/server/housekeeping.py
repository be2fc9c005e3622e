"""What a process does by itself, again and again, without being asked.

One task per process, with a loop in it for each job, so that a slow job keeps no
other one waiting. A job that fails is told of in the log and tried again at its next
turn; nothing that it raises ends the loop.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gatepass.kernel.clock import Clock, now
from gatepass.kernel.errors import GatepassError
from gatepass.server.leases.service import Leases
from gatepass.server.metrics import Metrics

LEASE_TURNS = 3
"""Turns for which a job is leased: its process may miss two before another one takes it."""
SHORTEST_LEASE = 60.0
"""Seconds."""

_log = logging.getLogger("gatepass.housekeeping")


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that returns.

    Attributes:
        name: in the log, and of the lease.
        every: seconds from its end to its next start; also before the first one, so that a start
            is not held up, and a process that only starts and stops does nothing.
        work: gets the time, in seconds since the epoch.
        alone: whether one process does it for all that share the database.
    """

    name: str
    every: float
    work: Callable[[float], Awaitable[None]]
    alone: bool = False


class Housekeeping:
    """Runs the jobs of this process.

    Args:
        jobs: with names that differ.
        leases: of this process.
        metrics: counts what went well and what did not.
        clock: seconds since the epoch.
    """

    def __init__(self, jobs: Sequence[Job], leases: Leases, metrics: Metrics, clock: Clock = now) -> None:
        self._jobs = jobs
        self._leases = leases
        self._metrics = metrics
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._failing: set[str] = set()

    def start(self) -> None:
        """Begin, in the running event loop. While it goes on, starting again does nothing.

        An application without a lifespan may close its event loop and go on in another one.
        """
        if self._task is None or self._task.done() or self._task.get_loop().is_closed():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="gatepass-housekeeping")

    async def stop(self) -> None:
        """Leave off, also in the middle of a job. Stopping twice does nothing."""
        task, self._task = self._task, None
        if task is None or task.get_loop().is_closed():
            return
        if task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait([task])
        else:
            task.get_loop().call_soon_threadsafe(task.cancel)

    async def turn(self) -> None:
        """Every job once, in order, now."""
        for job in self._jobs:
            await self._do(job)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                group.create_task(self._repeat(job))

    async def _repeat(self, job: Job) -> None:
        while True:
            await asyncio.sleep(job.every)
            await self._do(job)

    async def _do(self, job: Job) -> None:
        try:
            if job.alone and not await self._leases.hold(job.name, _lease(job)):
                return
            await job.work(self._clock())
        except (Exception, asyncio.CancelledError) as error:
            if _stopping():
                raise
            self._metrics.count("job_runs", job=job.name, result="failed")
            self._tell(job, error)
        else:
            self._metrics.count("job_runs", job=job.name, result="ok")
            self._metrics.gauge("job_success", self._clock(), job=job.name)
            self._failing.discard(job.name)

    def _tell(self, job: Job, error: BaseException) -> None:
        # Once per outage: a job of every second would fill the log while the database is away.
        if job.name in self._failing:
            return
        self._failing.add(job.name)
        if isinstance(error, GatepassError):
            told = {"code": error.code, "detail": f"{job.name}: {error.detail or error.message}"}
            _log.error("housekeeping_failed", extra=told)
        else:
            _log.error("housekeeping_failed", extra={"detail": job.name}, exc_info=error)


def _lease(job: Job) -> float:
    return max(SHORTEST_LEASE, LEASE_TURNS * job.every)


def _stopping() -> bool:
    # Work can end as cancelled because what it waited for was: that is a failure like others.
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
