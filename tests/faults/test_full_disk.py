"""The disk is full under SQLite: nothing more is written, everything can be read, and room heals it."""

import asyncio
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from tests.faults.conftest import MakeCrowd
from tests.support.soak.crowd import MOST_DEVICES
from tests.support.soak.ledger import Device
from tests.support.soak.node import PASSWORD, Node, running
from tests.support.soak.volume import SmallDisk, can_mount, small_disk

PEOPLE = [f"person{number}" for number in range(4)]
SIZE = 16 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Where the node of the test keeps its data."""
    if not can_mount():
        pytest.skip("this user may not mount a file system")
    with small_disk(tmp_path / "data", SIZE) as disk:
        yield disk


async def test_a_full_disk_stops_writing_only_and_heals_when_there_is_room(
    disk: SmallDisk, tmp_path: Path, crowd_at: MakeCrowd
) -> None:
    node = Node(tmp_path, around=disk.around)
    await node.people(*PEOPLE)
    async with running(node), httpx2.AsyncClient(base_url=node.url, timeout=30) as looking:
        crowd = crowd_at([node.url])
        ledger = crowd.ledger
        visitor = crowd.visitor(ledger.joined("person0", PASSWORD))
        for _ in range(MOST_DEVICES):
            await visitor.sign_in()
        devices = visitor.person.devices
        crowd.come(*(ledger.joined(name, PASSWORD) for name in PEOPLE[1:]))
        await crowd.more(25)
        ledger.fault_begins(monotonic())
        await asyncio.to_thread(disk.fill)
        answer = await _first_failure(looking, devices)
        assert (answer.status_code, answer.json()["error"]) == (503, "store_full")
        assert int(answer.headers["retry-after"]) > 0
        mine = await looking.get("/api/me", headers={"authorization": f"Bearer {devices[0].access}"})
        assert mine.status_code == 200
        await asyncio.to_thread(disk.clear)
        for device in devices:
            assert await visitor.refresh(device)
        ledger.fault_ends(monotonic())
        await crowd.more(25)
        await crowd.leave()
        await crowd.audit()
    assert ledger.verdict().good, [*ledger.found, *ledger.outside()]
    assert "Traceback" not in node.log()


async def _first_failure(looking: httpx2.AsyncClient, devices: list[Device]) -> httpx2.Response:
    """The log goes on in the room that it has; then there is none."""
    for device in cycle(devices):
        answer = await looking.post("/api/refresh", json={"refresh_token": device.refresh})
        if answer.status_code != 200:
            return answer
        device.refresh = answer.json()["refresh_token"]
    raise AssertionError("unreachable")
