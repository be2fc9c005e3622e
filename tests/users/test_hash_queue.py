"""The threads that hash: granted in turn, freed when done, given back by who departs."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from functools import partial

import pytest

from gatepass.server.users.errors import UsersUnavailable
from gatepass.server.users.lanes import Asker
from gatepass.server.users.queue import HashQueue


@pytest.fixture
async def queue() -> AsyncIterator[HashQueue]:
    queue = HashQueue(threads=1)
    yield queue
    await queue.close()


async def settle() -> None:
    """Let every task run as far as it gets by itself."""
    for _ in range(10):
        await asyncio.sleep(0)


class Gate:
    """Work that waits on its thread until the test lets it go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.go_on.wait(10)
        return "done"


async def test_work_runs_on_a_thread_of_the_queue_and_its_value_comes_back(queue: HashQueue) -> None:
    name = await queue.run(lambda: threading.current_thread().name)
    assert name.startswith("gatepass-hash")


async def test_what_work_raises_comes_back_and_the_thread_is_free_again(queue: HashQueue) -> None:
    with pytest.raises(ZeroDivisionError):
        await queue.run(lambda: 1 // 0)
    assert await queue.run(lambda: "next") == "next"


@pytest.mark.skipif(sys.platform != "linux", reason="a nice value belongs to a thread on Linux only")
async def test_hashing_threads_have_low_priority_and_the_others_keep_theirs(queue: HashQueue) -> None:
    mine = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    theirs = await queue.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert theirs == min(19, mine + 10)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == mine


async def test_unless_told_there_is_a_thread_per_core_and_two_at_most() -> None:
    """Hashing leaves room for everything else, also on a large machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    queue, gates = HashQueue(), [Gate() for _ in range(4)]
    jobs = [asyncio.create_task(queue.run(gate)) for gate in gates]
    await settle()
    running = min(2, cores)
    for gate in gates[:running]:
        assert await asyncio.to_thread(gate.begun.wait, 10)
    await settle()
    assert [gate.begun.is_set() for gate in gates[running:]] == [False] * (4 - running)
    for gate in gates:
        gate.go_on.set()
    assert await asyncio.gather(*jobs) == ["done"] * 4
    await queue.close()


async def test_one_turn_may_do_several_pieces_of_work(queue: HashQueue) -> None:
    async with queue.turn() as turn:
        assert [await turn.run(lambda: 1), await turn.run(lambda: 2)] == [1, 2]


async def test_a_turn_knows_when_the_thread_became_its_own() -> None:
    now = [100.0]
    queue = HashQueue(threads=1, clock=lambda: now[0])
    async with queue.turn() as first:
        waiting = asyncio.create_task(queue.run(lambda: None))
        await settle()
        now[0] = 107.0
    async with queue.turn() as second:
        assert (first.admitted, second.admitted) == (100.0, 107.0)
    await waiting
    await queue.close()


async def test_who_waits_is_served_when_the_thread_is_free(queue: HashQueue) -> None:
    order: list[str] = []
    async with queue.turn():
        tasks = [asyncio.create_task(queue.run(partial(order.append, name), Asker(name))) for name in "abc"]
        await settle()
        assert order == []
    await asyncio.gather(*tasks)
    assert order == ["a", "b", "c"]


async def test_the_third_job_of_a_prefix_is_turned_away_at_once(queue: HashQueue) -> None:
    asker = Asker("192.0.2.1")
    async with queue.turn(asker):
        second = asyncio.create_task(queue.run(lambda: "second", asker))
        await settle()
        with pytest.raises(UsersUnavailable, match="sign_in_busy"):
            await queue.run(lambda: "third", asker)
    assert await second == "second"


async def test_the_job_of_a_departed_client_is_dropped(queue: HashQueue) -> None:
    done: list[str] = []
    async with queue.turn():
        departed = asyncio.create_task(queue.run(lambda: done.append("departed")))
        other = asyncio.create_task(queue.run(lambda: done.append("other")))
        await settle()
        departed.cancel()
        await settle()
    await other
    assert done == ["other"]
    assert departed.cancelled()


async def test_who_is_cancelled_in_the_moment_of_his_turn_passes_it_on(queue: HashQueue) -> None:
    async with queue.turn():
        departed = asyncio.create_task(queue.run(lambda: "departed"))
        await settle()
    departed.cancel()  # granted by the line above, but not resumed yet
    assert await queue.run(lambda: "next") == "next"
    assert departed.cancelled()


async def test_a_thread_stays_taken_until_the_work_of_a_departed_client_is_done(queue: HashQueue) -> None:
    gate, order = Gate(), list[str]()
    departed = asyncio.create_task(queue.run(gate))
    await asyncio.to_thread(gate.begun.wait, 10)
    departed.cancel()
    waiting = asyncio.create_task(queue.run(lambda: order.append("waiting")))
    await settle()
    assert order == []
    gate.go_on.set()
    await waiting
    assert order == ["waiting"]


async def test_a_departed_client_counts_until_its_work_is_done(queue: HashQueue) -> None:
    """Else whoever sends and hangs up could pile up work without end behind the threads."""
    gate, asker = Gate(), Asker("192.0.2.1")
    departed = asyncio.create_task(queue.run(gate, asker))
    await asyncio.to_thread(gate.begun.wait, 10)
    departed.cancel()
    await settle()
    second = asyncio.create_task(queue.run(lambda: "second", asker))
    await settle()
    with pytest.raises(UsersUnavailable, match="sign_in_busy"):
        await queue.run(lambda: "third", asker)
    gate.go_on.set()
    assert await second == "second"


async def test_measured_work_decides_how_many_may_wait() -> None:
    now = [0.0]

    def slow() -> None:
        now[0] += 10.0

    queue = HashQueue(threads=1, max_wait=2.0, clock=lambda: now[0])
    for _ in range(5):
        await queue.run(slow)
    async with queue.turn(Asker("a")):
        with pytest.raises(UsersUnavailable) as refused:
            await queue.run(lambda: None, Asker("b"))
    assert refused.value.retry_after >= 4
    await queue.close()


async def test_closing_turns_away_who_waits_and_who_comes_later() -> None:
    queue, gate = HashQueue(threads=1), Gate()
    running = asyncio.create_task(queue.run(gate))
    waiting = asyncio.create_task(queue.run(lambda: "waiting"))
    await asyncio.to_thread(gate.begun.wait, 10)
    gate.go_on.set()
    await queue.close()
    await queue.close()
    with pytest.raises(UsersUnavailable):
        await queue.run(lambda: "later")
    assert await running == "done"
    with pytest.raises(UsersUnavailable):
        await waiting


async def test_a_turn_that_outlives_the_queue_is_refused_more_work() -> None:
    queue = HashQueue(threads=1)
    async with queue.turn() as turn:
        await queue.close()
        with pytest.raises(UsersUnavailable):
            await turn.run(lambda: "work")
